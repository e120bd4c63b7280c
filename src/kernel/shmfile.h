/*
 * The text of /proc/sysvipc/shm.
 *
 * The first line names the columns: 14, followed by rss and swap since Linux 2.6.34
 * (ipc/shm.c, sysvipc_shm_proc_show). Their widths differ between kernels.
 */
#ifndef SHMTOOL_KERNEL_SHMFILE_H
#define SHMTOOL_KERNEL_SHMFILE_H

#include <stdio.h>

#include "kernel/enumerate.h"

#define SHMFILE_PATH "/proc/sysvipc/shm"

/* Pass the segments of FILE to SINK. Lines that are malformed (cut off, a field too many
 * or too few, a number out of range) are counted in GAPS instead. -CONDITION_NOT_SHMFILE:
 * line 1 is not the header of such a file, or a line is longer than any that the kernel
 * prints; or the error of read(2). */
int shmfile_read(
	FILE *file, segment_sink *sink, void *data, struct enumeration_gaps *gaps);

#endif
