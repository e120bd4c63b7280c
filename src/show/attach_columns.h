/*
 * The processes that have a segment attached: as a table of their own for people, and as
 * members of the segment in JSON.
 */
#ifndef SHMTOOL_SHOW_ATTACH_COLUMNS_H
#define SHMTOOL_SHOW_ATTACH_COLUMNS_H

#include "column.h"

/* Rows are struct attach. Ends with a column without name. */
extern const struct column attach_columns[];

/* Rows are struct segment; what info adds to its JSON: the page size, the attaches,
 * the ranges that are in memory or in swap, and the parts of the key. Ends with a column
 * without name. */
extern const struct column attach_json_columns[];

#endif
