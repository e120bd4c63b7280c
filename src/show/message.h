/*
 * What a command says on standard error: one line each, which starts with the command's
 * name, and in which nothing from outside can move a terminal's cursor.
 */
#ifndef SHMTOOL_SHOW_MESSAGE_H
#define SHMTOOL_SHOW_MESSAGE_H

#include "show/cause.h"
#include "usage_error.h"

/* Sets the name that messages start with, such as "shmtool ls"; not copied. */
void message_begin(const char *name);

/* Says something, as printf(3) does. */
void message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says what is wrong with the command line and where help is; returns STATUS_USAGE. */
enum exit_status message_usage(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* The same of an option. */
enum exit_status message_usage_error(const struct usage_error *usage_error);

/* Says why OPERAND, as the user wrote it, or the command as a whole where OPERAND is
 * NULL, failed; returns the exit status for it. */
enum exit_status message_failure(const char *operand, const struct failure *failure);

#endif
