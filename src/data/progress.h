/*
 * The progress of a transfer, and a check that may end it.
 */
#ifndef SHMTOOL_DATA_PROGRESS_H
#define SHMTOOL_DATA_PROGRESS_H

#include <stdint.h>

struct progress {
	uint64_t done; /* bytes */
	/* Called after each piece and after a signal. Returns 0, or a negative errno that
	 * ends the transfer. May be NULL. */
	int (*step)(struct progress *progress);
};

/* Call the step function. Return 0, or a negative errno that ends the transfer. */
static inline int progress_check(struct progress *progress)
{
	return progress->step ? progress->step(progress) : 0;
}

/* Add BYTES to the count, then call progress_check(). */
static inline int progress_add(struct progress *progress, uint64_t bytes)
{
	progress->done += bytes;
	return progress_check(progress);
}

#endif
