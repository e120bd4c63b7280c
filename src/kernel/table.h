/*
 * All segments of the caller's IPC namespace.
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

/* Reads /proc/sysvipc/shm; where that file is not there, walks the slots with
 * SHM_STAT_ANY (Linux 4.17) or SHM_STAT, which do not know the memory use.
 * The caller frees the table, also after an error: -EBADMSG: the file is in no known
 * form; -ENOMEM, -EIO and other errors of the system calls. */
int segment_table_read(struct segment_table *table);

/* Gives back the table's memory and leaves it empty. */
void segment_table_free(struct segment_table *table);

/* Puts a copy of SEGMENT at the end. -ENOMEM. */
int segment_table_add(struct segment_table *table, const struct segment *segment);

#endif
