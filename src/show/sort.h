/*
 * Sort rows by the values of a column.
 */
#ifndef SHMTOOL_SHOW_SORT_H
#define SHMTOOL_SHOW_SORT_H

#include <stdbool.h>
#include <stddef.h>

#include "column.h"

struct sort {
	const struct column *column;
	bool descending;
};

/* Compare the values of COLUMN in two rows, as strcmp(3) compares texts. An unknown value
 * is the smallest. */
int sort_compare(const struct column *column, const void *a, const void *b);

/* Return pointers to the COUNT rows at ROWS, each SIZE bytes long, sorted by the first of
 * SORTS, then by the next. Equal rows keep their order. The caller frees the array. */
const void **sort_rows(const struct sort *sorts, size_t nsorts, const void *rows,
	size_t count, size_t size);

#endif
