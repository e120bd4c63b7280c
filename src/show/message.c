#include "show/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "show/meter.h"
#include "show/text.h"

void message_set_name(const char *name)
{
	/* alloc.c and libpopt print this name, too. */
	program_invocation_name = (char *)(uintptr_t)name;
}

static int flush_error;

int message_flush_error(void)
{
	return flush_error;
}

/* Print a line, and HINT at its end. */
static void print_line(const char *text, const char *hint)
{
	char CLEANUP_FREE *safe = text_for_message(text);

	/* If stdout and stderr are one terminal, lines appear in order. */
	if (fflush(stdout) != 0)
		flush_error = errno;
	meter_clear();
	fprintf(stderr, "%s: %s%s\n", program_invocation_name, safe, hint);
}

void message(const char *format, ...)
{
	char CLEANUP_FREE *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = xvasprintf(format, arguments);
	va_end(arguments);
	print_line(text, "");
}

enum exit_status message_usage(const char *format, ...)
{
	char CLEANUP_FREE *text = NULL, CLEANUP_FREE *hint = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = xvasprintf(format, arguments);
	va_end(arguments);
	hint = xasprintf("%s Try '%s --help'.", text[strlen(text) - 1] == '?' ? "" : ".",
		program_invocation_name);
	print_line(text, hint);
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
	size_t size;
	FILE *out = xopen_memstream(&text, &size);
	enum exit_status status = cause_write(failure, out);

	xclose_memstream(out, &text);
	message("%s%s%s", operand ? operand : "", operand ? ": " : "", text);
	return status;
}
