/*
 * Writing into a segment, without giving memory to more of it than is written.
 *
 * Functions return 0 or a negative errno: -EFAULT where memory of the segment cannot be
 * had, everything else from where the bytes come from. They count in PROGRESS what was
 * written, also then.
 */
#ifndef SHMTOOL_DATA_WRITER_H
#define SHMTOOL_DATA_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/progress.h"
#include "data/reader.h"
#include "data/source.h"
#include "kernel/mapping.h"

struct writer {
	const struct mapping *mapping;
	struct reader reader; /* of what is there before */
	int fd; /* the segment's file, to write to; -1: it may not be opened */
};

/* Prepares to write to MAPPING, which is writable and has to outlive the writer; where
 * memory runs out from now on, the kernel ends this process before others. Never fails:
 * where the segment's file may not be opened, bytes go through the mapping. */
void writer_open(struct writer *writer, const struct mapping *mapping);
void writer_close(struct writer *writer);

/* Writes what SOURCE has to OFFSET, until its end, or until LENGTH bytes are there. What
 * is a hole of a file becomes zeros, which take no memory where that can be; ZEROED: the
 * segment is all zeros there already. -ENODATA: the file has become shorter than it was
 * when it was opened. */
int writer_copy(struct writer *writer, uint64_t offset, uint64_t length,
	const struct source *source, bool zeroed, struct progress *progress);

/* Writes LENGTH bytes of BYTES at OFFSET. */
int writer_put(const struct writer *writer, uint64_t offset, const void *bytes,
	size_t length, struct progress *progress);

/* Writes BYTE to LENGTH bytes at OFFSET. */
int writer_fill(const struct writer *writer, uint64_t offset, uint64_t length,
	unsigned char byte, struct progress *progress);

/* The same with zeros: whole pages are given back where the memory can do that, and what
 * is zero already is left alone. */
int writer_zeros(const struct writer *writer, uint64_t offset, uint64_t length,
	struct progress *progress);

#endif
