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

struct hexdump {
	int fd;
	uint64_t offset; /* of the next byte to be added */
	unsigned char line[HEXDUMP_LINE], previous[HEXDUMP_LINE];
	size_t used; /* bytes in LINE */
	bool repeats; /* PREVIOUS was printed: squeeze lines like it */
	bool squeezing; /* the asterisk was printed */
	bool any;
	char *text; /* not yet written to FD */
	size_t length; /* of TEXT */
};

/* Start a dump to FD whose first byte is at OFFSET. */
void hexdump_begin(struct hexdump *dump, int fd, uint64_t offset);

/* Add LENGTH bytes, or as many zeros if BYTES is NULL, and count them in PROGRESS. Return
 * 0 or a negative errno of FD or PROGRESS. */
int hexdump_add(struct hexdump *dump, const unsigned char *bytes, uint64_t length,
	struct progress *progress);

/* Print what is left, and the offset of the end. Errors as above. */
int hexdump_end(struct hexdump *dump, struct progress *progress);

void hexdump_free(struct hexdump *dump);

#endif
