/*
 * Read and write descriptors that may block, be interrupted, or transfer only a part.
 *
 * Functions return 0 or a negative errno.
 */
#ifndef SHMTOOL_DATA_COPY_H
#define SHMTOOL_DATA_COPY_H

#include <stdint.h>

#include "data/progress.h"

/* Bytes per call. Large enough to hide the cost of system calls, small enough for the CPU
 * cache and for a quick reaction to signals. */
#define COPY_PIECE ((uint64_t)1 << 20)

/* Decide whether to repeat a call on FD that failed with errno: return 0 to repeat it, or
 * a negative errno. Wait for the poll(2) EVENTS if FD is non-blocking. */
int copy_retry(int fd, short events, struct progress *progress);

/* Write up to LENGTH bytes of BUFFER, which may belong to a mapping, in one write(2).
 * Return the number of bytes written, or a negative errno. PROGRESS does not count
 * them. */
int64_t copy_once(const char *buffer, uint64_t length, int fd, struct progress *progress);

/* Write and count LENGTH bytes of BUFFER. */
int copy_bytes(const char *buffer, uint64_t length, int fd, struct progress *progress);

/* Return 1 if FD has more to read, and consume one byte of it; 0 at the end of FD; or a
 * negative errno. */
int copy_has_more(int fd, struct progress *progress);

/* Enlarge the pipe FD to COPY_PIECE bytes, or as far as fs.pipe-max-size allows, unless
 * it has room for LENGTH bytes already. */
void copy_enlarge_pipe(int fd, uint64_t length);

#endif
