/*
 * A list of segments, and what its reading left out.
 */
#ifndef SHMTOOL_KERNEL_TABLE_H
#define SHMTOOL_KERNEL_TABLE_H

#include <stddef.h>

#include "kernel/segment.h"

struct segment_table {
	struct segment *segments; /* in the kernel's order: by slot */
	size_t count;
	size_t capacity; /* segments that there is room for */
	size_t hidden; /* segments that exist and may not be looked at */
	size_t bad_lines; /* lines of /proc/sysvipc/shm that made no sense */
	size_t first_bad_line; /* counted from 1; 0: none */
};

/* Gives back the table's memory and leaves it empty. */
void segment_table_free(struct segment_table *table);

/* Makes room for COUNT segments in an empty table, so that it need not grow to that; it
 * grows as ever where there is no such room. */
void segment_table_reserve(struct segment_table *table, size_t count);

/* Puts a copy of SEGMENT at the end. -ENOMEM. */
int segment_table_add(struct segment_table *table, const struct segment *segment);

/* The same in place: a new segment at the end, to be filled in. NULL without memory. */
struct segment *segment_table_extend(struct segment_table *table);

/* Orders the segments by ID, as segment_table_find() wants them. */
void segment_table_order(struct segment_table *table);

/* The segment with this ID, or NULL. */
const struct segment *segment_table_find(const struct segment_table *table, int id);

#endif
