/*
 * What the kernel allows in the caller's IPC namespace, and what is in use.
 */
#ifndef SHMTOOL_KERNEL_LIMITS_H
#define SHMTOOL_KERNEL_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
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

enum limit_kind {
	LIMIT_SHMMAX, /* bytes a segment may have */
	LIMIT_SHMALL, /* pages of all segments together */
	LIMIT_SHMMNI, /* segments */
	LIMIT_SHMMIN, /* bytes a segment has at least; no sysctl */
	LIMIT_RMID_FORCED, /* 0 or 1 (Linux 3.1) */
	LIMIT_HUGE_POOL, /* huge pages; of the host, not of the namespace */
	LIMIT_HUGE_GROUP, /* a GID, of the host's user namespace; of the host too */
};

struct limit {
	enum limit_kind kind;
	bool known; /* value is: without /proc and /sys, not all are */
	uint64_t value; /* in the unit of its kind */
	bool counted; /* used and unused are known: of shmall, shmmni and pools */
	uint64_t used; /* of a pool: with what is reserved; may exceed a limit that was
			  lowered */
	uint64_t unused; /* what may still be asked for */
	uint64_t page_size; /* bytes, of what counts pages; else 0 */
	uint64_t reserved, overcommit; /* of a pool: see struct huge_pool */
};

/* Five limits, the group, and a pool for each of backing_huge(). */
#define LIMITS_MAX 24

/* Reads all limits and what is in use of each, in the order of their kinds; *COUNT: how
 * many. Errors are those of shm_limits_read(). */
int limits_read(struct limit limits[LIMITS_MAX], size_t *count);

/* Whether the value is the kernel's way to say that there is no limit: its default since
 * Linux 3.16, SHMMAX and SHMALL of include/uapi/linux/shm.h, or more. */
bool limit_is_none(const struct limit *limit);

#endif
