/*
 * Print rows as JSON.
 */
#ifndef SHMTOOL_SHOW_JSON_H
#define SHMTOOL_SHOW_JSON_H

#include <stddef.h>
#include <stdio.h>

struct output;

/* Print an object with an array NAME of an object for each row, and the total if OUTPUT
 * has one. */
void json_print(const struct output *output, const char *name, const void *const *rows,
	size_t count, FILE *file);

/* Print the same objects one a line, and the total in the last line. */
void json_print_lines(
	const struct output *output, const void *const *rows, size_t count, FILE *file);

#endif
