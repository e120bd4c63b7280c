/*
 * Moving bytes through pipes within the kernel, where pages are handed on and not copied
 * (splice(2), vmsplice(2)): the fastest way out of a segment and into one.
 *
 * Functions return how many bytes went, 0 at the end of the input, or a negative errno.
 * -EINVAL, -ENOSYS and -EPERM say that these two descriptors, or this kernel, cannot do
 * it: see pipe_unable().
 */
#ifndef SHMTOOL_DATA_PIPE_H
#define SHMTOOL_DATA_PIPE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "data/progress.h"

/* Makes the pipe FD hold a piece, or as much of it as the user is allowed
 * (fs.pipe-max-size), unless it holds LENGTH bytes anyway. */
void pipe_enlarge(int fd, uint64_t length);

/* Whether ERROR means that bytes have to go another way. */
bool pipe_unable(int error);

/* Splices up to LENGTH bytes from IN to OUT, one of which is a pipe. OFFSET: where in the
 * other, and is moved on; NULL: at its position. Waits while the pipe is full or empty.
 */
int64_t pipe_splice(int in, int out, off_t *in_offset, off_t *out_offset, uint64_t length,
	struct progress *progress);

/* Puts up to LENGTH bytes of memory into the pipe FD, which shares their pages. -EFAULT:
 * memory that cannot be had. */
int64_t pipe_share(
	int fd, const char *buffer, uint64_t length, struct progress *progress);

/* A pipe of one's own, between two files. */
struct tube {
	int ends[2]; /* to read, to write; -1: closed */
	uint64_t held; /* bytes in it */
};

/* 0 or a negative errno. */
int tube_open(struct tube *tube);
void tube_close(struct tube *tube);

/* Fills an empty tube with up to LENGTH bytes of the file IN. */
int64_t tube_fill(struct tube *tube, int in, off_t *offset, uint64_t length,
	struct progress *progress);

/* Empties it into the file OUT, and counts the bytes. 0 or a negative errno; what it
 * then still holds was not written. */
int tube_drain(struct tube *tube, int out, off_t *offset, struct progress *progress);

#endif
