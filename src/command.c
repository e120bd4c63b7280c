#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "kernel/shmfile.h"
#include "show/message.h"
#include "show/nearest.h"
#include "show/output.h"

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

/* Aliases of ~/.popt, but only where the file is the effective user's own: root with
 * somebody's HOME must not take options from there. The file is opened first, so that
 * what is looked at is what is read. */
static void read_home_aliases(poptContext context)
{
	const char *home = getenv("HOME");
	char CLEANUP_FREE *path = NULL;
	int CLEANUP_FD fd = -1;
	char link[32];
	struct stat st;

	if (!home || asprintf(&path, "%s/.popt", home) < 0)
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
		st.st_uid != geteuid() || st.st_size == 0)
		return;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	poptReadConfigFile(context, link);
}

/* A context with the aliases of popt's files; its exec entries are not followed. */
static poptContext open_context(
	const struct poptOption *table, int argc, const char **words, unsigned int flags)
{
	poptContext context = poptGetContext(
		"shmtool", argc, words, table, flags | POPT_CONTEXT_NO_EXEC);

	if (context) {
		poptReadConfigFile(context, "/etc/popt");
		read_home_aliases(context);
	}
	return context;
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

/* All options of a command, as one table. TABLE has room for four entries. */
static void make_table(const struct command *command, struct poptOption *table)
{
	static struct poptOption none[] = { POPT_TABLEEND };

	table[0] = (struct poptOption){ .argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = command->options ? command->options : none };
	table[1] = (struct poptOption){ .argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = poptAliasOptions,
		.descrip = "Aliases from popt's files:" };
	table[2] = (struct poptOption){
		.argInfo = POPT_ARG_INCLUDE_TABLE, .arg = help_options, .descrip = "Help:"
	};
	table[3] = (struct poptOption)POPT_TABLEEND;
}

void command_print_help(const struct command *command, FILE *out)
{
	struct poptOption table[4];
	const char *words[] = { full_name(command), NULL };
	poptContext context;

	make_table(command, table);
	context = open_context(table, 1, words, 0);
	if (!context)
		return;
	print_help(command, context, out);
	poptFreeContext(context);
}

/* The long option nearest to NAME in TABLE and those it includes. */
static void nearest_option(const struct poptOption *table, const char *name,
	const char **nearest, size_t *distance)
{
	for (const struct poptOption *option = table;
		option->longName || option->shortName || option->arg; option++) {
		if ((option->argInfo & POPT_ARG_MASK) == POPT_ARG_INCLUDE_TABLE) {
			if (option->arg != poptAliasOptions)
				nearest_option(option->arg, name, nearest, distance);
		} else if (option->longName) {
			name_nearer(name, option->longName, nearest, distance);
		}
	}
}

static enum exit_status unknown_option(const struct poptOption *table, const char *option)
{
	const char *nearest = NULL;
	size_t distance = 0, length = strcspn(option, "=");
	char CLEANUP_FREE *name = strndup(option, length);

	if (name && strncmp(name, "--", 2) == 0)
		nearest_option(table, name + 2, &nearest, &distance);
	if (nearest)
		return message_usage("unknown option '%.*s'; did you mean '--%s'?",
			(int)length, option, nearest);
	return message_usage("unknown option '%.*s'", (int)length, option);
}

static enum exit_status option_error(
	poptContext context, const struct poptOption *table, int error)
{
	const char *option = poptBadOption(context, 0);

	switch (error) {
	case POPT_ERROR_BADOPT:
		return unknown_option(table, option);
	case POPT_ERROR_NOARG:
		return message_usage("option '%s' needs an argument", option);
	default:
		return message_usage("option '%s': %s", option, poptStrerror(error));
	}
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

static enum exit_status run_program(const char **words, size_t count);

static enum exit_status run_with(
	const struct command *command, const char **words, size_t count)
{
	if (command == &program)
		return run_program(words, count);
	if (count < command->least)
		return message_usage("%s is missing", command->names[count]);
	if (count > command->most)
		return message_usage("unexpected argument '%s'", words[command->most]);
	return command->run(words, count);
}

enum exit_status command_run(const struct command *command, int argc, const char **argv)
{
	struct poptOption table[4];
	enum exit_status status = STATUS_DONE;
	const char CLEANUP_FREE **named = calloc((size_t)argc + 1, sizeof(*named));
	const char **words;
	poptContext context;
	size_t count = 0;
	int r;

	if (!named)
		return no_memory();
	/* popt calls the program by its first word in the help. */
	memcpy(named, argv, (size_t)argc * sizeof(*named));
	named[0] = full_name(command);
	message_begin(named[0]);
	make_table(command, table);
	context = open_context(
		table, argc, named, command == &program ? POPT_CONTEXT_POSIXMEHARDER : 0);
	if (!context)
		return no_memory();
	r = poptGetNextOpt(context);
	if (r > 0) {
		answer(command, context, r);
	} else if (r < -1) {
		status = option_error(context, table, r);
	} else {
		words = poptGetArgs(context);
		while (words && words[count])
			count++;
		status = run_with(command, words, count);
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

enum exit_status command_bad_owner(const char *option, const char *text, int error)
{
	const char *why = strerror(-error);

	if (error == -EINVAL)
		why = "names neither a user nor a group";
	else if (error == -ENOENT)
		why = "no such user";
	else if (error == -ESRCH)
		why = "no such group";
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

enum exit_status command_selection_status(const struct selection *selection, int error)
{
	const struct segment_table *table = &selection->table;
	enum exit_status status = STATUS_DONE;

	for (size_t i = 0; i < selection->nfailures; i++) {
		const struct selection_failure *failure = &selection->failures[i];

		status = status_merge(
			status, command_not_found(failure->operand, failure->error));
	}
	if (table->bad_lines > 0) {
		message("%s: line %zu makes no sense and is left out%s", SHMFILE_PATH,
			table->first_bad_line,
			table->bad_lines > 1 ? ", and so are others" : "");
		status = status_merge(status, STATUS_FAILED);
	}
	if (table->hidden > 0) {
		message("%zu more segments may not be looked at; run as root",
			table->hidden);
		status = status_merge(status, STATUS_DENIED);
	}
	if (error < 0) {
		const struct failure failure = { .deed = DEED_LIST, .error = error };

		status = status_merge(status, message_failure(SHMFILE_PATH, &failure));
	}
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
