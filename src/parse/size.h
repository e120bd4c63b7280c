/*
 * Text to a number of bytes: SIZE, OFFSET and LENGTH of the command line.
 */
#ifndef SHMTOOL_PARSE_SIZE_H
#define SHMTOOL_PARSE_SIZE_H

#include <stdint.h>

/* What to say of a text that parse_size() refuses. */
#define NOT_A_SIZE                                                                       \
	"not a size below 16E; give a whole number of bytes, or of K, M, G, T, P or E"

/* Bytes; a decimal number with K, M, G, T, P, E or KiB, MiB, ... (powers of 1024)
 * or KB, MB, ... (powers of 1000), in either case; or hex after 0x.
 * -EINVAL: no such form; -ERANGE: above 64 bits. */
int parse_size(const char *text, uint64_t *bytes);

#endif
