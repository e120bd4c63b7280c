/*
 * Text to permission bits.
 */
#ifndef SHMTOOL_PARSE_MODE_H
#define SHMTOOL_PARSE_MODE_H

#include <stdbool.h>
#include <sys/types.h>

/* Octal, 0 to 777: the nine permission bits, all that a segment has.
 * -EINVAL: not octal; -ERANGE: other bits than those nine. */
int parse_mode(const char *text, mode_t *mode);

/* Changes *MODE as chmod(1) does: to octal permissions, or by symbolic ones such as
 * u=rw,g-w or g=u. Where no u, g, o or a is said, the bits of MASK, the umask(2), stay
 * out of it. What is wrong with TEXT does not depend on *MODE, which then stays as it is.
 * -EINVAL: no such form; -ERANGE: as above; -EOPNOTSUPP: X, s or t. */
int parse_mode_change(const char *text, mode_t mask, mode_t *mode);

/* Whether TEXT takes permissions away from the start, such as -w, which looks like an
 * option. Also true of those with X, s or t. */
bool mode_looks_like_option(const char *text);

#endif
