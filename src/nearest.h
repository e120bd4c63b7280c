/*
 * Find the known name nearest to a mistyped name.
 * Any directory may include this header.
 */
#ifndef SHMTOOL_NEAREST_H
#define SHMTOOL_NEAREST_H

#include <stddef.h>

/* Set *BEST to CANDIDATE, and *DISTANCE to its distance from NAME, if it is nearer than
 * *BEST and near enough for a typing error, or if NAME is another tool's word for it.
 * Call this with each candidate; *BEST is NULL at first. */
void name_nearer(
	const char *name, const char *candidate, const char **best, size_t *distance);

#endif
