/*
 * The columns of a segment: of ls and info, in every mode.
 */
#ifndef SHMTOOL_SHOW_SEGMENT_COLUMNS_H
#define SHMTOOL_SHOW_SEGMENT_COLUMNS_H

#include "column.h"

/* Rows are struct row. Ends with a column without a name. */
extern const struct column segment_columns[];

#endif
