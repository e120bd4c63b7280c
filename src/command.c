#include "command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "condition.h"
#include "digits.h"
#include "kernel/namespace.h"
#include "nearest.h"
#include "options.h"
#include "parse/key.h"
#include "select/expression.h"
#include "show/message.h"
#include "show/output.h"
#include "show/segment_columns.h"

#define COMMAND_ADDRESS(name) &command_##name,
const struct command *const commands[] = { COMMANDS(COMMAND_ADDRESS) NULL };

enum answer { ANSWER_HELP = 'h', ANSWER_USAGE = 'u', ANSWER_VERSION = 'V' };

static struct poptOption help_options[] = {
	{ "help", 'h', POPT_ARG_NONE, NULL, ANSWER_HELP, "show this help", NULL },
	{ "usage", '\0', POPT_ARG_NONE, NULL, ANSWER_USAGE, "list the options in short",
		NULL },
	POPT_TABLEEND,
};

static struct poptOption version_options[] = {
	{ "version", 'V', POPT_ARG_NONE, NULL, ANSWER_VERSION, "show the version", NULL },
	POPT_TABLEEND,
};

static char *namespace_text;

static struct poptOption namespace_options[] = {
	{ "namespace", 'N', POPT_ARG_STRING, &namespace_text, 0,
		"in the IPC namespace of a PID, of a path, or with an inode number",
		"NS" },
	POPT_TABLEEND,
};

static void list_commands(FILE *out)
{
	fputs("\nCommands:\n", out);
	for (size_t i = 0; commands[i]; i++)
		fprintf(out, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\n" SEGMENT_HELP
	      "\n'shmtool COMMAND --help' says more; so does shmtool(1).\n",
		out);
}

/* It reads its own words up to the name of a command, and stops there. */
const struct command program = {
	.name = "shmtool",
	.arguments = "COMMAND [ARGUMENT...]",
	.summary = "administers System V shared memory segments",
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

/* The name that messages and help begin with; it lives as long as the program. */
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
	char CLEANUP_FREE *arguments = NULL;

	if (asprintf(&arguments, "[OPTION...]%s%s", *command->arguments ? " " : "",
		    command->arguments) < 0)
		arguments = NULL;
	poptSetOtherOptionHelp(context, arguments);
	fprintf(out, "%s %s.\n\n", full_name(command), command->summary);
	poptPrintHelp(context, out, 0);
	if (command->help)
		command->help(out);
	if (command->details)
		fprintf(out, "\n%s", command->details);
}

#define TABLE_MAX 5

/* All options of a command, as one table. */
static void make_table(const struct command *command, struct poptOption table[TABLE_MAX])
{
	static struct poptOption none[] = { POPT_TABLEEND };
	size_t n = 0;

	table[n++] = (struct poptOption){ .argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = command->options ? command->options : none };
	if (command->namespaced)
		table[n++] = (struct poptOption){ .argInfo = POPT_ARG_INCLUDE_TABLE,
			.arg = namespace_options,
			.descrip = "Where:" };
	table[n++] = (struct poptOption){ .argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = poptAliasOptions,
		.descrip = "Aliases from popt's files:" };
	table[n++] = (struct poptOption){
		.argInfo = POPT_ARG_INCLUDE_TABLE, .arg = help_options, .descrip = "Help:"
	};
	table[n] = (struct poptOption)POPT_TABLEEND;
}

void command_print_help(const struct command *command, FILE *out)
{
	struct poptOption table[TABLE_MAX];
	const char *words[] = { full_name(command), NULL };
	poptContext context;

	make_table(command, table);
	context = options_open(table, 1, words, 0);
	if (!context)
		return;
	print_help(command, context, out);
	poptFreeContext(context);
}

/* Prints what --help, --usage or --version ask for. */
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

static enum exit_status no_memory(void)
{
	return message_failure(
		NULL, &(struct failure){ .deed = DEED_LIST, .error = -ENOMEM });
}

/* PIDs end here (include/linux/threads.h, PID_MAX_LIMIT); the inode numbers of namespaces
 * are far above (fs/nsfs.c: they come from the range of proc_alloc_inum). */
#define PID_HIGHEST ((uint64_t)1 << 22)

/* Opens the namespace with this inode number, which some process must be in. */
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

/* Enters the namespace that --namespace names. */
static enum exit_status enter_namespace(const char *text)
{
	int CLEANUP_FD fd = -1;
	uint64_t number;
	int r;

	if (strchr(text, '/'))
		fd = namespace_open_path(text);
	else if (digits_read(text, strlen(text), 10, &number) < 0)
		return message_usage(
			"--namespace: '%s': not a PID, a path or an inode number", text);
	else if (number <= PID_HIGHEST)
		fd = namespace_open_pid((pid_t)number);
	else
		fd = open_namespace_inode(number);
	r = fd;
	if (fd >= 0 && namespace_is_own(fd))
		return STATUS_DONE; /* it is there already, and needs no privilege */
	if (fd >= 0)
		r = namespace_enter(fd);
	if (r >= 0)
		return STATUS_DONE;
	return message_failure(text, &(struct failure){ .deed = DEED_ENTER, .error = r });
}

static enum exit_status run_program(const char **words, size_t count);

/* NOLINTBEGIN(misc-no-recursion): the program runs a command, and that none more */

static enum exit_status run_with(
	const struct command *command, const char **words, size_t count)
{
	enum exit_status status;

	if (command == &program)
		return run_program(words, count);
	if (count < command->least)
		return message_usage("%s is missing", command->names[count]);
	if (count > command->most)
		return message_usage("unexpected argument '%s'", words[command->most]);
	if (namespace_text) {
		status = enter_namespace(namespace_text);
		if (status != STATUS_DONE)
			return status;
	}
	return command->run(words, count);
}

/* Takes the operand that looks like an option out of ARGV, for popt not to see it. NULL:
 * there is none. */
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

/* Runs it with the words that popt left, and before them FIRST, unless that is NULL. */
static enum exit_status run_words(
	const struct command *command, const char *first, char *const *rest)
{
	const char CLEANUP_FREE **words = NULL;
	size_t before = first ? 1 : 0, count = 0;

	while (rest && rest[count])
		count++;
	words = calloc(before + count + 1, sizeof(*words));
	if (!words)
		return no_memory();
	words[0] = first;
	for (size_t i = 0; i < count; i++)
		words[before + i] = rest[i];
	return run_with(command, words, before + count);
}

enum exit_status command_run(const struct command *command, int argc, const char **argv)
{
	struct poptOption table[TABLE_MAX];
	enum exit_status status = STATUS_DONE;
	const char CLEANUP_FREE **named = calloc((size_t)argc + 1, sizeof(*named));
	char __attribute__((cleanup(options_free_operands))) **operands = NULL;
	const char *dashed, *twice;
	poptContext context;
	int r;

	if (!named)
		return no_memory();
	/* popt calls the program by its first word in the help. */
	memcpy(named, argv, (size_t)argc * sizeof(*named));
	named[0] = full_name(command);
	dashed = take_dashed(command, &argc, named);
	message_begin(named[0]);
	make_table(command, table);
	context = options_open(
		table, argc, named, command == &program ? POPT_CONTEXT_POSIXMEHARDER : 0);
	if (!context)
		return no_memory();
	r = options_read(context, table, &twice, &operands);
	if (twice) {
		status = message_usage("option '--%s' was given twice", twice);
	} else if (r > 0) {
		answer(command, context, r);
	} else if (r == POPT_ERROR_MALLOC) {
		status = no_memory();
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
	int r = operand_parse(word, operand, &why);

	if (r == -EINVAL)
		return message_usage("'%s': %s", word, why);
	return r < 0 ? no_memory() : STATUS_DONE;
}

struct operand *command_operands(
	const char *const *words, size_t count, enum exit_status *status)
{
	struct operand *operands = NULL;

	*status = STATUS_DONE;
	if (count == 0)
		return NULL;
	operands = calloc(count, sizeof(*operands));
	if (!operands)
		*status = no_memory();
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
	const struct segment *segment, enum deed deed, int error)
{
	if (error == 0)
		return STATUS_DONE;
	return message_failure(operand->text,
		&(struct failure){ .deed = deed, .error = error, .segment = segment });
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
		.deed = operand->ftok_error ? DEED_FTOK : DEED_FIND,
		.error = error,
	};

	return message_failure(operand->text, &failure);
}

static int ask_expression(void *expression, const struct segment *segment)
{
	return expression_match(expression, segment);
}

enum exit_status command_filter(struct filter *filter)
{
	static struct expression *expression;
	struct option_fault fault;

	if (filter_read(filter, &fault) < 0)
		return message_fault(&fault);
	if (!filter->expression)
		return STATUS_DONE;
	if (expression_read(filter->expression, segment_columns, &expression, &fault) < 0)
		return message_fault(&fault);
	filter->ask = ask_expression;
	filter->data = expression;
	filter->needs = expression_needs(expression);
	return STATUS_DONE;
}

enum exit_status command_filter_failed(const struct filter *filter, int error)
{
	char CLEANUP_FREE *pid = NULL;

	if (!filter->by_pid || asprintf(&pid, "--pid %d", (int)filter->pid) < 0)
		pid = NULL;
	return message_failure(
		pid, &(struct failure){ .deed = DEED_LOOK, .error = error });
}

/* What would help; nothing to somebody who is root already. */
static const char *say_root(void)
{
	return geteuid() == 0 ? "" : "; run as root";
}

static const char *why_unseen(const struct attach_list *attaches)
{
	if (attaches->foreign)
		return ": /proc shows another PID namespace; mount the one of this";
	if (geteuid() != 0)
		return "; run as root";
	if (attaches->unseen > 0)
		return ": some processes may not be looked at from this user namespace";
	return ": their processes just ended, or are in a PID namespace that cannot be seen "
	       "from here";
}

/* Says what was not seen, and is no failure of what was asked for. */
static void say_unseen(const struct selection *selection)
{
	if (selection->unseen_attaches > 0)
		message("%" PRIu64 " of %" PRIu64 " attaches are not visible%s",
			selection->unseen_attaches, selection->sought_attaches,
			why_unseen(&selection->attaches));
	if (selection->closed_namespaces > 0)
		message("IPC namespaces that could not be entered: %zu%s",
			selection->closed_namespaces, say_root());
	if (selection->unseen_processes > 0)
		message("processes whose IPC namespace may not be known: %zu%s",
			selection->unseen_processes, say_root());
}

enum exit_status command_selection_status(const struct selection *selection,
	const struct filter *filter, const char *file, int error)
{
	const struct segment_table *table = &selection->table;
	enum exit_status status = STATUS_DONE;

	for (size_t i = 0; i < selection->nfailures; i++) {
		const struct selection_failure *failure = &selection->failures[i];

		status = status_merge(
			status, command_not_found(failure->operand, failure->error));
	}
	if (table->bad_lines > 0) {
		message("%s: line %zu makes no sense and is left out%s", file,
			table->first_bad_line,
			table->bad_lines > 1 ? ", and so are others" : "");
		status = status_merge(status, STATUS_FAILED);
	}
	if (table->hidden > 0) {
		message("segments that may not be looked at: %zu; run as root",
			table->hidden);
		status = status_merge(status, STATUS_DENIED);
	}
	say_unseen(selection);
	if (error < 0 && filter && filter->by_pid &&
		(error == -ESRCH || error == -EACCES || error == -ENXIO))
		status = status_merge(status, command_filter_failed(filter, error));
	else if (error < 0)
		status = status_merge(status,
			message_failure(file,
				&(struct failure){ .deed = DEED_LIST, .error = error }));
	return status;
}

enum exit_status command_print_segments(
	const struct output *output, const struct segment_table *table)
{
	const void CLEANUP_FREE **rows = output_sort(
		output, table->segments, table->count, sizeof(*table->segments));

	if (!rows || output_print(output, "segments", rows, table->count, stdout) < 0)
		return no_memory();
	return STATUS_DONE;
}
