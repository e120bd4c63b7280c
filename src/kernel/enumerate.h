/*
 * All segments of the caller's IPC namespace.
 */
#ifndef SHMTOOL_KERNEL_ENUMERATE_H
#define SHMTOOL_KERNEL_ENUMERATE_H

#include "kernel/table.h"

/* Reads /proc/sysvipc/shm; where that file is not there, walks the slots with
 * SHM_STAT_ANY (Linux 4.17) or SHM_STAT, which do not know the memory use.
 * The caller frees the table, also after an error: -EBADMSG: the file is in no known
 * form; -ENOMEM, -EIO and other errors of the system calls. */
int enumerate_segments(struct segment_table *table);

/* The same without the memory use, which is quicker: walks the slots first, and reads the
 * file where segments may not be looked at that way. */
int enumerate_quickly(struct segment_table *table);

#endif
