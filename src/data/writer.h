/*
 * Write into a segment, without allocating memory beyond the bytes written.
 *
 * Functions return 0 or a negative errno: -EFAULT if there is no memory for a page of the
 * segment; -ENOSPC, -EDQUOT or -EFBIG if a POSIX object cannot grow;
 * -CONDITION_NO_COPYING; others come from the source. They count the bytes written in
 * PROGRESS, also if an error follows.
 */
#ifndef SHMTOOL_DATA_WRITER_H
#define SHMTOOL_DATA_WRITER_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "condition.h"
#include "data/progress.h"
#include "data/reader.h"
#include "data/source.h"
#include "kernel/mapping.h"

/* Bytes per read and write. */
#define WRITER_PIECE ((size_t)128 << 10)

/* Return whether ERROR is that of the segment, not of the source. */
static inline bool writer_failed(int error)
{
	return error == -EFAULT || error == -ENOSPC || error == -EDQUOT ||
		error == -EFBIG || error == -CONDITION_NO_COPYING ||
		error == -CONDITION_OBJECT_SHRANK;
}

struct writer {
	const struct mapping *mapping;
	struct reader reader; /* of the old content of the segment */
	int fd; /* the segment's file, open for writing; -1: it may not be opened */
	bool zeroed; /* the segment is known to hold zeros only; set by the caller */
};

/* Prepare to write to MAPPING, which is writable and must outlive the writer. When memory
 * runs out from now on, the kernel kills this process before others. */
void writer_open(struct writer *writer, const struct mapping *mapping);
void writer_close(struct writer *writer);

/* Write SOURCE to OFFSET, until its end or LENGTH bytes. Holes of a file become zeros,
 * which take no memory if possible. -CONDITION_FILE_SHRANK: the file is shorter than it
 * was when it was opened. */
int writer_copy(const struct writer *writer, uint64_t offset, uint64_t length,
	const struct source *source, struct progress *progress);

/* Write LENGTH bytes of BYTES at OFFSET. *DONE: the number of bytes written. Any thread
 * may call this. */
int writer_write(const struct writer *writer, uint64_t offset, const char *bytes,
	size_t length, size_t *done);

/* Call writer_write(), and count the bytes written in PROGRESS. */
int writer_put(const struct writer *writer, uint64_t offset, const char *bytes,
	size_t length, struct progress *progress);

/* Fill LENGTH bytes at OFFSET with BYTE. */
int writer_fill(const struct writer *writer, uint64_t offset, uint64_t length,
	unsigned char byte, struct progress *progress);

/* Write zeros: free whole pages if the memory supports it, and do not touch bytes that
 * are zero already. */
int writer_zeros(const struct writer *writer, uint64_t offset, uint64_t length,
	struct progress *progress);

#endif
