/*
 * Read a segment without allocating memory for it: a page that was never touched reads as
 * zeros and stays untouched.
 *
 * The segment's file, which root may open, shows which pages were touched (SEEK_DATA,
 * SEEK_HOLE). Otherwise mincore(2) shows this, but only without swap on the host: a page
 * that may be in swap is read, never taken for a hole.
 */
#ifndef SHMTOOL_DATA_READER_H
#define SHMTOOL_DATA_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/progress.h"
#include "kernel/mapping.h"

struct reader {
	const struct mapping *mapping;
	int fd; /* the segment's file; -1: it may not be opened */
	bool copies; /* mapping_read() and mapping_write() may be used */
};

/* Prepare to read MAPPING, which must outlive the reader. If holes cannot be found,
 * everything is read as data. */
void reader_open(struct reader *reader, const struct mapping *mapping);
void reader_close(struct reader *reader);

/* Copy LENGTH bytes at OFFSET into BUFFER. Return 0 or a negative errno: -EFAULT: no
 * memory; -EPERM, -ENOSYS: mapping_read() may not be used. */
int reader_read(
	const struct reader *reader, uint64_t offset, void *buffer, size_t length);

/* Return the offset, at most END, where the hole or the data at OFFSET ends. *HOLE:
 * OFFSET is in a hole, which reads as zeros. */
uint64_t reader_run_end(
	const struct reader *reader, uint64_t offset, uint64_t end, bool *hole);

/* Return whether a POSIX object now ends before END, an offset, so that what was read up
 * to there may be zeros that it never held. System V segments never shrink. */
bool reader_shrank(const struct reader *reader, uint64_t end);

/* Write LENGTH bytes at OFFSET to FD, and count them in PROGRESS. Holes stay holes in a
 * regular file that grows and is not open for append. A pipe shares the pages of the
 * segment: its reader gets their content at the time of reading. LOCKED: a pipe gets
 * copies instead, made before the function returns. Return 0 or a negative errno:
 * -EFAULT: no memory; others come from FD. */
int reader_copy(const struct reader *reader, uint64_t offset, uint64_t length, int fd,
	bool locked, struct progress *progress);

#endif
