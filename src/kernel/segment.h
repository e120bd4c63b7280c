/*
 * A System V shared memory segment, as the kernel describes it, and the calls on
 * one: find it, look at it, make it, change it, remove it.
 *
 * Functions return 0 or a negative errno: the one that shmget(2) or shmctl(2) gave.
 */
#ifndef SHMTOOL_KERNEL_SEGMENT_H
#define SHMTOOL_KERNEL_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct attach;

struct segment {
	int id; /* never used twice while the namespace lives, until its counter wraps */
	key_t key; /* 0 (IPC_PRIVATE): has none, or is marked for destruction */
	mode_t mode; /* the nine permission bits */
	bool dest, locked; /* SHM_DEST, SHM_LOCKED */
	bool has_memory; /* rss and swap are known: only /proc/sysvipc/shm has them */
	bool saved; /* read from a file: its processes and times are not those of here */
	bool unnamed; /* its owners' names are not those of here either */
	bool busy; /* used while it was watched; filled by select/watch.h */
	bool orphan; /* left behind; filled by select/orphan.h, not by the kernel */
	uint64_t size; /* bytes asked for */
	uint64_t rss, swap; /* bytes */
	uint64_t nattch;
	uid_t uid, cuid; /* owner, creator; as the caller's user namespace sees them */
	gid_t gid, cgid;
	pid_t cpid, lpid; /* creator, last to attach or detach; 0: none, or not visible */
	int64_t atime, dtime, ctime; /* seconds since the epoch; 0: never */
	uint64_t page_size; /* bytes; 0: not known */
	uint64_t held_start, held_end; /* addresses where the process of --pid has it;
					  filled by select/filter.h; 0: not looked for */
	const struct attach *attaches; /* filled by kernel/attach.h, which owns them */
	size_t nattaches; /* those that could be seen: at most nattch */
	uint64_t ns; /* inode number of the IPC namespace; 0: not known */
	pid_t ns_pid; /* a process in that namespace; 0: not known */
};

/* The parts of a segment that cost more than a look at that segment alone. */
#define SEGMENT_MEMORY   (1u << 0) /* rss, swap: a read of the table of all segments */
#define SEGMENT_ORPHAN   (1u << 1) /* orphan: a look at processes */
#define SEGMENT_ATTACHES (1u << 2) /* attaches: a look at the mappings of processes */
#define SEGMENT_PAGES    (1u << 3) /* page_size: the same, of some processes */
#define SEGMENT_NS       (1u << 4) /* ns_pid: a look at the namespaces of processes */

/* The last attach or detach, seconds since the epoch; 0: never. */
int64_t segment_last_use(const struct segment *segment);

/* A second by which the segment existed: the earliest of its times, which is the best
 * bound for its creation once IPC_SET has moved CTIME. */
int64_t segment_existed(const struct segment *segment);

/* Whole seconds since CTIME, and since the last use or, where there was none, CTIME; up
 * to one more than truly passed, since both ends are cut to seconds. No segment is older
 * than the boot, whatever the clock was set to since. False: not known, since the clock
 * was set back behind that time, or the segment is a saved one. */
bool segment_age(const struct segment *segment, uint64_t *seconds);
bool segment_idle(const struct segment *segment, uint64_t *seconds);

/* Whether somebody attached or detached the segment between two looks, as far as the
 * kernel tells: it cuts times to seconds. */
bool segment_used_between(const struct segment *before, const struct segment *after);

/* Whether both describe one segment that nobody changed: ID, key, creator, CTIME,
 * and, since two changes may lie within one second, owner and mode. */
bool segment_same(const struct segment *a, const struct segment *b);

/* Looks at one segment with IPC_STAT and, where its permissions forbid that, with
 * SHM_STAT_ANY (Linux 4.17). Memory use stays unknown.
 * -EINVAL: no such segment; -EIDRM: just removed; -EACCES: kernel too old to tell. */
int segment_stat(int id, struct segment *segment);

/* The segment with this key, whatever its permissions. -ENOENT: none. */
int segment_find(key_t key, int *id);

/* What segment_create() takes for huge pages of PAGE_SIZE bytes, a power of two; 0: of
 * the size that the kernel prefers. */
int segment_huge_flags(uint64_t page_size);

/* A new segment of SIZE bytes; fails with -EEXIST where KEY is taken. FLAGS: the
 * permission bits, SHM_NORESERVE, segment_huge_flags(). Other errors: shmget(2). */
int segment_create(key_t key, uint64_t size, int flags, int *id);

/* Whether the owner's IDs are the true ones. In a user namespace, the kernel shows those
 * that are not mapped there as overflowuid and overflowgid (user_namespaces(7)). */
bool segment_owner_known(const struct segment *segment);

/* Gives the segment these owners and this mode, all at once, as IPC_SET does. -EIDRM: it
 * is gone; -EINVAL: the caller's user namespace has no such owner. */
int segment_set(int id, uid_t uid, gid_t gid, mode_t mode);

/* Whether the caller is the owner, the creator or root, who may remove and change it. */
bool segment_is_ours(const struct segment *segment);

/* IPC_RMID: at once where nothing is attached, else at the last detach. */
int segment_remove(int id);

/* SHM_LOCK: keeps in memory each page that is there or comes there; reads none in. Of
 * huge pages, which are never swapped, nothing changes. -EPERM: neither owner nor
 * creator nor CAP_IPC_LOCK, or RLIMIT_MEMLOCK is 0; -ENOMEM: above that limit. */
int segment_lock(int id);

/* SHM_UNLOCK: lets its pages be swapped out again. -EPERM: neither owner nor creator nor
 * CAP_IPC_LOCK. */
int segment_unlock(int id);

struct shmid_ds;

/* What shmctl(2) says of the segment ID, in this project's words. */
void segment_from_ds(struct segment *segment, int id, const struct shmid_ds *ds);

#endif
