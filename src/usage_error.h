/*
 * What is wrong with an option that the user gave.
 * Any directory may include this header.
 */
#ifndef SHMTOOL_USAGE_ERROR_H
#define SHMTOOL_USAGE_ERROR_H

/* All are constants or the user's own words; none must be freed. */
struct usage_error {
	const char *option; /* "--size" */
	const char *value; /* the wrong part of its argument; NULL: none */
	const char *why; /* follows the other two and a colon */
	const char *nearest; /* the name that the user probably meant; NULL: none */
	const char *conflict; /* another option that excludes this one; NULL: none */
};

#endif
