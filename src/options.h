/*
 * Define tables of options for libpopt, and read a command line with them. Beyond what
 * libpopt does: errors for options given twice, and messages that suggest the nearest
 * option.
 */
#ifndef SHMTOOL_OPTIONS_H
#define SHMTOOL_OPTIONS_H

#include <popt.h>
#include <stddef.h>

/* Entries of a table: an option without an argument, which sets an int; one with an
 * argument, which sets a string; and another table, with a heading for --help or NULL. */
#define FLAG(name, letter, variable, help)                                               \
	{                                                                                \
		name, letter, POPT_ARG_NONE, variable, 0, help, NULL                     \
	}
#define VALUE(name, letter, variable, argument, help)                                    \
	{                                                                                \
		name, letter, POPT_ARG_STRING, variable, 0, help, argument               \
	}
#define GROUP(heading, table)                                                            \
	{                                                                                \
		NULL, '\0', POPT_ARG_INCLUDE_TABLE, table, 0, heading, NULL              \
	}

/* The value, in a table, of an option with an argument that must not be given twice.
 * Filters imply it. */
#define OPTION_ONCE 1

/* The words of a command line that are not options. */
struct words {
	char **list;
	size_t count;
};

/* Add WORD, which the list then owns; NULL means out of memory. */
void words_add(struct words *words, char *word);
void words_free(struct words *words);

/* Return a copy of a word of the command line for popt, which would replace "!#:+" in the
 * argument of an option by the next operand: a byte follows each "!". The caller frees
 * it. */
char *option_hide(const char *word);

/* Read options into the variables of TABLE, and other words into WORDS. CONTEXT has words
 * of option_hide(), which this undoes. poptGetArgs(3) is not used: out of memory, it
 * returns no words, and "rm --unattached 5" would become another command. Stop at the
 * first option that has a value in TABLE, and return this value; 0 at the end; or -1
 * after a message. */
int options_read(poptContext context, struct poptOption *table, struct words *words);

#endif
