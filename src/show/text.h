/*
 * Make text from outside (names of processes and users, operands, file names) harmless.
 */
#ifndef SHMTOOL_SHOW_TEXT_H
#define SHMTOOL_SHOW_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Return the length in bytes of the character at TEXT, which has LENGTH bytes, if it is
 * valid UTF-8 and not a control character (C0, DEL, C1); otherwise 0. */
size_t text_printable_length(const char *text, size_t length);

/* Return TEXT as a JSON string (RFC 8259) in ASCII, with its quotes; the caller frees it.
 * DEL and bytes that are not valid UTF-8 become \xHH, as in text_escape(). */
char *text_json(const char *text) __attribute__((returns_nonnull));

/* Return a copy of TEXT with \xHH for each byte at which text_printable_length() is 0;
 * the caller frees it. */
char *text_escape(const char *text) __attribute__((returns_nonnull));

/* The same for people: if the locale has only single bytes, escape all that is not ASCII,
 * since one byte of a character in UTF-8 may be a control character there. */
char *text_for_message(const char *text) __attribute__((returns_nonnull));

/* Return a copy of TEXT for a terminal of this locale, with \xHH for each byte that the
 * locale cannot print, and for a backslash before x; the caller frees it. */
char *text_for_terminal(const char *text) __attribute__((returns_nonnull));

/* Return how many columns of a terminal printable text takes. */
size_t text_width(const char *text);

/* Return how many bytes of printable text take at most WIDTH columns. */
size_t text_fitting(const char *text, size_t width);

/* Return the mark for text that was left out: an ellipsis if the locale has one, or else
 * three points. */
const char *text_ellipsis(void);

#endif
