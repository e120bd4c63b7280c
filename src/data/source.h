/*
 * A file, or standard input, that the bytes for a segment come from.
 */
#ifndef SHMTOOL_DATA_SOURCE_H
#define SHMTOOL_DATA_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

struct source {
	int fd; /* -1: closed */
	bool pipe; /* a pipe or a FIFO */
	bool known; /* LENGTH is known: a regular file */
	uint64_t length; /* bytes from its position to its end */
};

/* Open PATH; "-" is standard input. Return 0 or a negative errno; -EISDIR for a
 * directory. */
int source_open(struct source *source, const char *path);

/* Close it, but not standard input. */
void source_close(struct source *source);

#endif
