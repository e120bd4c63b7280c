/*
 * Print what completions and man pages list, from the program's own tables, a line each:
 *
 *     command NAME SUMMARY
 *     option COMMAND -S --LONG ARGUMENT HELP  "-": none; "=ARGUMENT": may be left out
 *     operands COMMAND OPTION WORD...         what it takes with OPTION; "-": without any
 *     column COMMAND NAME HELP
 *     default COMMAND NAME                    a column that is shown by default
 *     object COMMAND NAME                     the same, for objects
 *     value FORMAT NAME
 *
 * COMMAND is "shmtool" for the options before a command. ARGUMENT and WORD are as in
 * --help, without brackets.
 */
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "column.h"
#include "command.h"
#include "show/output.h"

static void print_without_brackets(const char *text)
{
	for (; *text; text++) {
		if (*text != '[' && *text != ']')
			putchar(*text);
	}
}

/* Print the options of TABLE and of the tables that it includes. */
/* NOLINTNEXTLINE(misc-no-recursion): tables are nested three deep */
static void print_options(const char *command, const struct poptOption *table)
{
	for (const struct poptOption *option = table;
		option->longName || option->shortName || option->arg; option++) {
		if ((option->argInfo & POPT_ARG_MASK) == POPT_ARG_INCLUDE_TABLE) {
			print_options(command, option->arg);
			continue;
		}
		printf("option %s -", command);
		if (option->shortName)
			putchar(option->shortName);
		printf(" --%s ", option->longName);
		if (option->argInfo & POPT_ARGFLAG_OPTIONAL)
			putchar('=');
		print_without_brackets(option->argDescrip ? option->argDescrip : "-");
		printf(" %s\n", option->descrip);
	}
}

/* Does the option of this long name take an argument? */
/* NOLINTNEXTLINE(misc-no-recursion): tables are nested three deep */
static bool takes_argument(const struct poptOption *table, const char *name)
{
	for (const struct poptOption *option = table;
		option->longName || option->shortName || option->arg; option++) {
		if ((option->argInfo & POPT_ARG_MASK) == POPT_ARG_INCLUDE_TABLE
				? takes_argument(option->arg, name)
				: option->argDescrip &&
					/* NOLINTNEXTLINE(*NonNullParamChecker): is set */
					strcmp(option->longName, name) == 0)
			return true;
	}
	return false;
}

/* Print the ways to give operands: "A... | --option ARGUMENT B..." are two. */
static void print_operands(const struct command *command, const struct poptOption *table)
{
	char CLEANUP_FREE *copy = xstrdup(command->arguments);
	char *ways = *copy ? copy : NULL, *way, *word;

	while ((way = strsep(&ways, "|"))) {
		const char *option = "-";

		way += strspn(way, " ");
		if (strncmp(way, "--", 2) == 0) {
			option = strsep(&way, " ");
			if (takes_argument(table, option + 2))
				strsep(&way, " ");
		}
		printf("operands %s %s", command->name, option);
		while ((word = strsep(&way, " "))) {
			if (*word)
				putchar(' ');
			print_without_brackets(word);
		}
		putchar('\n');
	}
}

static void print_command(const struct command *command)
{
	struct poptOption table[COMMAND_TABLE_MAX];

	command_options(command, table);
	if (command != &program)
		printf("command %s %s\n", command->name, command->summary);
	print_options(command->name, table);
	if (command != &program)
		print_operands(command, table);
	for (const struct column *column = command->columns; column && column->name;
		column++) {
		printf("column %s %s %s\n", command->name, column->name, column->help);
		if (column->flags & COLUMN_DEFAULT)
			printf("default %s %s\n", command->name, column->name);
		if (column->flags & COLUMN_OBJECT)
			printf("object %s %s\n", command->name, column->name);
	}
}

int main(void)
{
	print_command(&program);
	for (size_t i = 0; commands[i]; i++)
		print_command(commands[i]);
	for (size_t i = 0; output_time_formats[i]; i++)
		printf("value FORMAT %s\n", output_time_formats[i]);
	return fflush(stdout) != 0;
}
