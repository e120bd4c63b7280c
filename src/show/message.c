#include "show/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "show/meter.h"
#include "show/text.h"

void message_begin(const char *name)
{
	/* alloc.c and libpopt know the program by this name too. */
	program_invocation_name = (char *)(uintptr_t)name;
}

static void say(const char *text, const char *after)
{
	char CLEANUP_FREE *safe = text_escape(text);

	/* Where both are one terminal, they appear in the order they were said in. */
	fflush(stdout);
	meter_clear();
	fprintf(stderr, "%s: %s%s\n", program_invocation_name,
		safe ? safe : "not enough memory", after);
}

__attribute__((format(printf, 1, 0))) static char *format_text(
	const char *format, va_list arguments)
{
	char *text;

	return vasprintf(&text, format, arguments) < 0 ? NULL : text;
}

void message(const char *format, ...)
{
	char CLEANUP_FREE *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = format_text(format, arguments);
	va_end(arguments);
	say(text ? text : "not enough memory", "");
}

static void say_usage(const char *text)
{
	char CLEANUP_FREE *hint = NULL;

	size_t length = strlen(text);
	const char *end = length > 0 && text[length - 1] == '?' ? "" : ".";

	if (asprintf(&hint, "%s Try '%s --help'.", end, program_invocation_name) < 0)
		hint = NULL;
	say(text, hint ? hint : "");
}

enum exit_status message_usage(const char *format, ...)
{
	char CLEANUP_FREE *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = format_text(format, arguments);
	va_end(arguments);
	say_usage(text ? text : "not enough memory");
	return STATUS_USAGE;
}

enum exit_status message_usage_error(const struct usage_error *usage_error)
{
	if (usage_error->conflict)
		return message_usage("%s and %s cannot be combined", usage_error->option,
			usage_error->conflict);
	if (!usage_error->value)
		return message_usage("%s: %s", usage_error->option, usage_error->why);
	if (!usage_error->nearest)
		return message_usage("%s: '%s': %s", usage_error->option,
			usage_error->value, usage_error->why);
	return message_usage("%s: '%s': %s; did you mean '%s'?", usage_error->option,
		usage_error->value, usage_error->why, usage_error->nearest);
}

enum exit_status message_failure(const char *operand, const struct failure *failure)
{
	char CLEANUP_FREE *text = NULL;
	enum exit_status status = STATUS_FAILED;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out) {
		status = cause_write(failure, out);
		fclose(out);
	}
	if (operand)
		message("%s: %s", operand, text ? text : "not enough memory");
	else
		message("%s", text ? text : "not enough memory");
	return status;
}
