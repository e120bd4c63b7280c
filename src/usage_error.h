/*
 * What is wrong with an option that the user gave, for the command to say.
 * Any folder may include this header.
 */
#ifndef SHMTOOL_USAGE_ERROR_H
#define SHMTOOL_USAGE_ERROR_H

/* All are constants or the user's own words; none is owned. */
struct usage_error {
	const char *option; /* "--size" */
	const char *value; /* what is wrong in its argument; NULL: it has none */
	const char *why; /* follows the other two and a colon */
	const char *nearest; /* the name that was probably meant; NULL: none */
	const char *conflict; /* another option that excludes this one; NULL: none */
};

#endif
