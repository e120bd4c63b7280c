#include "options.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "nearest.h"
#include "select/filter.h"
#include "show/message.h"

/* Find the long option nearest to NAME in TABLE and in the tables that it includes. */
/* NOLINTNEXTLINE(misc-no-recursion): tables are nested three deep */
static void nearest_option(const struct poptOption *table, const char *name,
	const char **nearest, size_t *distance)
{
	for (const struct poptOption *option = table;
		option->longName || option->shortName || option->arg; option++) {
		if ((option->argInfo & POPT_ARG_MASK) == POPT_ARG_INCLUDE_TABLE)
			nearest_option(option->arg, name, nearest, distance);
		else if (option->longName)
			name_nearer(name, option->longName, nearest, distance);
	}
}

char *option_hide(const char *word)
{
	char *hidden = xreallocarray(NULL, 2 * strlen(word) + 1, 1), *to = hidden;

	for (; *word; word++) {
		*to++ = *word;
		if (*word == '!')
			*to++ = '.';
	}
	*to = '\0';
	return hidden;
}

/* Undo option_hide() in WORD, which may be NULL. Return it. */
static char *reveal(char *word)
{
	char *to = word;

	for (const char *from = word; from && *from; from += *from == '!' ? 2 : 1)
		*to++ = *from;
	if (to)
		*to = '\0';
	return word;
}

static void report_unknown(const struct poptOption *table, const char *option)
{
	const char *nearest = NULL;
	size_t distance = 0, length = strcspn(option, "=");
	char CLEANUP_FREE *name = xstrndup(option, length);

	if (strncmp(name, "--", 2) == 0)
		nearest_option(table, name + 2, &nearest, &distance);
	if (nearest)
		message_usage("unknown option '%s'; did you mean '--%s'?", name, nearest);
	else
		message_usage("unknown option '%s'", name);
}

static void report_error(poptContext context, const struct poptOption *table, int error)
{
	const char *word = poptBadOption(context, 0);
	char CLEANUP_FREE *option = reveal(word ? xstrdup(word) : NULL);

	if (error == POPT_ERROR_MALLOC)
		out_of_memory();
	else if (error == POPT_ERROR_BADOPT)
		report_unknown(table, option);
	else if (error == POPT_ERROR_NOARG)
		message_usage("option '%s' needs an argument", option);
	else
		message_usage("option '%s': %s", option, poptStrerror(error));
}

/* popt stores the argument of an option and does not return, unless the option has a
 * value in its table. Each such option gets a value, counting up from this one, so that
 * options_read() sees it. */
#define STRINGS_FROM 1000

struct string_option {
	const struct poptOption *option;
	bool once; /* must not be given twice: of two filters, the wider must not win */
	char *value; /* the latest; the table's variable owns it */
};

struct string_options {
	struct string_option *list;
	size_t count;
};

/* Give each option of TABLE that takes an argument its value, and add it to STRINGS. */
/* NOLINTNEXTLINE(misc-no-recursion): tables are nested three deep */
static void mark_strings(
	struct string_options *strings, struct poptOption *table, bool filters)
{
	for (struct poptOption *option = table;
		option->longName || option->shortName || option->arg; option++) {
		unsigned int type = option->argInfo & POPT_ARG_MASK;
		bool once = filters || option->val == OPTION_ONCE;

		if (type == POPT_ARG_INCLUDE_TABLE)
			mark_strings(strings, option->arg,
				filters || option->arg == filter_options);
		if (type != POPT_ARG_STRING)
			continue;
		strings->list =
			xgrow(strings->list, strings->count, sizeof(*strings->list));
		option->val = STRINGS_FROM + (int)strings->count;
		strings->list[strings->count++] =
			(struct string_option){ .option = option, .once = once };
	}
}

/* Note the argument that popt stored for an option. Return false after a message if the
 * option must not be given twice and was. */
static bool read_string(poptContext context, struct string_option *string)
{
	/* NOLINTNEXTLINE(*NullDereference): popt returns only marked values */
	bool twice = string->value && string->once;

	/* popt's own copy, which it would leak at the next operand. */
	free(poptGetOptArg(context));
	free(string->value);
	/* NOLINTNEXTLINE(*null-dereference,*NullDereference): all were marked */
	string->value = reveal(*(char **)string->option->arg);
	/* Out of memory, popt stores NULL, as if the option had not been given. */
	if (!string->value && !(string->option->argInfo & POPT_ARGFLAG_OPTIONAL))
		out_of_memory();
	if (twice)
		message_usage("option '--%s' was given twice", string->option->longName);
	return !twice;
}

void words_add(struct words *words, char *word)
{
	if (!word)
		out_of_memory();
	words->list = xgrow(words->list, words->count, sizeof(*words->list));
	words->list[words->count++] = word;
}

void words_free(struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->list[i]);
	free(words->list);
}

int options_read(poptContext context, struct poptOption *table, struct words *words)
{
	struct string_options strings = { .count = 0 };
	int next;

	mark_strings(&strings, table, false);
	while ((next = poptGetNextOpt(context)) == 0 || next >= STRINGS_FROM) {
		if (next == 0)
			words_add(words, reveal(poptGetOptArg(context)));
		else if (!read_string(context, &strings.list[next - STRINGS_FROM]))
			break;
	}
	free(strings.list);
	if (next < -1)
		report_error(context, table, next);
	if (next < -1 || next >= STRINGS_FROM)
		return -1;
	return next == -1 ? 0 : next;
}
