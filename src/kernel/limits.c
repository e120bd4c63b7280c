#include "kernel/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/param.h>
#include <sys/shm.h>

#include "alloc.h"
#include "cleanup.h"
#include "kernel/backing.h"
#include "kernel/posix.h"

static void count_used(struct limit *limit, uint64_t used)
{
	limit->counted = true;
	limit->used = used;
	limit->unused = limit->value > used ? limit->value - used : 0;
}

/* Read a pool of huge pages as a limit, which includes pages that the pool may borrow
 * (mm/hugetlb.c, hugetlb_acct_memory()). */
static void read_pool(struct limit *limit, uint64_t page_size)
{
	struct huge_pool pool;

	*limit = (struct limit){ .kind = LIMIT_HUGE_POOL, .page_size = page_size };
	if (huge_pool_read(page_size, &pool) < 0)
		return;
	limit->known = true;
	limit->value = pool.total - MIN(pool.surplus, pool.total) +
		MAX(pool.surplus, pool.overcommit);
	limit->reserved = pool.reserved;
	limit->overcommit = pool.overcommit;
	count_used(limit, pool.total - MIN(pool.unused, pool.total) + pool.reserved);
}

static void read_sysctl(struct limit *limit, enum limit_kind kind, const char *path)
{
	FILE CLEANUP_FILE *file = xfopen(path);
	int64_t number = 0;

	*limit = (struct limit){ .kind = kind };
	limit->known = file && fscanf(file, "%" SCNd64, &number) == 1;
	/* The kernel prints a group as an int, so a high one is negative. */
	limit->value = (uint32_t)number;
}

/* Read what /dev/shm limits; without it, nothing. Its limits are unknown if it cannot be
 * examined. Return the number of LIMITS. */
static size_t read_devshm(struct limit *limits)
{
	struct posix_space space = { 0 };
	int r = posix_space(&space);
	const struct {
		enum limit_kind kind;
		uint64_t total, unused;
	} kinds[] = {
		{ LIMIT_DEVSHM_SIZE, space.size, space.unused },
		{ LIMIT_DEVSHM_INODES, space.inodes, space.unused_inodes },
	};
	size_t n = 0;

	if (r == -ENOENT)
		return 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (r == 0 && kinds[i].total == 0)
			continue; /* no limit */
		limits[n] = (struct limit){
			.kind = kinds[i].kind, .known = r == 0, .value = kinds[i].total
		};
		if (r == 0)
			count_used(&limits[n], kinds[i].total - kinds[i].unused);
		n++;
	}
	return n;
}

/* Read what the IPC namespace limits. Return the number of LIMITS, or a negative errno.
 */
static int read_segments(struct limit *limits)
{
	struct shminfo max = { 0 };
	struct shm_info use = { 0 };
	int n = 0;

	if (shmctl(0, IPC_INFO, (struct shmid_ds *)(void *)&max) < 0 ||
		shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&use) < 0)
		return -errno;
	limits[n++] = (struct limit){ LIMIT_SHMMAX, .known = true, .value = max.shmmax };
	limits[n] = (struct limit){ LIMIT_SHMALL, .known = true, .value = max.shmall,
		.page_size = small_page_size() };
	count_used(&limits[n++], use.shm_tot);
	limits[n] = (struct limit){ LIMIT_SHMMNI, .known = true, .value = max.shmmni };
	count_used(&limits[n++], (uint64_t)use.used_ids);
	limits[n++] = (struct limit){ LIMIT_SHMMIN, .known = true, .value = max.shmmin };
	read_sysctl(&limits[n++], LIMIT_RMID_FORCED, "/proc/sys/kernel/shm_rmid_forced");
	return n;
}

/* Read what the host limits. Return the number of LIMITS. */
static size_t read_host(struct limit *limits)
{
	size_t npools, n = 0;
	const struct backing *huge = backing_huge(&npools);

	for (size_t i = 0; i < npools; i++)
		read_pool(&limits[n++], huge[i].page_size);
	read_sysctl(&limits[n++], LIMIT_HUGE_GROUP, "/proc/sys/vm/hugetlb_shm_group");
	return n;
}

int limits_read(struct limit limits[LIMITS_MAX], size_t *count, unsigned int kinds)
{
	int r = (kinds & SEGMENTS_SYSV) ? read_segments(limits) : 0;

	*count = (size_t)MAX(r, 0);
	if (r < 0)
		return r;
	if (kinds & LIMITS_HOST)
		*count += read_host(&limits[*count]);
	if (kinds & SEGMENTS_POSIX)
		*count += read_devshm(&limits[*count]);
	return 0;
}

bool limit_is_none(const struct limit *limit)
{
	return (limit->kind == LIMIT_SHMMAX || limit->kind == LIMIT_SHMALL) &&
		limit->value >= ULONG_MAX - (1UL << 24);
}
