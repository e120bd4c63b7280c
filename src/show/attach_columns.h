/*
 * The processes that have a segment attached: a table for people, and members of the
 * segment in JSON.
 */
#ifndef SHMTOOL_SHOW_ATTACH_COLUMNS_H
#define SHMTOOL_SHOW_ATTACH_COLUMNS_H

#include "column.h"

/* Rows are struct attach. Ends with a column without a name. */
extern const struct column attach_columns[];

/* Columns that info adds to its JSON. Rows are struct row. Ends with a column without a
 * name. */
extern const struct column attach_json_columns[];

#endif
