/*
 * The text of /proc/sysvipc/shm.
 *
 * Its first line names the columns: 14 of them, and rss and swap behind them since
 * Linux 2.6.34 (ipc/shm.c, sysvipc_shm_proc_show). Their widths differ between kernels
 * and do not matter here.
 */
#ifndef SHMTOOL_KERNEL_SHMFILE_H
#define SHMTOOL_KERNEL_SHMFILE_H

#include <stdio.h>

#include "kernel/table.h"

#define SHMFILE_PATH "/proc/sysvipc/shm"

/* Adds the segments of FILE to TABLE. A line that is cut, has a field too many or too
 * few, or one that is no number in its bounds, adds nothing and is counted in
 * bad_lines. -EBADMSG: the first line is not the one of such a file; -ENOMEM; or the
 * error of read(2). */
int shmfile_read(FILE *file, struct segment_table *table);

#endif
