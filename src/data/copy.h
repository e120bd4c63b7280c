/*
 * Moving bytes between a segment and descriptors, in large pieces through read(2) and
 * write(2) on the mapping itself.
 *
 * Functions return 0 or a negative errno: -EFAULT where memory of the segment cannot be
 * had, everything else from the descriptor. DONE is how many bytes went, also then.
 */
#ifndef SHMTOOL_DATA_COPY_H
#define SHMTOOL_DATA_COPY_H

#include <stdint.h>

#include "kernel/mapping.h"

/* Writes LENGTH bytes of BUFFER, which may be a mapping's, to FD. */
int copy_bytes(const char *buffer, uint64_t length, int fd, uint64_t *done);

/* Reads from FD to OFFSET until its end, or until LENGTH bytes are there. */
int copy_in(const struct mapping *mapping, uint64_t offset, uint64_t length, int fd,
	uint64_t *done);

/* The same for a segment that is all zeros: holes of FD are stepped over, where it is a
 * file that tells its holes. */
int copy_in_sparse(const struct mapping *mapping, uint64_t offset, uint64_t length,
	int fd, uint64_t *done);

/* Whether FD has more to read; takes one byte from it. 1, 0 or a negative errno. */
int copy_more(int fd);

/* Writes BYTE to LENGTH bytes at OFFSET. */
int copy_fill(const struct mapping *mapping, uint64_t offset, uint64_t length,
	unsigned char byte, uint64_t *done);

/* The same with zeros; whole pages are given back where the memory can do that. */
int copy_zeros(
	const struct mapping *mapping, uint64_t offset, uint64_t length, uint64_t *done);

#endif
