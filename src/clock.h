/*
 * The monotonic clock, to measure how long something takes.
 * Any directory may include this header.
 */
#ifndef SHMTOOL_CLOCK_H
#define SHMTOOL_CLOCK_H

#include <stdint.h>
#include <time.h>

#define CLOCK_MILLISECOND ((uint64_t)1000000)
#define CLOCK_SECOND      (1000 * CLOCK_MILLISECOND)

/* Nanoseconds since some point in the past. */
static inline uint64_t clock_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * CLOCK_SECOND + (uint64_t)time.tv_nsec;
}

#endif
