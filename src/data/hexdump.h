/*
 * Bytes in the layout of hexdump -C, byte for byte.
 */
#ifndef SHMTOOL_DATA_HEXDUMP_H
#define SHMTOOL_DATA_HEXDUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/progress.h"

#define HEXDUMP_LINE 16

struct hexdump {
	int fd;
	uint64_t offset; /* of the next byte to be added */
	unsigned char line[HEXDUMP_LINE], previous[HEXDUMP_LINE];
	size_t used; /* bytes in LINE */
	bool repeats; /* PREVIOUS was printed, and a line like it is squeezed */
	bool squeezing; /* the asterisk was printed */
	bool any;
	char *text; /* what is not written to FD yet */
	size_t length; /* of TEXT */
};

/* Starts a dump to FD whose first byte is at OFFSET. -ENOMEM. */
int hexdump_begin(struct hexdump *dump, int fd, uint64_t offset);

/* Adds LENGTH bytes, or as many zeros where BYTES is NULL, and counts them in PROGRESS.
 * 0 or a negative errno of FD, or PROGRESS' own. */
int hexdump_add(struct hexdump *dump, const unsigned char *bytes, uint64_t length,
	struct progress *progress);

/* Prints what is left, and the offset of the end. The same errors. */
int hexdump_end(struct hexdump *dump, struct progress *progress);

/* Gives back what the dump holds. */
void hexdump_free(struct hexdump *dump);

#endif
