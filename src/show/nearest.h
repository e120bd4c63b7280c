/*
 * The name that was probably meant.
 */
#ifndef SHMTOOL_SHOW_NEAREST_H
#define SHMTOOL_SHOW_NEAREST_H

#include <stddef.h>

/* Keeps in BEST the nearer of *BEST and CANDIDATE to NAME, and its distance. Starts
 * with *BEST NULL; leaves it so where the candidate is too far off to be meant. */
void name_nearer(
	const char *name, const char *candidate, const char **best, size_t *distance);

#endif
