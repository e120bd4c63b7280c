/*
 * Reading a command line with libpopt, and what that lacks: errors for options given
 * twice, and messages that suggest the nearest option.
 */
#ifndef SHMTOOL_OPTIONS_H
#define SHMTOOL_OPTIONS_H

#include <popt.h>

#include "show/cause.h"

/* Return a context that reads WORDS by TABLE and no configuration file; FLAGS are
 * popt's. The caller frees it with poptFreeContext(3). */
poptContext options_open(
	const struct poptOption *table, int argc, const char **words, unsigned int flags);

/* The value in a popt table of an option with an argument that must not be given twice.
 * Filters need no such mark. */
#define OPTION_ONCE 1

/* Read options into the variables of TABLE until the end (-1), an error (below -1), or an
 * option that has a value of its own in TABLE; return that, as poptGetNextOpt(3) does.
 * Set *TWICE to the long name of a filter or OPTION_ONCE that was given twice, which ends
 * the reading too, or to NULL. Set *OPERANDS to the other words, with a NULL at the end,
 * for options_free_operands(); NULL if there are none. poptGetArgs(3) is not used: out of
 * memory, it returns no operands, and "rm --unattached 5" would become another command.
 */
int options_read(poptContext context, struct poptOption *table, const char **twice,
	char ***operands);

void options_free_operands(char ***operands);

/* Report ERROR, which options_read() returned; return STATUS_USAGE. */
enum exit_status options_error(
	poptContext context, const struct poptOption *table, int error);

#endif
