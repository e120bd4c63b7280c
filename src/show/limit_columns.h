/*
 * The columns of a limit.
 */
#ifndef SHMTOOL_SHOW_LIMIT_COLUMNS_H
#define SHMTOOL_SHOW_LIMIT_COLUMNS_H

#include "column.h"
#include "kernel/limits.h"

/* Rows are struct limit. Ends with a column without a name. */
extern const struct column limit_columns[];

/* Return whether more than PERCENT, 1 to 100, of a limit is used. A limit of 0 counts,
 * except that of an empty pool of huge pages. */
bool limit_is_above(const struct limit *limit, unsigned int percent);

/* Return the percentage of a limit other than 0 that is used, rounded up, so that it says
 * the same as limit_is_above(). */
uint64_t limit_percent(const struct limit *limit);

/* Return the name of a limit, which may be in BUFFER. */
#define LIMIT_NAME_MAX 40
const char *limit_name(const struct limit *limit, char buffer[LIMIT_NAME_MAX]);

#endif
