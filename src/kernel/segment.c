#include "kernel/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/param.h>
#include <sys/shm.h>
#include <unistd.h>

#include "cleanup.h"
#include "condition.h"
#include "kernel/abi.h"
#include "kernel/capability.h"

int64_t segment_last_use(const struct segment *segment)
{
	return MAX(segment->atime, segment->dtime);
}

int64_t segment_existed(const struct segment *segment)
{
	int64_t second = segment->ctime;

	if (segment->atime > 0)
		second = MIN(second, segment->atime);
	if (segment->dtime > 0)
		second = MIN(second, segment->dtime);
	return second;
}

/* Compute the seconds since THEN. Use one "now" for all segments, so that equal times
 * give equal ages. */
static bool seconds_since(int64_t then, uint64_t *seconds)
{
	static struct timespec now, boot;

	if (now.tv_sec == 0) {
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
		clock_gettime(CLOCK_BOOTTIME, &boot);
	}
	if (then > now.tv_sec)
		return false;
	*seconds = MIN((uint64_t)(now.tv_sec - then), (uint64_t)boot.tv_sec);
	return true;
}

bool segment_age(const struct segment *segment, uint64_t *seconds)
{
	return seconds_since(segment->ctime, seconds);
}

bool segment_idle(const struct segment *segment, uint64_t *seconds)
{
	return seconds_since(segment_last_use(segment) ?: segment->ctime, seconds);
}

bool segment_same(const struct segment *a, const struct segment *b)
{
	return a->type == b->type && a->id == b->id && a->key == b->key &&
		a->cuid == b->cuid && a->cgid == b->cgid && a->cpid == b->cpid &&
		a->size == b->size && a->ctime == b->ctime;
}

bool segment_unchanged(const struct segment *before, const struct segment *after)
{
	return segment_same(before, after) && before->uid == after->uid &&
		before->gid == after->gid && before->mode == after->mode &&
		before->locked == after->locked && before->nattch == after->nattch &&
		before->atime == after->atime && before->dtime == after->dtime &&
		before->lpid == after->lpid;
}

void segment_from_ds(struct segment *segment, int id, const struct shmid_ds *ds)
{
	*segment = (struct segment){
		.id = id,
		.key = ds->shm_perm.__key,
		.mode = ds->shm_perm.mode & SEGMENT_MODE_MASK,
		.dest = ds->shm_perm.mode & SHM_DEST,
		.locked = ds->shm_perm.mode & SHM_LOCKED,
		.size = ds->shm_segsz,
		.nattch = ds->shm_nattch,
		.uid = ds->shm_perm.uid,
		.cuid = ds->shm_perm.cuid,
		.gid = ds->shm_perm.gid,
		.cgid = ds->shm_perm.cgid,
		.cpid = ds->shm_cpid,
		.lpid = ds->shm_lpid,
		.atime = ds->shm_atime,
		.dtime = ds->shm_dtime,
		.ctime = ds->shm_ctime,
	};
}

/* Return the error of a call that fails with EINVAL only if the ID does not exist. A
 * removed segment gives EINVAL, or EIDRM if the removal races with the call. */
static int id_error(void)
{
	return errno == EINVAL || errno == EIDRM ? -CONDITION_MISSING : -errno;
}

static int control(int id, int command)
{
	return shmctl(id, command, NULL) < 0 ? id_error() : 0;
}

int segment_stat(int id, struct segment *segment)
{
	struct shmid_ds ds = { 0 };
	int found = id;

	if (shmctl(id, IPC_STAT, &ds) < 0) {
		if (errno != EACCES)
			return id_error();
		/* The kernel takes the slot from the low bits of its argument, so a whole
		 * ID finds its slot. The result is the ID of the segment now in that
		 * slot. */
		found = shmctl(id, SHM_STAT_ANY, &ds);
	}
	if (found < 0)
		return -EACCES;
	if (found != id)
		return -CONDITION_MISSING;
	segment_from_ds(segment, id, &ds);
	return 0;
}

int segment_find(key_t key, int *id)
{
	int r = shmget(key, 0, 0);

	if (r < 0)
		return errno == ENOENT || errno == EIDRM ? -CONDITION_MISSING : -errno;
	*id = r;
	return 0;
}

int segment_huge_flags(uint64_t page_size)
{
	/* The power of two at this bit (include/uapi/linux/shm.h, SHM_HUGE_SHIFT). */
	int power = page_size > 0 ? __builtin_ctzll(page_size) << 26 : 0;

	return SHM_HUGETLB | power;
}

int segment_create(key_t key, uint64_t size, int flags, int *id)
{
	int r;

	if (size > SIZE_MAX)
		return -EINVAL;
	r = shmget(key, (size_t)size, IPC_CREAT | IPC_EXCL | flags);
	if (r < 0)
		return -errno;
	*id = r;
	return 0;
}

/* Return the ID that stands for unmapped IDs of a KIND, "uid" or "gid"; above 32 bits if
 * this user namespace maps all IDs to themselves; the kernel's default without /proc. */
static uint64_t read_overflow_id(const char *kind)
{
	FILE CLEANUP_FILE *map = NULL;
	FILE CLEANUP_FILE *overflow = NULL;
	uint64_t inside, outside, length, id;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/%s_map", kind);
	map = fopen(path, "re");
	if (map &&
		fscanf(map, "%" SCNu64 " %" SCNu64 " %" SCNu64, &inside, &outside,
			&length) == 3 &&
		inside == 0 && outside == 0 && length == UINT32_MAX)
		return UINT64_MAX;
	snprintf(path, sizeof(path), "/proc/sys/kernel/overflow%s", kind);
	overflow = fopen(path, "re");
	return overflow && fscanf(overflow, "%" SCNu64, &id) == 1 ? id : 65534;
}

bool user_id_known(uid_t uid)
{
	static uint64_t overflow;

	if (overflow == 0)
		overflow = read_overflow_id("uid");
	return uid != overflow;
}

bool group_id_known(gid_t gid)
{
	static uint64_t overflow;

	if (overflow == 0)
		overflow = read_overflow_id("gid");
	return gid != overflow;
}

bool segment_owner_known(const struct segment *segment)
{
	return user_id_known(segment->uid) && group_id_known(segment->gid);
}

int segment_set(int id, uid_t uid, gid_t gid, mode_t mode)
{
	struct shmid_ds ds = { 0 };
	struct segment now;

	ds.shm_perm.uid = uid;
	ds.shm_perm.gid = gid;
	ds.shm_perm.mode = mode;
	if (shmctl(id, IPC_SET, &ds) == 0)
		return 0;
	if (errno != EINVAL)
		return errno == EIDRM ? -CONDITION_MISSING : -errno;
	/* EINVAL means a missing segment, or an owner that this user namespace lacks. */
	return segment_stat(id, &now) == -CONDITION_MISSING ? -CONDITION_MISSING
							    : -EINVAL;
}

/* Return whether the caller's capabilities hold over this IPC namespace: its user
 * namespace is the caller's or one below it (ioctl_ns(2): EPERM otherwise). */
static bool capabilities_apply(void)
{
	int CLEANUP_FD ipc = open("/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC);
	int CLEANUP_FD user = ipc < 0 ? -1 : ioctl(ipc, NS_GET_USERNS);

	return user >= 0 || errno != EPERM;
}

bool segment_may_change(const struct segment *segment)
{
	uid_t self = geteuid();

	return self == segment->uid || self == segment->cuid ||
		(has_capability(CAP_SYS_ADMIN) && capabilities_apply());
}

int segment_remove(int id)
{
	return control(id, IPC_RMID);
}

int segment_lock(int id)
{
	return control(id, SHM_LOCK);
}

int segment_unlock(int id)
{
	return control(id, SHM_UNLOCK);
}
