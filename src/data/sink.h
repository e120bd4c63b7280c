/*
 * Where the bytes of a segment go: a descriptor, and the best way into it.
 *
 * Functions return 0 or a negative errno: -EFAULT for memory of the segment that cannot
 * be had, everything else from the descriptor. They count in PROGRESS what went.
 */
#ifndef SHMTOOL_DATA_SINK_H
#define SHMTOOL_DATA_SINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "data/pipe.h"
#include "data/progress.h"

struct sink {
	int fd;
	bool seeks; /* it is a regular file, in which holes are left by seeking */
	bool shares; /* a pipe, which takes pages instead of bytes */
	bool splices; /* takes bytes from another file within the kernel */
	struct tube tube; /* for a file that splices */
};

/* Prepares to write to FD, which stays open. SETTLED: bytes have to be out of the segment
 * when a function returns; else a pipe shares the segment's pages until it is read, and
 * its reader sees what they hold then. LENGTH: of all that will be written. */
void sink_open(struct sink *sink, int fd, bool settled, uint64_t length);

/* Extend a regular file over a hole at its end. Never truncate it. */
int sink_finish(struct sink *sink);
void sink_close(struct sink *sink);

/* Writes LENGTH bytes of memory, which may be a mapping's, and then stays as it is while
 * a pipe shares it. */
int sink_put(struct sink *sink, const char *buffer, uint64_t length,
	struct progress *progress);

/* Writes LENGTH bytes at OFFSET of the segment's file IN, as long as sink->splices. That
 * ends when the descriptor turns out not to take them: not all may have gone then. */
int sink_splice(struct sink *sink, int in, uint64_t offset, uint64_t length,
	struct progress *progress);

/* Goes over a hole of LENGTH bytes: by seeking, where what a file holds there already is
 * punched out, or with zeros. */
int sink_hole(struct sink *sink, uint64_t length, struct progress *progress);

#endif
