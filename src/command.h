/*
 * What a command is, the table of all of them, and what they share: reading the command
 * line with libpopt, help, suggestions, SEGMENT operands.
 */
#ifndef SHMTOOL_COMMAND_H
#define SHMTOOL_COMMAND_H

#include <popt.h>
#include <stddef.h>
#include <stdio.h>

#include "select/operand.h"
#include "select/selection.h"
#include "show/cause.h"

#define OPERANDS_ANY ((size_t)-1)

struct command {
	const char *name;
	const char *arguments; /* as in a synopsis: "[USER][:[GROUP]] SEGMENT..." */
	const char *summary; /* for the list of commands: "removes segments" */
	const char *details; /* paragraphs for --help, each line up to 78 columns */
	struct poptOption *options; /* groups, with titles; NULL: none of its own */
	const struct column *columns; /* those that its --output knows; NULL: none */
	bool namespaced; /* touches segments, so that it takes --namespace */
	bool changes; /* creates, changes or removes segments */
	size_t min_args, max_args; /* operands it takes */
	const char *const *names; /* of the first LEAST operands, for messages */
	/* Whether a word that begins with a dash is the first operand all the same, as -w
	 * is of chmod. NULL: none is. */
	bool (*takes_dashed)(const char *word);
	void (*help)(FILE *out); /* prints more behind the options; may be NULL */
	enum exit_status (*run)(const char *const *operands, size_t count);
};

extern const struct command *const commands[]; /* ends with NULL */
extern const struct command program; /* shmtool itself: what precedes a command */

/* The command of that name. NULL: there is none. */
const struct command *command_find(const char *name);

/* Says that there is no such command, and which one may have been meant. */
enum exit_status command_unknown(const char *name);

/* Fill TABLE with all options of a command: its own, and those that all commands have. */
#define COMMAND_TABLE_MAX 4
void command_options(
	const struct command *command, struct poptOption table[COMMAND_TABLE_MAX]);

/* Prints what --help prints. */
void command_print_help(const struct command *command, FILE *out);

/* Reads the options of ARGV (whose first word is a name and does not count) into where
 * the command's tables say, and then runs the command. */
enum exit_status command_run(const struct command *command, int argc, const char **argv);

/* Whether --namespace was given. */
bool command_in_namespace(void);

/* Reads one word as a SEGMENT; says what is wrong with it where that fails. */
enum exit_status command_operand(const char *word, struct operand *operand);

/* Reads words as SEGMENTs into an array that the caller frees; *STATUS says how that
 * went, after a message where it failed. NULL on failure, and where COUNT is 0. */
struct operand *command_operands(
	const char *const *words, size_t count, enum exit_status *status);

/* Reads words as SEGMENTs, of which none may be wrong; then finds one after the other and
 * has CHANGE do to it what HOW says. Goes on after a failure. */
enum exit_status command_each(const char *const *words, size_t count,
	enum exit_status (*change)(const struct operand *operand,
		const struct segment *segment, const void *how),
	const void *how);

/* What to return for DEED, done to the segment of an operand: says why it failed where
 * ERROR is not 0. */
enum exit_status command_result(const struct operand *operand,
	const struct segment *segment, enum operation operation, int error);

/* Reads TEXT, the argument of OPTION, as a key; says what is wrong where that fails. */
enum exit_status command_read_key(const char *option, const char *text, key_t *key);

/* Says what parse_owner() found wrong in TEXT, the argument of OPTION or, where that is
 * NULL, of the command. */
enum exit_status command_bad_owner(const char *option, const char *text, int error);

/* Says why the segment of an operand was not found. */
enum exit_status command_not_found(const struct operand *operand, int error);

/* Read the filters that were given, or report what is wrong with them. */
enum exit_status command_filters(struct filters *filters);

/* Report an error of selection_examine(). */
enum exit_status command_filter_failed(const struct filters *filters, int error);

/* Report what selection_read() left out: operands that were not found, what could not be
 * examined, malformed lines; and ERROR, its result. FILTERS may be NULL. FILE: the name
 * of the table that was read. */
enum exit_status command_selection_status(const struct selection *selection,
	const struct filters *filters, const char *file, int error);

/* Print rows to standard output in the form and order that OUTPUT asks for. */
struct output;
void command_print_rows(
	const struct output *output, const struct row *rows, size_t count);

/* What --help says of SEGMENT. */
#define SEGMENT_HELP                                                                     \
	"SEGMENT is an ID (32769), a key (0x0000162e, or key:NUMBER in decimal, octal\n" \
	"or hex), or ftok:PATH[:PROJ] for the key that ftok(3) makes.\n"

/* Each command of COMMANDS, the list in meson.build, has one of these in a file of its
 * own in commands/: command_ls, command_info, ... */
#define COMMAND_DECLARE(name) extern const struct command command_##name;
COMMANDS(COMMAND_DECLARE)
#undef COMMAND_DECLARE

#endif
