/*
 * The columns and the colour of a limit.
 */
#ifndef SHMTOOL_SHOW_LIMIT_COLUMNS_H
#define SHMTOOL_SHOW_LIMIT_COLUMNS_H

#include "column.h"

/* Rows are struct limit. Ends with a column without a name. */
extern const struct column limit_columns[];

/* Return the colour of a struct limit on a terminal; NULL: the limit is neither near nor
 * full. */
const char *limit_color(const void *row);

#endif
