#include "options.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "nearest.h"
#include "select/filter.h"
#include "show/message.h"

/* Whether a line of popt's files is an exec entry: its second word says so. */
static bool is_exec(const char *line)
{
	static const char blanks[] = " \t\f\r\v";

	line += strspn(line, blanks);
	line += strcspn(line, " \t\f\r\v\n");
	line += strspn(line, blanks);
	return strncmp(line, "exec", 4) == 0 && isspace((unsigned char)line[4]);
}

/* Has popt read the aliases of an open file. Its exec entries are left out: popt would
 * not follow them, but would take their options for handled, the program's own of the
 * same names too. */
static void read_aliases(poptContext context, FILE *file)
{
	int CLEANUP_FD copy = memfd_create("aliases", MFD_CLOEXEC);
	char CLEANUP_FREE *line = NULL;
	bool within = false, dropped = false;
	size_t capacity = 0;
	char link[32];
	ssize_t length;

	while (copy >= 0 && (length = getline(&line, &capacity, file)) > 0) {
		/* A backslash at the end carries an entry on to the next line. */
		if (!within)
			dropped = is_exec(line);
		within = length > 1 && line[length - 1] == '\n' &&
			line[length - 2] == '\\';
		if (!dropped && write(copy, line, (size_t)length) != length)
			return;
	}
	snprintf(link, sizeof(link), "/proc/self/fd/%d", copy);
	if (copy >= 0)
		poptReadConfigFile(context, link);
}

static void read_system_aliases(poptContext context)
{
	FILE CLEANUP_FILE *file = fopen("/etc/popt", "re");

	if (file)
		read_aliases(context, file);
}

/* Aliases of ~/.popt, but only where the file is the effective user's own: root with
 * somebody's HOME must not take options from there. The file is opened first, so that
 * what is looked at is what is read. */
static void read_home_aliases(poptContext context)
{
	const char *home = getenv("HOME");
	char CLEANUP_FREE *path = NULL;
	FILE CLEANUP_FILE *file = NULL;
	struct stat st;
	int fd;

	if (!home || asprintf(&path, "%s/.popt", home) < 0)
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	file = fd < 0 ? NULL : fdopen(fd, "r");
	if (file && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid())
		read_aliases(context, file);
}

poptContext options_open(
	const struct poptOption *table, int argc, const char **words, unsigned int flags)
{
	poptContext context = poptGetContext("shmtool", argc, words, table,
		flags | POPT_CONTEXT_NO_EXEC | POPT_CONTEXT_ARG_OPTS);

	if (context) {
		read_system_aliases(context);
		read_home_aliases(context);
	}
	return context;
}

/* The long option nearest to NAME in TABLE and those it includes. */
/* NOLINTNEXTLINE(misc-no-recursion): tables are nested three deep */
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

enum exit_status options_error(
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

/* Options with an argument, which popt stores without a word. They get a value from this
 * one on, so that it reports each, and one that is given again is noticed. */
#define STRINGS_FROM 1000
#define STRINGS_MAX  64

struct string_option {
	const struct poptOption *option;
	bool once; /* such as a filter: of two, the wider must not win */
	char *value;
};

struct string_options {
	struct string_option list[STRINGS_MAX];
	size_t count;
};

/* NOLINTNEXTLINE(misc-no-recursion): tables are nested three deep */
static void mark_strings(
	struct string_options *strings, struct poptOption *table, bool narrows)
{
	for (struct poptOption *option = table;
		option->longName || option->shortName || option->arg; option++) {
		unsigned int type = option->argInfo & POPT_ARG_MASK;
		bool once;

		if (type == POPT_ARG_INCLUDE_TABLE && option->arg != poptAliasOptions)
			mark_strings(strings, option->arg,
				narrows || option->arg == filter_options);
		if (type != POPT_ARG_STRING || strings->count == STRINGS_MAX)
			continue;
		once = narrows || option->val == OPTION_ONCE;
		option->val = STRINGS_FROM + (int)strings->count;
		strings->list[strings->count++] =
			(struct string_option){ option, once, NULL };
	}
}

/* Takes the value that popt stored. POPT_ERROR_MALLOC: it found no memory for it, and
 * stored none, as if the option had not been given. */
static int take_value(
	poptContext context, struct string_option *string, const char **twice)
{
	/* popt's own copy, which an operand behind it would make it forget. */
	free(poptGetOptArg(context));
	if (string->value && string->once)
		*twice = string->option->longName;
	free(string->value);
	/* NOLINTNEXTLINE(*null-dereference,*NullDereference): all were marked */
	string->value = *(char **)string->option->arg;
	return string->value || string->option->argInfo & POPT_ARGFLAG_OPTIONAL
		? 0
		: POPT_ERROR_MALLOC;
}

void options_free_operands(char ***operands)
{
	for (size_t i = 0; *operands && (*operands)[i]; i++)
		free((*operands)[i]);
	free(*operands);
	*operands = NULL;
}

static int add_operand(char ***operands, size_t *count, char *word)
{
	char **grown = word ? reallocarray(*operands, *count + 2, sizeof(*grown)) : NULL;

	if (!grown) {
		free(word);
		return POPT_ERROR_MALLOC;
	}
	grown[(*count)++] = word;
	grown[*count] = NULL;
	*operands = grown;
	return 0;
}

int options_read(poptContext context, struct poptOption *table, const char **twice,
	char ***operands)
{
	struct string_options strings = { .count = 0 };
	size_t count = 0;
	int next, r = 0;

	*twice = NULL;
	*operands = NULL;
	mark_strings(&strings, table, false);
	while (r == 0 && !*twice) {
		next = poptGetNextOpt(context);
		if (next == 0)
			r = add_operand(operands, &count, poptGetOptArg(context));
		else if (next >= STRINGS_FROM)
			r = take_value(
				context, &strings.list[next - STRINGS_FROM], twice);
		else
			return next;
	}
	return r;
}
