/*
 * The cells of rows as text, one after another in one block of memory: a large table has
 * half a million cells, and allocating each would cost more than everything else.
 */
#ifndef SHMTOOL_SHOW_CELLS_H
#define SHMTOOL_SHOW_CELLS_H

#include <stdbool.h>
#include <stddef.h>

struct column;
struct output;

/* Initialize to zeros. Set USED to 0 to reuse it. */
struct cells {
	char *text; /* the cells of all rows, row after row; each ends with a NUL */
	size_t used, capacity; /* bytes */
	bool wide; /* the width of a cell may differ from its length in bytes */
};

/* Append the cells of COUNT rows for OUTPUT. */
void cells_add(struct cells *cells, const struct output *output, const void *const *rows,
	size_t count);

/* Append a cell. */
void cells_add_text(struct cells *cells, const char *text);

/* Append text to the last cell, which ends with a NUL that does not count in USED. */
void cells_append(struct cells *cells, const char *text);

/* Append the value of COLUMN in ROW in the same way, with the quotes and escapes of
 * OUTPUT's mode. Without a value, it is empty, null in JSON, and - in raw lines. It is
 * printable. */
void cells_append_value(struct cells *cells, const struct output *output,
	const struct column *column, const void *row);

/* Return the width of one of the cells of a table, in columns of a terminal. */
size_t cells_width(const struct cells *cells, const char *cell);

/* Fill WIDTHS with the width of the widest cell in each column of OUTPUT, a table. */
void cells_measure(
	const struct cells *cells, const struct output *output, size_t *widths);

void cells_free(struct cells *cells);

#endif
