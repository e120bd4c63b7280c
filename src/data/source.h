/*
 * Where bytes for a segment come from: a file, or standard input.
 */
#ifndef SHMTOOL_DATA_SOURCE_H
#define SHMTOOL_DATA_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

struct source {
	int fd; /* -1: closed */
	bool pipe; /* a pipe or a FIFO */
	bool known; /* LENGTH is known: it is a regular file */
	uint64_t length; /* bytes from its position to its end */
};

/* Opens PATH; "-" is standard input. Negative errno; -EISDIR for a directory. */
int source_open(struct source *source, const char *path);

/* Closes what source_open() opened; standard input stays open. */
void source_close(struct source *source);

#endif
