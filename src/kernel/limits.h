/*
 * What the kernel allows in the caller's IPC namespace, and what is in use.
 */
#ifndef SHMTOOL_KERNEL_LIMITS_H
#define SHMTOOL_KERNEL_LIMITS_H

#include <stdint.h>

struct shm_limits {
	uint64_t shmmax, shmmin; /* bytes a segment may have */
	uint64_t shmmni; /* segments */
	uint64_t shmall; /* pages of all segments together */
	uint64_t segments, pages; /* in use; pages as asked for, touched or not */
	uint64_t page_size; /* bytes */
};

/* IPC_INFO and SHM_INFO of shmctl(2). Negative errno. */
int shm_limits_read(struct shm_limits *limits);

#endif
