/*
 * Parse keys, the numbers that programs pass to shmget(2), and the arguments of ftok(3).
 */
#ifndef SHMTOOL_PARSE_KEY_H
#define SHMTOOL_PARSE_KEY_H

#include <stdint.h>
#include <sys/types.h>

/* Parse a key in decimal, octal (0...) or hex (0x...): 32 bits, signed or unsigned.
 * -EINVAL: not a number; -ERANGE: more than 32 bits. */
int parse_key(const char *text, key_t *key);

/* The arguments of ftok(3). */
struct ftok_spec {
	char *path; /* the caller frees it */
	int proj; /* 1 to 255 */
};

/* Parse PATH[:PROJ]. PROJ is a number from 1 to 255 or one character that is not a digit,
 * and defaults to 1. It follows the last colon, unless there is a slash after that.
 * -EINVAL: no PATH, or not a PROJ. */
int parse_ftok(const char *text, struct ftok_spec *spec);

#endif
