/*
 * Text to permission bits.
 */
#ifndef SHMTOOL_PARSE_MODE_H
#define SHMTOOL_PARSE_MODE_H

#include <sys/types.h>

/* Octal, 0 to 777: the nine permission bits, all that a segment has.
 * -EINVAL: not octal; -ERANGE: other bits than those nine. */
int parse_mode(const char *text, mode_t *mode);

#endif
