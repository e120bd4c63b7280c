/*
 * Parse permission bits.
 */
#ifndef SHMTOOL_PARSE_MODE_H
#define SHMTOOL_PARSE_MODE_H

#include <stdbool.h>
#include <sys/types.h>

/* Parse permissions in octal, 0 to 777. -EINVAL: not octal; -ERANGE: above 777. */
int parse_mode(const char *text, mode_t *mode);

/* Change *MODE as chmod(1) does: to octal permissions, or by symbolic ones such as
 * u=rw,g-w or g=u. A change without u, g, o or a leaves the bits of MASK, the umask(2),
 * alone. Errors depend on TEXT alone and leave *MODE as it is. -EINVAL: not a mode;
 * -ERANGE: as above; -CONDITION_SPECIAL_MODE. */
int parse_mode_change(const char *text, mode_t mask, mode_t *mode);

/* Is TEXT a mode that looks like an option, such as -w? Also true with X, s or t. */
bool mode_looks_like_option(const char *text);

#endif
