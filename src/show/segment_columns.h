/*
 * The columns of a segment: of ls and info, in every mode.
 */
#ifndef SHMTOOL_SHOW_SEGMENT_COLUMNS_H
#define SHMTOOL_SHOW_SEGMENT_COLUMNS_H

#include "column.h"

/* Rows are struct segment; what they need is SEGMENT_MEMORY and the like of
 * kernel/segment.h. Ends with a column without name. */
extern const struct column segment_columns[];

#endif
