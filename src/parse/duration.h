/*
 * Parse spans of time: AGE and DURATION of the command line.
 */
#ifndef SHMTOOL_PARSE_DURATION_H
#define SHMTOOL_PARSE_DURATION_H

#include <stdint.h>

/* The message for text that parse_duration() refuses. */
#define NOT_A_DURATION                                                                   \
	"not a duration; give seconds, or a sum of w, d, h, m, s and ms such as 1h30m"

/* Parse a number of seconds, or a sum of numbers with the units w, d, h, m, s and ms,
 * into milliseconds. Numbers may have decimals, if they come to whole milliseconds.
 * -EINVAL: not a duration; -ERANGE: above 64 bits. */
int parse_duration(const char *text, uint64_t *milliseconds);

#endif
