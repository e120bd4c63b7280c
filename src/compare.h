/*
 * Compare numbers, for qsort(3), bsearch(3) and tsearch(3).
 * Any directory may include this header.
 */
#ifndef SHMTOOL_COMPARE_H
#define SHMTOOL_COMPARE_H

#include <stdint.h>

/* Return -1, 0 or 1: LEFT is less than, equal to or greater than RIGHT. */
static inline int compare_numbers(uint64_t left, uint64_t right)
{
	return (left > right) - (left < right);
}

#endif
