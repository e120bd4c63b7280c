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
	size_t hidden; /* segments that exist and may not be looked at */
	size_t bad_lines; /* lines of /proc/sysvipc/shm that made no sense */
	size_t first_bad_line; /* counted from 1; 0: none */
};

/* Gives back the table's memory and leaves it empty. */
void segment_table_free(struct segment_table *table);

/* Puts a copy of SEGMENT at the end. -ENOMEM. */
int segment_table_add(struct segment_table *table, const struct segment *segment);

#endif
