/*
 * All System V segments of the caller's IPC namespace.
 */
#ifndef SHMTOOL_KERNEL_ENUMERATE_H
#define SHMTOOL_KERNEL_ENUMERATE_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/segment.h"

/* Receive one segment. Called for all segments in the kernel's order: by slot. */
typedef void segment_sink(
	void *data, const struct segment *segment, const struct memory_use *memory);

/* What an enumeration left out. */
struct enumeration_gaps {
	size_t hidden; /* segments that exist and cannot be examined */
	size_t hidden_objects; /* files in /dev/shm that cannot be examined */
	size_t bad_lines; /* malformed lines of /proc/sysvipc/shm */
	size_t first_bad_line; /* counted from 1; 0: none */
	size_t semaphores, links, directories,
		others; /* files that are no POSIX object */
};

/* Pass each segment to SINK; add to GAPS. Try three sources in this order. Unless MEMORY
 * is requested, walk the slots with SHM_STAT_ANY (Linux 4.17). If that finds nothing,
 * read /proc/sysvipc/shm, which costs twice as much and alone reports memory use. If that
 * file cannot be opened, walk the slots with SHM_STAT. -CONDITION_NOT_SHMFILE: the file
 * has an unknown form; or the errno of a system call. */
int enumerate_segments(
	bool memory, segment_sink *sink, void *data, struct enumeration_gaps *gaps);

#endif
