/*
 * A descriptor to which the bytes of a segment are written, by the fastest call for its
 * kind. splice(2) and vmsplice(2) hand pages to a pipe instead of copying them: 1 GiB
 * takes a fifth to a tenth of the time of write(2). Into a file they gain nothing.
 *
 * Functions return 0 or a negative errno: -EFAULT if the segment has no memory for a
 * page; others come from the descriptor. They count in PROGRESS.
 */
#ifndef SHMTOOL_DATA_SINK_H
#define SHMTOOL_DATA_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "data/progress.h"

struct sink {
	int fd;
	bool seeks; /* a regular file, in which a seek leaves a hole */
	bool shares; /* a pipe that takes pages instead of bytes */
};

/* Prepare to write LENGTH bytes in all to FD. LOCKED: every function has read its bytes
 * from the segment by the time it returns. Otherwise a pipe shares the segment's pages,
 * and its reader gets their content at the time of reading. */
void sink_open(struct sink *sink, int fd, bool locked, uint64_t length);

/* Extend a regular file over a hole at its end. Never truncate it: other programs may
 * append to it. */
int sink_finish(const struct sink *sink);

/* Write LENGTH bytes of memory, which may belong to a mapping. The memory must stay valid
 * while a pipe shares it. */
int sink_put(struct sink *sink, const char *buffer, uint64_t length,
	struct progress *progress);

/* Write LENGTH bytes at OFFSET of the segment's file IN, while sink->shares. If this
 * fails, clear sink->shares and return 0, perhaps after writing a part: another system
 * call may work, or show which side failed. */
int sink_splice(struct sink *sink, int in, uint64_t offset, uint64_t length,
	struct progress *progress);

/* Write a hole of LENGTH bytes: seek, and punch a hole into existing bytes of the file;
 * or write zeros. */
int sink_hole(struct sink *sink, uint64_t length, struct progress *progress);

#endif
