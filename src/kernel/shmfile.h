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

#include "kernel/enumerate.h"

#define SHMFILE_PATH "/proc/sysvipc/shm"

/* Pass the segments of FILE to SINK. A line that is cut, that has a field too many or too
 * few, or one that is no number within its bounds, is counted in GAPS instead.
 * -CONDITION_NOT_SHMFILE: line 1 is not the header of such a file; or the error of
 * read(2). FILE is used up, and gets a buffer that is gone afterwards: only close it. */
int shmfile_read(
	FILE *file, segment_sink *sink, void *data, struct enumeration_gaps *gaps);

#endif
