/*
 * The kernel's limits in the caller's IPC namespace, the limits of the /dev/shm that
 * posix.h uses, and how much of each is in use.
 */
#ifndef SHMTOOL_KERNEL_LIMITS_H
#define SHMTOOL_KERNEL_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum limit_kind {
	LIMIT_SHMMAX, /* maximum bytes of a segment */
	LIMIT_SHMALL, /* pages of all segments together */
	LIMIT_SHMMNI, /* segments */
	LIMIT_SHMMIN, /* minimum bytes of a segment; not a sysctl */
	LIMIT_RMID_FORCED, /* 0 or 1 (Linux 3.1) */
	LIMIT_HUGE_POOL, /* huge pages of the host, not of the namespace */
	LIMIT_HUGE_GROUP, /* a GID in the host's user namespace; host-wide, too */
	LIMIT_DEVSHM_SIZE, /* bytes of /dev/shm */
	LIMIT_DEVSHM_INODES, /* files in /dev/shm, of any kind */
};

struct limit {
	enum limit_kind kind;
	bool known; /* the value is known; some need /proc or /sys */
	uint64_t value; /* in the unit of its kind */
	bool counted; /* used and unused are known: for shmall, shmmni, pools, /dev/shm */
	uint64_t used; /* for a pool, includes reserved pages; may exceed VALUE after the
			  limit is lowered */
	uint64_t unused; /* still available */
	uint64_t page_size; /* bytes, if the unit is pages; otherwise 0 */
	uint64_t reserved, overcommit; /* for a pool: see struct huge_pool */
};

/* Five limits, the group, two of /dev/shm, and a pool for each of backing_huge(). */
#define LIMITS_MAX 26

/* With SEGMENTS_...: the pools of huge pages, and their group. */
#define LIMITS_HOST (1u << 2)

/* Read the limits on KINDS of shared memory (SEGMENTS_..., LIMITS_HOST), in the order of
 * their kinds. Set *COUNT. Leave out a limit of /dev/shm that is not set, and both if
 * there is no /dev/shm. Errors, with SEGMENTS_SYSV: those of IPC_INFO and SHM_INFO of
 * shmctl(2). */
int limits_read(struct limit limits[LIMITS_MAX], size_t *count, unsigned int kinds);

/* Return whether the value means no limit: it is at least the kernel's default (since
 * Linux 3.16: SHMMAX and SHMALL in include/uapi/linux/shm.h). */
bool limit_is_none(const struct limit *limit);

#endif
