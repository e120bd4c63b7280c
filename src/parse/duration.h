/*
 * Text to a span of time: AGE and DURATION of the command line.
 */
#ifndef SHMTOOL_PARSE_DURATION_H
#define SHMTOOL_PARSE_DURATION_H

#include <stdint.h>

/* What to say of a text that parse_duration() refuses. */
#define NOT_A_DURATION                                                                   \
	"not a duration; give seconds, or a sum of w, d, h, m, s and ms such as 1h30m"

/* Milliseconds. A number of seconds, or a sum of numbers each with its unit: w, d, h,
 * m, s, ms. A number may have decimals, as long as it
 * comes to whole milliseconds. -EINVAL: no such form; -ERANGE: above 64 bits. */
int parse_duration(const char *text, uint64_t *milliseconds);

#endif
