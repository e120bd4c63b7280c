/*
 * Text to keys: the numbers that programs give shmget(2), and what ftok(3) makes
 * them from.
 */
#ifndef SHMTOOL_PARSE_KEY_H
#define SHMTOOL_PARSE_KEY_H

#include <stdint.h>
#include <sys/types.h>

/* A key in decimal, octal (0...) or hex (0x...), negative too: any number of 32
 * bits, with or without sign. -EINVAL: no number; -ERANGE: more than 32 bits. */
int parse_key(const char *text, key_t *key);

/* What ftok(3) takes. */
struct ftok_spec {
	char *path; /* the caller frees it */
	int proj; /* 1 to 255 */
};

/* PATH[:PROJ]: PROJ is a number from 1 to 255 or one character that is no digit,
 * and 1 where it is left out. What follows the last colon is PROJ, unless it holds
 * a slash. -EINVAL: no PATH, or no such PROJ; -ENOMEM. */
int parse_ftok(const char *text, struct ftok_spec *spec);

#endif
