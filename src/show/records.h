/*
 * Print rows for programs: as JSON, JSON Lines, raw lines or KEY="value" pairs.
 */
#ifndef SHMTOOL_SHOW_RECORDS_H
#define SHMTOOL_SHOW_RECORDS_H

#include <stddef.h>
#include <stdio.h>

struct output;

/* Print rows, and the total if OUTPUT has one. NAME: of the array in JSON. */
void records_print(const struct output *output, const char *name, const void *const *rows,
	size_t count, FILE *file);

#endif
