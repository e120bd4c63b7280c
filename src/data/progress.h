/*
 * How far a transfer has come, told while it goes, and whether it shall go on.
 */
#ifndef SHMTOOL_DATA_PROGRESS_H
#define SHMTOOL_DATA_PROGRESS_H

#include <stdint.h>

struct progress {
	uint64_t done; /* bytes */
	/* Called after each piece, and after a signal. A negative errno ends the
	 * transfer, which then returns it. NULL: nobody wants to know. */
	int (*step)(struct progress *progress);
};

/* Counts BYTES more. 0, or what ends the transfer. */
static inline int progress_add(struct progress *progress, uint64_t bytes)
{
	progress->done += bytes;
	return progress->step ? progress->step(progress) : 0;
}

#endif
