/*
 * The columns of a limit, and how one that is nearly reached is marked.
 */
#ifndef SHMTOOL_SHOW_LIMIT_COLUMNS_H
#define SHMTOOL_SHOW_LIMIT_COLUMNS_H

#include "column.h"

/* Rows are struct limit. Ends with a column without name. */
extern const struct column limit_columns[];

/* The colour of a struct limit on a terminal: of one that is near, and of one that is
 * full; NULL of others. */
const char *limit_color(const void *row);

#endif
