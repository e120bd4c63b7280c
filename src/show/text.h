/*
 * Text from outside (names of processes and users, operands, file names) made harmless.
 */
#ifndef SHMTOOL_SHOW_TEXT_H
#define SHMTOOL_SHOW_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* The length in bytes of the character at TEXT if it may be shown as it is: valid UTF-8
 * and no control character (C0, DEL, C1); otherwise 0. LENGTH: how many bytes there are.
 */
size_t text_shown(const char *text, size_t length);

/* TEXT as a string of JSON (RFC 8259), in quotes and ASCII, which the caller frees; NULL
 * without memory. Bytes that are no UTF-8, and DEL, which JSON cannot escape, become
 * \xHH. */
char *text_json(const char *text);

/* A copy of TEXT, which the caller frees, with \xHH for each byte that may not be shown;
 * NULL without memory. */
char *text_escape(const char *text);

#endif
