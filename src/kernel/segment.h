/*
 * A shared memory segment as the kernel describes it, and the system calls to find,
 * examine, create, change and remove it.
 *
 * Functions return 0, the negative errno of shmget(2) or shmctl(2), or
 * -CONDITION_MISSING if no such segment exists or it was just removed.
 */
#ifndef SHMTOOL_KERNEL_SEGMENT_H
#define SHMTOOL_KERNEL_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

enum segment_type { SEGMENT_SYSV };

struct segment {
	enum segment_type type;
	int id; /* unique in its namespace until the counter of IDs wraps */
	key_t key; /* 0 (IPC_PRIVATE): no key, or marked for destruction */
	mode_t mode; /* the nine permission bits */
	bool dest, locked; /* SHM_DEST, SHM_LOCKED */
	uint64_t size; /* bytes requested */
	uint64_t nattch;
	uid_t uid, cuid; /* owner, creator; as the caller's user namespace shows them */
	gid_t gid, cgid;
	pid_t cpid, lpid; /* creator, last to attach or detach; 0: none, or not visible */
	int64_t atime, dtime, ctime; /* seconds since the epoch; 0: never */
};

/* The memory use of a segment. Only /proc/sysvipc/shm reports it. */
struct memory_use {
	bool known;
	uint64_t rss, swap; /* bytes */
};

/* Return the time of the last attach or detach, in seconds since the epoch; 0: never. */
int64_t segment_last_use(const struct segment *segment);

/* Return a time at which the segment existed, in seconds since the epoch: the earliest of
 * its times. CTIME alone may be later, since IPC_SET changes it. */
int64_t segment_existed(const struct segment *segment);

/* Compute the whole seconds since CTIME (age), or since the last use or, if there was
 * none, CTIME (idle). The result may be one too high, since the kernel cuts times to
 * seconds. It never exceeds the uptime, even if the clock was set forward. False:
 * unknown, since the clock was set back to before that time. */
bool segment_age(const struct segment *segment, uint64_t *seconds);
bool segment_idle(const struct segment *segment, uint64_t *seconds);

/* Return whether A and B are the same segment: ID, key, creator, size and CTIME are
 * equal. An ID alone does not identify a segment for long: the kernel's counter of IDs
 * wraps. */
bool segment_same(const struct segment *a, const struct segment *b);

/* Return whether nothing happened to a segment between two reads: same segment, owner,
 * mode, lock, attaches, and times and PID of the last use. The kernel cuts times to
 * seconds, so an attach and detach by the same process within one second may not show. */
bool segment_unchanged(const struct segment *before, const struct segment *after);

/* Examine one segment with IPC_STAT or, if its permissions forbid that, with SHM_STAT_ANY
 * (Linux 4.17). -EACCES: no read permission, and SHM_STAT_ANY failed. */
int segment_stat(int id, struct segment *segment);

/* Find the segment with this key, whatever its permissions. */
int segment_find(key_t key, int *id);

/* Return the flags of segment_create() for huge pages of PAGE_SIZE bytes, a power of two;
 * 0: the kernel's default size. */
int segment_huge_flags(uint64_t page_size);

/* Create a segment of SIZE bytes. FLAGS: the permission bits, SHM_NORESERVE,
 * segment_huge_flags(). -EEXIST: KEY is taken; other errors: shmget(2). */
int segment_create(key_t key, uint64_t size, int flags, int *id);

/* Return whether an ID that the kernel showed is the true one. In a user namespace, the
 * kernel shows unmapped IDs as overflowuid and overflowgid (user_namespaces(7)). */
bool user_id_known(uid_t uid);
bool group_id_known(gid_t gid);

/* Return whether user_id_known() and group_id_known() hold for the owner and group. */
bool segment_owner_known(const struct segment *segment);

/* Set owner, group and mode together, as IPC_SET does. -EINVAL: the caller's user
 * namespace has no such user or group. */
int segment_set(int id, uid_t uid, gid_t gid, mode_t mode);

/* Return whether the caller may change or remove the segment: as owner, creator, or with
 * CAP_SYS_ADMIN over this IPC namespace. */
bool segment_may_change(const struct segment *segment);

/* IPC_RMID: remove an unattached segment at once, mark an attached one for destruction.
 */
int segment_remove(int id);

/* SHM_LOCK: keep pages in memory once they are there, without loading any. Huge pages are
 * never swapped. SHM_UNLOCK: let pages be swapped out again. -EPERM: neither owner nor
 * creator nor CAP_IPC_LOCK, or, to lock, RLIMIT_MEMLOCK is 0; -ENOMEM: above that
 * limit. */
int segment_lock(int id);
int segment_unlock(int id);

struct shmid_ds;

/* Convert the reply of shmctl(2) for the segment ID. */
void segment_from_ds(struct segment *segment, int id, const struct shmid_ds *ds);

#endif
