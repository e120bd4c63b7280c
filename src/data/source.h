/*
 * A file, or standard input, from which the bytes for a segment are read.
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

/* Close the source, unless it is standard input. */
void source_close(struct source *source);

#endif
