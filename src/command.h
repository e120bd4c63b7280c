/*
 * What a command is, the table of all commands, and what they share: reading the command
 * line, help, SEGMENT operands, messages about failures.
 *
 * Functions that return an exit status print a message unless it is STATUS_DONE.
 */
#ifndef SHMTOOL_COMMAND_H
#define SHMTOOL_COMMAND_H

#include <stdio.h>

#include "options.h"
#include "select/operand.h"
#include "select/selection.h"
#include "show/cause.h"
#include "show/output.h"

#define OPERANDS_ANY ((size_t)-1)

#define COMMAND_GROUPS_MAX 5

struct command {
	const char *name;
	const char *arguments; /* as in a synopsis: "MODE SEGMENT..." */
	const char *summary; /* for the list of commands */
	const char *details; /* paragraphs for --help, each line up to 78 columns */
	struct poptOption
		options[COMMAND_GROUPS_MAX + 1]; /* GROUP()s, then an empty one */
	const struct column *columns; /* columns of --output, for --help; NULL: none */
	enum output_default shown; /* which of these are shown by default */
	bool namespaced; /* takes --namespace */
	bool only_sysv; /* takes no POSIX objects */
	bool changes; /* creates, changes or removes segments */
	size_t min_args, max_args; /* operands it takes */
	/* Is this word an operand although it looks like an option, such as -w for chmod?
	 * NULL: never. */
	bool (*takes_dashed)(const char *word);
	void (*help)(FILE *out); /* prints more after the options; may be NULL */
	enum exit_status (*run)(const char *const *words, size_t count);
};

extern const struct command *const commands[]; /* ends with NULL */
extern const struct command program; /* shmtool itself: the options before a command */

/* Return the command with this name; NULL: there is none. */
const struct command *command_find(const char *name);

/* Report that there is no such command, and which one was probably meant. */
enum exit_status command_unknown(const char *name);

/* Fill TABLE with the options of a command: its own, and the common ones. */
#define COMMAND_TABLE_MAX (COMMAND_GROUPS_MAX + 3)
void command_options(
	const struct command *command, struct poptOption table[COMMAND_TABLE_MAX]);

/* Read the options in ARGV, whose first word is ignored, and run the command. */
enum exit_status command_run(
	const struct command *command, int argc, const char *const *argv);

/* Was --namespace given? */
bool command_in_namespace(void);

/* Enter the namespace of --namespace, if it was given, to work on KINDS (SEGMENTS_...):
 * the IPC namespace of System V segments, and the /dev/shm of POSIX objects. The
 * functions below that parse operands do this, too. */
enum exit_status command_enter(unsigned int kinds);

/* Enter the IPC namespace of --namespace, and use the /dev/shm that belongs to it: that
 * of a PID or, without --namespace, that of this process. Set *KINDS to SEGMENTS_SYSV
 * and, if there is such a /dev/shm, SEGMENTS_POSIX. */
enum exit_status command_enter_all(unsigned int *kinds);

/* Parse one word as a SEGMENT. */
enum exit_status command_operand(const char *word, struct operand *operand);

/* Parse words as SEGMENTs. The caller frees *OPERANDS, also after an error. */
enum exit_status command_operands(
	const char *const *words, size_t count, struct operand **operands);

/* Read the filters that were given, and parse words as SEGMENTs. If there are any, they
 * set the kinds that the filters apply to. The caller frees *OPERANDS, also after an
 * error. */
enum exit_status command_select(const char *const *words, size_t count,
	struct filters *filters, struct operand **operands);

/* Return the default columns for segments of these KINDS. */
enum output_default command_columns(unsigned int kinds);

/* Parse words as SEGMENTs. If all are valid, find each segment in turn and pass it to
 * CHANGE, together with HOW. Continue after a failure. */
enum exit_status command_each(const char *const *words, size_t count,
	enum exit_status (*change)(const struct operand *operand,
		const struct segment *segment, const void *how),
	const void *how);

/* Report why OPERATION failed, unless ERROR, a negative errno, is 0. OPERAND: as the user
 * wrote it, or NULL. SEGMENT: its state before the operation, or NULL. */
enum exit_status command_result(const char *operand, enum operation operation, int error,
	const struct segment *segment);

/* Report that operand_find() failed with ERROR. */
enum exit_status command_found(const struct operand *operand, int error);

/* Parse TEXT, the argument of OPTION, as a key. */
enum exit_status command_read_key(const char *option, const char *text, key_t *key);

/* Parse TEXT as USER:GROUP. PREFIX: what precedes it in messages, such as "--owner: ". */
struct owner;
enum exit_status command_read_owner(
	const char *prefix, const char *text, struct owner *owner);

/* Require operands or a filter. COUNT: how many operands are given. */
enum exit_status command_require_choice(const struct filters *filters, size_t count);

/* Return what decides whether a row matches a filter: "attached once", "PID 812 (Xvfb),
 * the last to detach, still runs"; for other filters, that it does not match. The caller
 * frees it. */
char *command_filter_reason(enum filter_id id, const struct row *row);

/* Report an error of selection_examine(). */
enum exit_status command_filter_failed(const struct filters *filters, int error);

/* Report what selection_read() left out: operands not found, namespaces and processes not
 * accessible, malformed lines. Report its result ERROR, too. FILTERS may be NULL. FILE:
 * the name of the table that was read; NULL: the kernel's. */
enum exit_status command_selection_status(const struct selection *selection,
	const struct filters *filters, const char *file, int error);

/* The same, but report only failures, not what was not visible. */
enum exit_status command_selection_failures(const struct selection *selection,
	const struct filters *filters, const char *file, int error);

/* A number of things, and what they are called. */
struct counted {
	size_t count;
	const char *one, *many;
};

/* Return "3 links, 1 directory": the members of an array of LENGTH that are not 0. The
 * caller frees it. */
char *command_counts(const struct counted *counts, size_t length);

/* Return the remedy for processes that cannot be examined, such as "; run as root". */
const char *command_process_remedy(void);

/* Read the output options of a command that prints COLUMNS. */
enum exit_status command_output(
	const struct column *columns, enum output_default shown, struct output *output);

/* Print rows to standard output in the form and order that OUTPUT asks for. */
void command_print_rows(
	const struct output *output, const struct row *rows, size_t count);

/* The description of SEGMENT in --help, for only_sysv and for other commands. */
#define SYSV_SEGMENT_HELP                                                                \
	"SEGMENT is an ID (32769), a key (0x0000162e, or key:NUMBER in decimal, octal\n" \
	"or hex), or ftok:PATH[:PROJ] for the key that ftok(3) makes.\n"
#define SEGMENT_HELP                                                                     \
	"SEGMENT is an ID (32769), a key (0x0000162e, or key:NUMBER in decimal, octal\n" \
	"or hex), ftok:PATH[:PROJ] for the key that ftok(3) makes, or the /NAME of a\n"  \
	"POSIX object in /dev/shm.\n"

/* Each command in COMMANDS, the list in meson.build, is defined in its own file in
 * commands/: command_ls, command_info, ... */
#define COMMAND_DECLARE(name) extern const struct command command_##name;
COMMANDS(COMMAND_DECLARE)
#undef COMMAND_DECLARE

#endif
