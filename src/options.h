/*
 * Reading a command line with libpopt, and what that lacks: errors for options given
 * twice, and messages that suggest the nearest option.
 */
#ifndef SHMTOOL_OPTIONS_H
#define SHMTOOL_OPTIONS_H

#include <popt.h>

#include "show/cause.h"

/* Return a context that reads WORDS by TABLE and no configuration file; FLAGS are
 * popt's. The caller frees it with poptFreeContext(3). NULL without memory. */
poptContext options_open(
	const struct poptOption *table, int argc, const char **words, unsigned int flags);

/* The value, in its table, of an option with an argument of which a second one would have
 * to count too. Filters need no such mark. */
#define OPTION_ONCE 1

/* Reads options into where TABLE says, up to one that has a value of its own there, an
 * error, or the end, and returns what poptGetNextOpt(3) does. *TWICE: the long name of a
 * filter, or of an OPTION_ONCE, that was given again, which ends the reading too; NULL:
 * none. *OPERANDS: the other words, with a NULL behind them, for the caller to free with
 * options_free_operands(); NULL: none. They are not left to poptGetArgs(3), which has
 * none where there was no memory for them, and "rm --unattached 5" would become another
 * command. */
int options_read(poptContext context, struct poptOption *table, const char **twice,
	char ***operands);

void options_free_operands(char ***operands);

/* Says what is wrong, ERROR being what options_read() returned; a usage error. */
enum exit_status options_error(
	poptContext context, const struct poptOption *table, int error);

#endif
