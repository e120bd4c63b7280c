#include "kernel/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "kernel/abi.h"

int64_t segment_last_use(const struct segment *segment)
{
	return segment->atime > segment->dtime ? segment->atime : segment->dtime;
}

int64_t segment_existed(const struct segment *segment)
{
	int64_t second = segment->ctime;

	if (segment->atime > 0 && segment->atime < second)
		second = segment->atime;
	if (segment->dtime > 0 && segment->dtime < second)
		second = segment->dtime;
	return second;
}

/* The seconds since then. One now for all, so that equal times give equal spans. */
static bool seconds_since(const struct segment *segment, int64_t then, uint64_t *seconds)
{
	static struct timespec now, boot;

	if (now.tv_sec == 0) {
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
		clock_gettime(CLOCK_BOOTTIME, &boot);
	}
	if (segment->saved || then > now.tv_sec)
		return false;
	*seconds = (uint64_t)(now.tv_sec - then);
	if (*seconds > (uint64_t)boot.tv_sec)
		*seconds = (uint64_t)boot.tv_sec;
	return true;
}

bool segment_age(const struct segment *segment, uint64_t *seconds)
{
	return seconds_since(segment, segment->ctime, seconds);
}

bool segment_idle(const struct segment *segment, uint64_t *seconds)
{
	int64_t last_use = segment_last_use(segment);

	return seconds_since(segment, last_use ? last_use : segment->ctime, seconds);
}

bool segment_used_between(const struct segment *before, const struct segment *after)
{
	return before->nattch != after->nattch || before->atime != after->atime ||
		before->dtime != after->dtime || before->lpid != after->lpid;
}

bool segment_same(const struct segment *a, const struct segment *b)
{
	return a->id == b->id && a->key == b->key && a->cuid == b->cuid &&
		a->cgid == b->cgid && a->cpid == b->cpid && a->ctime == b->ctime &&
		a->uid == b->uid && a->gid == b->gid && a->mode == b->mode;
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

int segment_stat(int id, struct segment *segment)
{
	struct shmid_ds ds = { 0 };
	int r;

	if (shmctl(id, IPC_STAT, &ds) == 0) {
		segment_from_ds(segment, id, &ds);
		return 0;
	}
	if (errno != EACCES)
		return -errno;
	/* The kernel takes the slot number from the low bits of what should be an
	 * index, so a whole ID finds its slot, and the answer is the ID there now. */
	r = shmctl(id, SHM_STAT_ANY, &ds);
	if (r < 0)
		return -EACCES;
	if (r != id)
		return -EINVAL;
	segment_from_ds(segment, id, &ds);
	return 0;
}

int segment_find(key_t key, int *id)
{
	int r = shmget(key, 0, 0);

	if (r < 0)
		return -errno;
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

/* The number in a file; UINT64_MAX where there is none. */
static uint64_t read_number(const char *path)
{
	FILE CLEANUP_FILE *file = fopen(path, "re");
	uint64_t number;

	return file && fscanf(file, "%" SCNu64, &number) == 1 ? number : UINT64_MAX;
}

/* Whether a map of this user namespace is the one that maps all IDs to themselves. */
static bool maps_all(const char *path)
{
	FILE CLEANUP_FILE *file = fopen(path, "re");
	uint64_t inside, outside, length;

	return file &&
		fscanf(file, "%" SCNu64 " %" SCNu64 " %" SCNu64, &inside, &outside,
			&length) == 3 &&
		inside == 0 && outside == 0 && length == UINT32_MAX;
}

bool segment_user_known(const struct segment *segment)
{
	return segment->uid != read_number("/proc/sys/kernel/overflowuid") ||
		maps_all("/proc/self/uid_map");
}

bool segment_owner_known(const struct segment *segment)
{
	return segment_user_known(segment) &&
		(segment->gid != read_number("/proc/sys/kernel/overflowgid") ||
			maps_all("/proc/self/gid_map"));
}

int segment_set(int id, uid_t uid, gid_t gid, mode_t mode)
{
	struct shmid_ds ds = { 0 };
	struct segment now;
	int error;

	ds.shm_perm.uid = uid;
	ds.shm_perm.gid = gid;
	ds.shm_perm.mode = mode;
	if (shmctl(id, IPC_SET, &ds) == 0)
		return 0;
	/* One answer for two things: a segment gone, and an owner who is nobody. */
	error = errno;
	return error == EINVAL && segment_stat(id, &now) == -EINVAL ? -EIDRM : -error;
}

/* capget(2) has no wrapper in glibc. */
static bool has_capability(unsigned int capability)
{
	struct __user_cap_header_struct header = { .version =
							   _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return syscall(SYS_capget, &header, data) == 0 &&
		(data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability));
}

/* Whether the user namespace that owns this IPC namespace is that of the caller or below
 * it, where its capabilities count (ioctl_ns(2): EPERM otherwise). */
static bool capabilities_count(void)
{
	int CLEANUP_FD ipc = open("/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC);
	int CLEANUP_FD user = ipc < 0 ? -1 : ioctl(ipc, NS_GET_USERNS);

	return user >= 0 || errno != EPERM;
}

bool segment_is_ours(const struct segment *segment)
{
	uid_t self = geteuid();

	return self == segment->uid || self == segment->cuid ||
		(has_capability(CAP_SYS_ADMIN) && capabilities_count());
}

int segment_remove(int id)
{
	return shmctl(id, IPC_RMID, NULL) < 0 ? -errno : 0;
}

int segment_lock(int id)
{
	return shmctl(id, SHM_LOCK, NULL) < 0 ? -errno : 0;
}

int segment_unlock(int id)
{
	return shmctl(id, SHM_UNLOCK, NULL) < 0 ? -errno : 0;
}
