/*
 * Moving bytes through pipes inside the kernel, which hands on pages instead of copying
 * them: splice(2), vmsplice(2). A segment of 1 GiB goes into a pipe 5 to 10 times as fast
 * as with write(2); through a pipe of our own into a file of a tmpfs, 1.4 times.
 *
 * Functions return the number of bytes, 0 at the end of the input, or a negative errno.
 */
#ifndef SHMTOOL_DATA_PIPE_H
#define SHMTOOL_DATA_PIPE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "data/progress.h"

/* Enlarge the pipe FD to hold a piece, or as much as the user may (fs.pipe-max-size),
 * unless it holds LENGTH bytes already. */
void pipe_enlarge(int fd, uint64_t length);

/* Does ERROR mean that these descriptors, or this kernel, do not support the call? */
bool pipe_unable(int error);

/* Splice up to LENGTH bytes of the file IN at OFFSET, which is advanced, into the pipe
 * OUT. */
int64_t pipe_splice(
	int in, off_t *offset, int out, uint64_t length, struct progress *progress);

/* Put up to LENGTH bytes of memory into the pipe FD, which shares their pages. -EFAULT:
 * no memory for a page. */
int64_t pipe_share(
	int fd, const char *buffer, uint64_t length, struct progress *progress);

/* A pipe of our own between two files. */
struct tube {
	int ends[2]; /* to read, to write; -1: closed */
};

/* Return 0 or a negative errno. */
int tube_open(struct tube *tube);
void tube_close(struct tube *tube);

/* Splice LENGTH bytes, which the tube holds, to the file OUT, and count them. Return 0 or
 * a negative errno. */
int tube_drain(struct tube *tube, int out, uint64_t length, struct progress *progress);

#endif
