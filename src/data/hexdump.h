/*
 * A hex dump, byte for byte as hexdump -C prints it.
 */
#ifndef SHMTOOL_DATA_HEXDUMP_H
#define SHMTOOL_DATA_HEXDUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/progress.h"

#define HEXDUMP_LINE 16

/* Size of the buffer for text. */
#define HEXDUMP_TEXT ((size_t)256 << 10)

struct hexdump {
	int fd;
	uint64_t offset; /* of the next byte to be added */
	unsigned char previous[HEXDUMP_LINE];
	bool repeats; /* PREVIOUS was printed: squeeze equal lines */
	bool squeezing; /* the asterisk was printed */
	size_t length; /* bytes of TEXT that are not yet written to FD */
	char text[HEXDUMP_TEXT];
};

/* Start a dump to FD whose first byte is at OFFSET. */
void hexdump_begin(struct hexdump *dump, int fd, uint64_t offset);

/* Add LENGTH bytes, or as many zeros if BYTES is NULL, and count them in PROGRESS. Only
 * the last call before hexdump_end() may add a part of a line. Return 0 or a negative
 * errno of FD or PROGRESS. */
int hexdump_add(struct hexdump *dump, const unsigned char *bytes, uint64_t length,
	struct progress *progress);

/* Print the offset of the end, and write the remaining text. Return 0 or a negative errno
 * of FD or PROGRESS. */
int hexdump_end(struct hexdump *dump, struct progress *progress);

#endif
