/*
 * The cells of rows as text, one after another in one block of memory: a large table has
 * half a million cells, and allocating each would cost more than everything else.
 */
#ifndef SHMTOOL_SHOW_CELLS_H
#define SHMTOOL_SHOW_CELLS_H

#include <stdbool.h>
#include <stddef.h>

struct output;

/* Initialize to zeros. Set USED to 0 to reuse it. */
struct cells {
	char *text; /* the cells of all rows, row after row; each ends with a NUL */
	size_t used, capacity; /* bytes */
	bool special; /* not all cells were printable ASCII without backslashes */
};

/* Append the cells of COUNT rows for OUTPUT. A cell without a value is empty, null in
 * JSON, and - in raw lines. */
void cells_add(struct cells *cells, const struct output *output, const void *const *rows,
	size_t count);

void cells_free(struct cells *cells);

#endif
