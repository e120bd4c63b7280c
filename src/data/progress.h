/*
 * How far a transfer has come, and whether it may go on.
 */
#ifndef SHMTOOL_DATA_PROGRESS_H
#define SHMTOOL_DATA_PROGRESS_H

#include <stdint.h>

struct progress {
	uint64_t done; /* bytes */
	/* Called after each piece and after a signal. The transfer ends with a negative
	 * errno that it returns. May be NULL. */
	int (*step)(struct progress *progress);
};

/* Ask whether the transfer may go on. Return 0 or a negative errno that ends it. */
static inline int progress_check(struct progress *progress)
{
	return progress->step ? progress->step(progress) : 0;
}

/* Count BYTES more; then the same. */
static inline int progress_add(struct progress *progress, uint64_t bytes)
{
	progress->done += bytes;
	return progress_check(progress);
}

#endif
