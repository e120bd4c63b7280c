#include "kernel/sysv.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/shm.h>
#include <unistd.h>

#include "cleanup.h"
#include "condition.h"
#include "kernel/abi.h"
#include "kernel/capability.h"

void sysv_from_ds(struct segment *segment, int id, const struct shmid_ds *ds)
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

int sysv_stat(int id, struct segment *segment)
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
	/* It was removed just now, or the kernel is older than 4.17. */
	if (found < 0)
		return shmctl(id, IPC_STAT, &ds) < 0 && errno != EACCES ? id_error()
									: -EACCES;
	if (found != id)
		return -CONDITION_MISSING;
	sysv_from_ds(segment, id, &ds);
	return 0;
}

int sysv_find(key_t key, int *id)
{
	int r = shmget(key, 0, 0);

	if (r < 0)
		return errno == ENOENT || errno == EIDRM ? -CONDITION_MISSING : -errno;
	*id = r;
	return 0;
}

int sysv_huge_flags(uint64_t page_size)
{
	/* The power of two at this bit (include/uapi/linux/shm.h, SHM_HUGE_SHIFT). */
	int power = page_size > 0 ? __builtin_ctzll(page_size) << 26 : 0;

	return SHM_HUGETLB | power;
}

int sysv_create(key_t key, uint64_t size, int flags, int *id)
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

int sysv_set(int id, uid_t uid, gid_t gid, mode_t mode)
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
	return sysv_stat(id, &now) == -CONDITION_MISSING ? -CONDITION_MISSING : -EINVAL;
}

/* Return whether the caller's capabilities hold over this IPC namespace: its user
 * namespace is the caller's or one below it (ioctl_ns(2): EPERM otherwise). */
static bool capabilities_apply(void)
{
	int CLEANUP_FD ipc = open("/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC);
	int CLEANUP_FD user = ipc < 0 ? -1 : ioctl(ipc, NS_GET_USERNS);

	return user >= 0 || errno != EPERM;
}

bool sysv_may_change(const struct segment *segment)
{
	uid_t self = geteuid();

	return self == segment->uid || self == segment->cuid ||
		(has_capability(CAP_SYS_ADMIN) && capabilities_apply());
}

int sysv_remove(int id)
{
	return control(id, IPC_RMID);
}

int sysv_lock(int id)
{
	return control(id, SHM_LOCK);
}

int sysv_unlock(int id)
{
	return control(id, SHM_UNLOCK);
}
