/*
 * A descriptor that the bytes of a segment go to, and the fastest way into it. splice(2)
 * and vmsplice(2) hand pages to a pipe instead of copying them: 1 GiB takes a fifth to a
 * tenth of the time of write(2). sendfile(2) into a file of a tmpfs: 1.4 times as fast.
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
	bool splices; /* takes bytes of another file inside the kernel */
};

/* Prepare to write LENGTH bytes in all to FD. LOCKED: bytes must be out of the segment
 * when a function returns; else a pipe shares the segment's pages, and its reader gets
 * what they hold when it reads them. */
void sink_open(struct sink *sink, int fd, bool locked, uint64_t length);

/* Extend a regular file over a hole at its end. Never truncate it: other programs may
 * append to it. */
int sink_finish(const struct sink *sink);

/* Write LENGTH bytes of memory, which may belong to a mapping. It must stay valid while a
 * pipe shares it. */
int sink_put(struct sink *sink, const char *buffer, uint64_t length,
	struct progress *progress);

/* Write LENGTH bytes at OFFSET of the segment's file IN, while sink->splices. Clear that
 * and return 0, perhaps after a part, if this fails: another way may work, or tell which
 * side failed. */
int sink_splice(struct sink *sink, int in, uint64_t offset, uint64_t length,
	struct progress *progress);

/* Write a hole of LENGTH bytes: seek, and punch out what a file holds there; or write
 * zeros. */
int sink_hole(struct sink *sink, uint64_t length, struct progress *progress);

#endif
