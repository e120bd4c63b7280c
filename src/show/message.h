/*
 * Messages on standard error: lines that start with the name of the command. Control
 * characters in them are escaped.
 */
#ifndef SHMTOOL_SHOW_MESSAGE_H
#define SHMTOOL_SHOW_MESSAGE_H

#include "show/cause.h"
#include "usage_error.h"

/* Set the name that messages start with, such as "shmtool ls"; not copied. */
void message_set_name(const char *name);

/* Print a message. What was printed on standard output before is flushed first. */
void message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Report an error in the command line, with a hint at --help; return STATUS_USAGE. */
enum exit_status message_usage(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
enum exit_status message_usage_error(const struct usage_error *usage_error);

/* Report why an operation on OPERAND, a word of the command line, failed; NULL: the
 * command as a whole did. Return the exit status. */
enum exit_status message_failure(const char *operand, const struct failure *failure);

/* Return the errno of such a flush that failed; 0: none did. */
int message_flush_error(void);

#endif
