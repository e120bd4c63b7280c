/*
 * Reading a segment without making it larger: a page that was never touched is read as
 * zeros, and stays untouched.
 *
 * Which pages those are is told by the segment's own file where it may be opened (root:
 * SEEK_DATA, SEEK_HOLE), and otherwise by mincore(2), but only while the host has no
 * swap: a page that might be in swap is read, never taken for a hole.
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
	bool through_file; /* its bytes are read from FD: holes of huge pages stay so */
	bool full; /* FD has no holes, or had none when it was opened */
	bool peeks; /* mapping_peek() and mapping_poke() may be used */
};

/* Prepares to read MAPPING, which has to outlive the reader. Never fails: where nothing
 * tells holes, everything is read. */
void reader_open(struct reader *reader, const struct mapping *mapping);
void reader_close(struct reader *reader);

/* Copies LENGTH bytes at OFFSET into BUFFER. -EFAULT: memory that cannot be had. */
int reader_read(
	const struct reader *reader, uint64_t offset, void *buffer, size_t length);

/* Up to which offset, at most END, the segment goes on as it begins at OFFSET: as a
 * *HOLE, which reads as zeros, or as data. */
uint64_t reader_run(
	const struct reader *reader, uint64_t offset, uint64_t end, bool *hole);

/* Writes LENGTH bytes at OFFSET to FD. Where that is a regular file, not opened for
 * append, and grows, holes stay holes. Where it is a pipe, its reader gets the pages of
 * the segment themselves, and sees what they hold when it reads; SETTLED: it gets copies,
 * made before the function returns. PROGRESS counts the bytes, also on an error: -EFAULT
 * as above, everything else from FD. */
int reader_copy(const struct reader *reader, uint64_t offset, uint64_t length, int fd,
	bool settled, struct progress *progress);

#endif
