/*
 * Bytes in the layout of hexdump -C, byte for byte.
 */
#ifndef SHMTOOL_DATA_HEXDUMP_H
#define SHMTOOL_DATA_HEXDUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define HEXDUMP_LINE 16

struct hexdump {
	FILE *out;
	uint64_t offset; /* of the next byte to be added */
	unsigned char line[HEXDUMP_LINE], previous[HEXDUMP_LINE];
	size_t used; /* bytes in LINE */
	bool repeats; /* PREVIOUS was printed, and a line like it is squeezed */
	bool squeezing; /* the asterisk was printed */
	bool any;
};

/* Starts a dump to OUT whose first byte is at OFFSET. A failed write is left in
 * ferror(OUT). */
void hexdump_begin(struct hexdump *dump, FILE *out, uint64_t offset);

/* Adds LENGTH bytes. */
void hexdump_add(struct hexdump *dump, const unsigned char *bytes, size_t length);

/* Prints what is left, and the offset of the end. */
void hexdump_end(struct hexdump *dump);

#endif
