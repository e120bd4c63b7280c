/*
 * Calls on descriptors from which a segment is filled or into which it is copied: they
 * may block, be interrupted, or take a part only.
 *
 * Functions return 0 or a negative errno.
 */
#ifndef SHMTOOL_DATA_COPY_H
#define SHMTOOL_DATA_COPY_H

#include <stdint.h>

#include "data/progress.h"

/* What goes at once: large enough that calls do not count, small enough for a processor's
 * cache, and to be interrupted soon. */
#define COPY_PIECE ((uint64_t)1 << 20)

/* What to do after a call on FD set errno: 0 to try it again, or its negative errno.
 * Waits for the poll(2) EVENTS where somebody made FD non-blocking. */
int copy_retry(int fd, short events, struct progress *progress);

/* Writes up to LENGTH bytes of BUFFER, which may be a mapping's, to FD: how many went, or
 * a negative errno. PROGRESS does not count them. */
int64_t copy_some(const char *buffer, uint64_t length, int fd, struct progress *progress);

/* Writes all of them, and counts them. */
int copy_bytes(const char *buffer, uint64_t length, int fd, struct progress *progress);

/* Whether FD has more to read; takes one byte from it. 1, 0 or a negative errno. */
int copy_more(int fd, struct progress *progress);

#endif
