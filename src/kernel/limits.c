#include "kernel/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/param.h>
#include <sys/shm.h>
#include <unistd.h>

#include "cleanup.h"
#include "kernel/backing.h"

int shm_limits_read(struct shm_limits *limits)
{
	struct shminfo max = { 0 };
	struct shm_info used = { 0 };

	if (shmctl(0, IPC_INFO, (struct shmid_ds *)(void *)&max) < 0 ||
		shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&used) < 0)
		return -errno;
	*limits = (struct shm_limits){
		.shmmax = max.shmmax,
		.shmmin = max.shmmin,
		.shmmni = max.shmmni,
		.shmall = max.shmall,
		.segments = (uint64_t)used.used_ids,
		.pages = used.shm_tot,
		.page_size = (uint64_t)sysconf(_SC_PAGESIZE),
	};
	return 0;
}

/* Read a file of /proc/sys with one number, which may be negative. */
static bool read_sysctl(const char *path, int64_t *number)
{
	FILE CLEANUP_FILE *file = fopen(path, "re");

	return file && fscanf(file, "%" SCNd64, number) == 1;
}

static void count_used(struct limit *limit, uint64_t used)
{
	limit->counted = true;
	limit->used = used;
	limit->unused = limit->value > used ? limit->value - used : 0;
}

/* The limit includes pages that the pool may borrow (mm/hugetlb.c,
 * hugetlb_acct_memory()). */
static void read_pool_limit(struct limit *limit)
{
	struct huge_pool pool;

	if (huge_pool_read(limit->page_size, &pool) < 0)
		return;
	limit->known = true;
	limit->value = pool.total - MIN(pool.surplus, pool.total) +
		MAX(pool.surplus, pool.overcommit);
	limit->reserved = pool.reserved;
	limit->overcommit = pool.overcommit;
	count_used(limit, pool.total - MIN(pool.unused, pool.total) + pool.reserved);
}

static size_t read_pools(struct limit *limits)
{
	size_t count;
	const struct backing *huge = backing_huge(&count);

	for (size_t i = 0; i < count; i++) {
		limits[i] = (struct limit){ .kind = LIMIT_HUGE_POOL,
			.page_size = huge[i].page_size };
		read_pool_limit(&limits[i]);
	}
	return count;
}

static void read_sysctl_limit(struct limit *limit, enum limit_kind kind, const char *path)
{
	int64_t number = 0;

	*limit = (struct limit){ .kind = kind };
	limit->known = read_sysctl(path, &number);
	/* The kernel prints a group as an int, so a high one is negative. */
	limit->value = (uint32_t)number;
}

int limits_read(struct limit limits[LIMITS_MAX], size_t *count)
{
	struct shm_limits shm = { 0 };
	size_t n = 0;
	int r = shm_limits_read(&shm);

	*count = 0;
	if (r < 0)
		return r;
	limits[n++] = (struct limit){ LIMIT_SHMMAX, .known = true, .value = shm.shmmax };
	limits[n] = (struct limit){ LIMIT_SHMALL, .known = true, .value = shm.shmall,
		.page_size = shm.page_size };
	count_used(&limits[n++], shm.pages);
	limits[n] = (struct limit){ LIMIT_SHMMNI, .known = true, .value = shm.shmmni };
	count_used(&limits[n++], shm.segments);
	limits[n++] = (struct limit){ LIMIT_SHMMIN, .known = true, .value = shm.shmmin };
	read_sysctl_limit(
		&limits[n++], LIMIT_RMID_FORCED, "/proc/sys/kernel/shm_rmid_forced");
	n += read_pools(limits + n);
	read_sysctl_limit(
		&limits[n++], LIMIT_HUGE_GROUP, "/proc/sys/vm/hugetlb_shm_group");
	*count = n;
	return 0;
}

bool limit_is_none(const struct limit *limit)
{
	return (limit->kind == LIMIT_SHMMAX || limit->kind == LIMIT_SHMALL) &&
		limit->value >= ULONG_MAX - (1UL << 24);
}
