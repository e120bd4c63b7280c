#include "command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "condition.h"
#include "digits.h"
#include "kernel/capability.h"
#include "kernel/namespace.h"
#include "nearest.h"
#include "options.h"
#include "parse/key.h"
#include "show/message.h"
#include "show/output.h"
#include "show/segment_columns.h"

#define COMMAND_ADDRESS(name) &command_##name,
const struct command *const commands[] = { COMMANDS(COMMAND_ADDRESS) NULL };

enum answer { ANSWER_HELP = 'h', ANSWER_USAGE = 'u', ANSWER_VERSION = 'V' };

static struct poptOption help_options[] = {
	{ "help", 'h', POPT_ARG_NONE, NULL, ANSWER_HELP, "Show this help", NULL },
	{ "usage", '\0', POPT_ARG_NONE, NULL, ANSWER_USAGE, "List the options briefly",
		NULL },
	POPT_TABLEEND,
};

static struct poptOption version_options[] = {
	{ "version", 'V', POPT_ARG_NONE, NULL, ANSWER_VERSION, "Print the version",
		NULL },
	POPT_TABLEEND,
};

static char *namespace_text;

static struct poptOption namespace_options[] = {
	{ "namespace", 'N', POPT_ARG_STRING, &namespace_text, 0,
		"Use IPC namespace NS (PID, path or inode number)", "NS" },
	POPT_TABLEEND,
};

static void list_commands(FILE *out)
{
	fputs("\nCommands:\n", out);
	for (size_t i = 0; commands[i]; i++)
		fprintf(out, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\n" SEGMENT_HELP "\nSee 'shmtool COMMAND --help' and shmtool(1).\n", out);
}

/* Reads options up to the name of a command. */
const struct command program = {
	.name = "shmtool",
	.arguments = "COMMAND [OPTION...] [ARGUMENT...]",
	.summary = "Inspect and clean up shared memory",
	.options = version_options,
	.help = list_commands,
};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

enum exit_status command_unknown(const char *name)
{
	const char *nearest = NULL;
	size_t distance = 0;

	for (size_t i = 0; commands[i]; i++)
		name_nearer(name, commands[i]->name, &nearest, &distance);
	if (nearest)
		return message_usage(
			"unknown command '%s'; did you mean '%s'?", name, nearest);
	return message_usage("unknown command '%s'", name);
}

/* Return the name that messages and help begin with; valid as long as the program. */
static const char *full_name(const struct command *command)
{
	static char name[64];

	if (command == &program)
		return program.name;
	snprintf(name, sizeof(name), "%s %s", program.name, command->name);
	return name;
}

static void print_help(const struct command *command, poptContext context, FILE *out)
{
	char CLEANUP_FREE *arguments = xasprintf(
		"[OPTION...]%s%s", *command->arguments ? " " : "", command->arguments);

	poptSetOtherOptionHelp(context, arguments);
	fprintf(out, "%s.\n\n", command->summary);
	poptPrintHelp(context, out, 0);
	if (command->help)
		command->help(out);
	if (command->details)
		fprintf(out, "\n%s", command->details);
}

void command_options(
	const struct command *command, struct poptOption table[COMMAND_TABLE_MAX])
{
	static struct poptOption none[] = { POPT_TABLEEND };
	size_t n = 0;

	table[n++] = (struct poptOption){ .argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = command->options ? command->options : none };
	if (command->namespaced)
		table[n++] = (struct poptOption){ .argInfo = POPT_ARG_INCLUDE_TABLE,
			.arg = namespace_options,
			.descrip = "Namespaces:" };
	table[n++] = (struct poptOption){
		.argInfo = POPT_ARG_INCLUDE_TABLE, .arg = help_options, .descrip = "Help:"
	};
	table[n] = (struct poptOption)POPT_TABLEEND;
}

void command_print_help(const struct command *command, FILE *out)
{
	struct poptOption table[COMMAND_TABLE_MAX];
	const char *words[] = { full_name(command), NULL };
	poptContext context;

	command_options(command, table);
	context = options_open(table, 1, words, 0);
	print_help(command, context, out);
	poptFreeContext(context);
}

/* Print what --help, --usage or --version ask for. */
static void answer(const struct command *command, poptContext context, int what)
{
	switch (what) {
	case ANSWER_VERSION:
		printf("%s %s\n", program.name, PACKAGE_VERSION);
		break;
	case ANSWER_USAGE:
		poptSetOtherOptionHelp(context, command->arguments);
		poptPrintUsage(context, stdout, 0);
		break;
	default:
		print_help(command, context, stdout);
	}
}

/* The highest PID (include/linux/threads.h, PID_MAX_LIMIT); inode numbers of namespaces
 * are far above it (fs/nsfs.c: they come from the range of proc_alloc_inum). */
#define PID_HIGHEST ((uint64_t)1 << 22)

/* Open the namespace with this inode number, which a process must be in. */
static int open_namespace_inode(uint64_t inode)
{
	struct namespace_list list;
	int r = namespaces_find(&list), fd = -ENOENT;

	for (size_t i = 0; i < list.count; i++) {
		if (list.namespaces[i].inode == inode)
			fd = namespace_open(&list.namespaces[i]);
	}
	if (fd == -ENOENT && list.unseen > 0 && geteuid() != 0)
		fd = -EACCES;
	namespaces_free(&list);
	return r < 0 ? r : fd;
}

/* Enter the namespace that --namespace names. A command that changes something refuses a
 * PID in the caller's own namespace: the process that was meant may have ended, and
 * another may have its PID. */
static enum exit_status enter_namespace(const struct command *command, const char *text)
{
	int CLEANUP_FD fd = -1;
	bool by_pid = false;
	uint64_t number;
	int r;

	if (strchr(text, '/'))
		fd = namespace_open_path(text);
	else if (digits_read(text, strlen(text), 10, &number) < 0)
		return message_usage(
			"--namespace: '%s': not a PID, a path or an inode number", text);
	else if (number > PID_HIGHEST)
		fd = open_namespace_inode(number);
	else {
		fd = namespace_open_pid((pid_t)number);
		by_pid = true;
	}
	r = fd;
	if (fd >= 0 && !namespace_is_own(fd))
		r = namespace_enter(fd);
	else if (fd >= 0 && by_pid && command->changes)
		r = -CONDITION_OWN_NAMESPACE;
	if (r >= 0)
		return STATUS_DONE;
	return message_failure(
		text, &(struct failure){ .operation = OPERATION_ENTER, .error = r });
}

static enum exit_status run_program(const char **words, size_t count);

/* NOLINTBEGIN(misc-no-recursion): the program runs a command, and that none more */

static enum exit_status run_with(
	const struct command *command, const char **words, size_t count)
{
	enum exit_status status;

	if (command == &program)
		return run_program(words, count);
	if (count < command->min_args)
		return message_usage("%s is missing", command->names[count]);
	if (count > command->max_args)
		return message_usage(
			"unexpected argument '%s'", words[command->max_args]);
	if (namespace_text) {
		status = enter_namespace(command, namespace_text);
		if (status != STATUS_DONE)
			return status;
	}
	return command->run(words, count);
}

/* Remove from ARGV the operand that looks like an option, which popt must not see, and
 * return it; NULL: there is none. */
static const char *take_dashed(
	const struct command *command, int *argc, const char **argv)
{
	for (int i = 1; command->takes_dashed && i < *argc; i++) {
		const char *word = argv[i];

		if (strcmp(word, "--") == 0)
			break;
		if (!command->takes_dashed(word))
			continue;
		memmove(&argv[i], &argv[i + 1], (size_t)(*argc - i) * sizeof(*argv));
		--*argc;
		return word;
	}
	return NULL;
}

/* Run the command with the words that popt left, after FIRST unless that is NULL. */
static enum exit_status run_words(
	const struct command *command, const char *first, char *const *rest)
{
	const char CLEANUP_FREE **words = NULL;
	size_t before = first ? 1 : 0, count = 0;

	while (rest && rest[count])
		count++;
	words = xcalloc(before + count + 1, sizeof(*words));
	words[0] = first;
	for (size_t i = 0; i < count; i++)
		words[before + i] = rest[i];
	return run_with(command, words, before + count);
}

enum exit_status command_run(const struct command *command, int argc, const char **argv)
{
	struct poptOption table[COMMAND_TABLE_MAX];
	enum exit_status status = STATUS_DONE;
	const char CLEANUP_FREE **named = xcalloc((size_t)argc + 1, sizeof(*named));
	char __attribute__((cleanup(options_free_operands))) **operands = NULL;
	const char *dashed, *twice;
	poptContext context;
	int r;

	/* popt calls the program by its first word in the help. */
	memcpy(named, argv, (size_t)argc * sizeof(*named));
	named[0] = full_name(command);
	dashed = take_dashed(command, &argc, named);
	message_begin(named[0]);
	command_options(command, table);
	context = options_open(
		table, argc, named, command == &program ? POPT_CONTEXT_POSIXMEHARDER : 0);
	r = options_read(context, table, &twice, &operands);
	if (twice) {
		status = message_usage("option '--%s' was given twice", twice);
	} else if (r > 0) {
		answer(command, context, r);
	} else if (r == POPT_ERROR_MALLOC) {
		out_of_memory();
	} else if (r < -1) {
		status = options_error(context, table, r);
	} else {
		status = run_words(command, dashed, operands);
	}
	poptFreeContext(context);
	return status;
}

static enum exit_status run_program(const char **words, size_t count)
{
	const struct command *command;

	if (count == 0)
		return message_usage("COMMAND is missing");
	command = command_find(words[0]);
	return command ? command_run(command, (int)count, words)
		       : command_unknown(words[0]);
}

/* NOLINTEND(misc-no-recursion) */

bool command_in_namespace(void)
{
	return namespace_text;
}

enum exit_status command_operand(const char *word, struct operand *operand)
{
	const char *why;

	if (operand_parse(word, operand, &why) < 0)
		return message_usage("'%s': %s", word, why);
	return STATUS_DONE;
}

struct operand *command_operands(
	const char *const *words, size_t count, enum exit_status *status)
{
	struct operand *operands = NULL;

	*status = STATUS_DONE;
	if (count == 0)
		return NULL;
	operands = xcalloc(count, sizeof(*operands));
	for (size_t i = 0; i < count && *status == STATUS_DONE; i++)
		*status = command_operand(words[i], &operands[i]);
	if (*status == STATUS_DONE)
		return operands;
	free(operands);
	return NULL;
}

enum exit_status command_each(const char *const *words, size_t count,
	enum exit_status (*change)(const struct operand *operand,
		const struct segment *segment, const void *how),
	const void *how)
{
	enum exit_status status;
	struct operand CLEANUP_FREE *operands = command_operands(words, count, &status);

	for (size_t i = 0; operands && i < count; i++) {
		struct segment segment;
		int r = operand_find(&operands[i], &segment);

		status = status_merge(status,
			r < 0 ? command_not_found(&operands[i], r)
			      : change(&operands[i], &segment, how));
	}
	return status;
}

enum exit_status command_result(const struct operand *operand,
	const struct segment *segment, enum operation operation, int error)
{
	if (error == 0)
		return STATUS_DONE;
	return message_failure(operand->text,
		&(struct failure){
			.operation = operation, .error = error, .segment = segment });
}

enum exit_status command_read_key(const char *option, const char *text, key_t *key)
{
	int r = parse_key(text, key);

	if (r == -ERANGE)
		return message_usage("%s: '%s': a key has 32 bits", option, text);
	if (r < 0)
		return message_usage(
			"%s: '%s': not a number in decimal, octal (0...) or hex (0x...)",
			option, text);
	return STATUS_DONE;
}

enum exit_status command_bad_owner(const char *option, const char *text, int error)
{
	const char *why = strerror(-error);

	if (error == -EINVAL)
		why = "names neither a user nor a group";
	else if (error == -CONDITION_NO_USER)
		why = "no such user";
	else if (error == -CONDITION_NO_GROUP)
		why = "no such group";
	else if (error == -CONDITION_NO_LOGIN_GROUP)
		why = "a user without a name has no login group; name the group";
	if (option)
		return message_usage("%s: '%s': %s", option, text, why);
	return message_usage("'%s': %s", text, why);
}

enum exit_status command_not_found(const struct operand *operand, int error)
{
	struct failure failure = {
		.operation = operand->ftok_error ? OPERATION_FTOK : OPERATION_FIND,
		.error = error,
	};

	return message_failure(operand->text, &failure);
}

enum exit_status command_filters(struct filters *filters)
{
	struct usage_error usage_error;

	return filters_read(filters, segment_columns, &usage_error) < 0
		? message_usage_error(&usage_error)
		: STATUS_DONE;
}

enum exit_status command_filter_failed(const struct filters *filters, int error)
{
	char CLEANUP_FREE *pid = NULL;

	if (filters->given[FILTER_PID])
		pid = xasprintf("--pid %d", (int)filters->values[FILTER_PID].number);
	return message_failure(
		pid, &(struct failure){ .operation = OPERATION_PROCESS, .error = error });
}

/* Return what would help to examine a process. */
static const char *process_remedy(void)
{
	if (geteuid() != 0)
		return "; run as root";
	return has_capability(CAP_SYS_PTRACE)
		? "; needs CAP_SYS_PTRACE in their user namespace"
		: "; needs CAP_SYS_PTRACE";
}

static const char *why_unseen(const struct attach_list *sought)
{
	if (sought->foreign)
		return ": /proc shows another PID namespace; mount your own";
	if (geteuid() != 0 || sought->unseen > 0)
		return process_remedy();
	return ": their processes ended or are in another PID namespace";
}

/* Report what was not found although nothing failed. */
static void report_unseen(const struct selection *selection)
{
	if (selection->unseen_attaches > 0)
		message("%" PRIu64 " of %" PRIu64 " attaches are not visible%s",
			selection->unseen_attaches, selection->sought_attaches,
			why_unseen(selection->sought));
	if (selection->closed_namespaces > 0)
		message("cannot enter %zu IPC namespaces; %s",
			selection->closed_namespaces,
			geteuid() == 0 ? "needs CAP_SYS_ADMIN there" : "run as root");
	if (selection->unseen_processes > 0)
		message("cannot read the IPC namespace of %zu processes%s",
			selection->unseen_processes, process_remedy());
}

enum exit_status command_selection_status(const struct selection *selection,
	const struct filters *filters, const char *file, int error)
{
	const struct enumeration_gaps *gaps = &selection->gaps;
	enum exit_status status = STATUS_DONE;

	for (size_t i = 0; i < selection->nfailures; i++) {
		const struct selection_failure *failure = &selection->failures[i];

		status = status_merge(
			status, command_not_found(failure->operand, failure->error));
	}
	if (gaps->bad_lines > 0) {
		message("%s: line %zu: malformed, skipped (%zu in all)", file,
			gaps->first_bad_line, gaps->bad_lines);
		status = status_merge(status, STATUS_FAILED);
	}
	if (gaps->hidden > 0) {
		message("%zu segments not accessible; run as root", gaps->hidden);
		status = status_merge(status, STATUS_DENIED);
	}
	report_unseen(selection);
	if (error < 0 && filters && filters->given[FILTER_PID] &&
		(error == -ESRCH || error == -EACCES || error == -CONDITION_FOREIGN_PROC))
		status = status_merge(status, command_filter_failed(filters, error));
	else if (error < 0)
		status = status_merge(status,
			message_failure(file,
				&(struct failure){
					.operation = OPERATION_LIST, .error = error }));
	return status;
}

void command_print_rows(const struct output *output, const struct row *rows, size_t count)
{
	const void CLEANUP_FREE **sorted =
		output_sort(output, rows, count, sizeof(*rows));

	output_print(output, "segments", sorted, count, stdout);
}
