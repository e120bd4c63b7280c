/*
 * Parse numbers of bytes: SIZE, OFFSET and LENGTH of the command line.
 */
#ifndef SHMTOOL_PARSE_SIZE_H
#define SHMTOOL_PARSE_SIZE_H

#include <stdint.h>

/* The message for text that parse_size() refuses. */
#define NOT_A_SIZE                                                                       \
	"not a size below 16E; give bytes, or a number with a unit, such as 4K or 1.5G"

/* Parse bytes; a decimal number, maybe with decimals, with K, M, G, T, P, E or KiB, MiB,
 * ... (powers of 1024) or KB, MB, ... (powers of 1000), in upper or lower case, rounded
 * down to bytes; or hex after 0x. -EINVAL: not a size; -ERANGE: above 64 bits. */
int parse_size(const char *text, uint64_t *bytes);

#endif
