/*
 * All segments of the caller's IPC namespace.
 */
#ifndef SHMTOOL_KERNEL_ENUMERATE_H
#define SHMTOOL_KERNEL_ENUMERATE_H

#include <stdbool.h>

#include "kernel/table.h"

/* Reads /proc/sysvipc/shm, which alone knows the MEMORY use. Where that file is not
 * there, or memory use is not asked for, walks the slots with SHM_STAT_ANY (Linux 4.17),
 * which costs half as much, or with SHM_STAT. The caller frees the table, also after an
 * error: -CONDITION_NOT_SHMFILE; -ENOMEM, -EIO and other errors of the
 * system calls. */
int enumerate_segments(struct segment_table *table, bool memory);

/* How many slots such a walk looks at: those up to the highest in use (shmctl(2),
 * IPC_INFO); 1 where none is. Negative errno. */
int enumerate_slots(void);

#endif
