/*
 * The texts of rows' cells, one behind the other in one piece of memory: a large table
 * has half a million of them, and to allocate each costs more than everything else.
 */
#ifndef SHMTOOL_SHOW_CELLS_H
#define SHMTOOL_SHOW_CELLS_H

#include <stdbool.h>
#include <stddef.h>

struct output;

/* To begin with, all of it is zero; with USED 0 it is empty again. */
struct cells {
	char *text; /* the cells of a row, those of the next, ...; each ends with a NUL */
	size_t used, capacity; /* bytes */
	bool special; /* some is, or was, more than printable ASCII without backslashes */
};

/* Puts the cells of COUNT rows at the end, as OUTPUT wants them: a cell without a value
 * is empty, but "null" in JSON, and "-" in raw lines. Cells of JSON are written in JSON.
 * -ENOMEM. */
int cells_add(struct cells *cells, const struct output *output, const void *const *rows,
	size_t count);

void cells_free(struct cells *cells);

#endif
