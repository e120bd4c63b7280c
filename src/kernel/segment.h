/*
 * A shared memory segment as the kernel describes it: a System V segment, or a POSIX
 * object. Both kinds can be examined, changed and removed in the same way; sysv.h and
 * posix.h have what differs.
 *
 * Functions return 0, the negative errno of a system call, or -CONDITION_MISSING if no
 * such segment exists or it was just removed.
 */
#ifndef SHMTOOL_KERNEL_SEGMENT_H
#define SHMTOOL_KERNEL_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

enum segment_type { SEGMENT_SYSV, SEGMENT_POSIX };

/* A set of types, as flags. */
#define SEGMENTS_SYSV  (1u << SEGMENT_SYSV)
#define SEGMENTS_POSIX (1u << SEGMENT_POSIX)

/* The nanoseconds of the three times of a POSIX object. */
enum { NANOSECONDS_ATIME, NANOSECONDS_MTIME, NANOSECONDS_CTIME, NANOSECONDS };

struct segment {
	enum segment_type type;
	int id; /* unique in its namespace until the counter of IDs wraps */
	key_t key; /* 0 (IPC_PRIVATE): no key, or marked for destruction */
	const char *name; /* POSIX: with its slash; not owned */
	uint64_t device, inode; /* POSIX: identify the object */
	bool tmpfs; /* POSIX: on tmpfs, where memory use and users can be found */
	mode_t mode; /* the nine permission bits */
	bool dest, locked; /* SHM_DEST, SHM_LOCKED */
	uint64_t size; /* bytes requested */
	uint64_t nattch;
	uid_t uid, cuid; /* owner, creator; as the caller's user namespace shows them */
	gid_t gid, cgid;
	pid_t cpid, lpid; /* creator, last to attach or detach; 0: none, or not visible */
	int64_t atime, dtime, ctime; /* seconds since the epoch; 0: never */
	int64_t mtime; /* POSIX: last modification */
	uint32_t nanoseconds[NANOSECONDS]; /* POSIX: parts of the times */
};

/* The memory use of a segment. For System V, only /proc/sysvipc/shm reports it. */
struct memory_use {
	bool known;
	uint64_t rss, swap; /* bytes */
};

/* Return the time of the last attach or detach, or of the last access or modification of
 * a POSIX object, in seconds since the epoch; 0: never. */
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

/* Let the functions above read the clock anew, once for all later calls. */
void segment_ages_reset(void);

/* Return whether A and B are the same segment: ID, key, creator, size and CTIME are
 * equal. An ID alone does not identify a segment for long: the kernel's counter of IDs
 * wraps. POSIX objects are the same if name, device and inode number are equal. */
bool segment_same(const struct segment *a, const struct segment *b);

/* Return whether NOW may be the segment BEFORE at a later time: all that never changes is
 * equal. IPC_SET changes CTIME, and marking for destruction clears the key. */
bool segment_may_be(const struct segment *before, const struct segment *now);

/* Return whether nothing happened to a segment between two reads: same segment, owner,
 * mode, size, lock, attaches, times, and PID of the last use. The kernel cuts times of
 * System V segments to seconds, so an attach and detach by the same process within one
 * second may not show. */
bool segment_unchanged(const struct segment *before, const struct segment *after);

/* Examine the segment again that SEEN describes. NOW gets the state of the segment with
 * its ID or name, which segment_same() may tell to be another. Errors: sysv_stat(),
 * posix_stat(). SEEN and NOW may be the same. */
int segment_stat(const struct segment *seen, struct segment *now);

/* Return whether an ID that the kernel showed is the true one. In a user namespace, the
 * kernel shows unmapped IDs as overflowuid and overflowgid (user_namespaces(7)). */
bool user_id_known(uid_t uid);
bool group_id_known(gid_t gid);

/* Return whether user_id_known() and group_id_known() hold for the owner and group. */
bool segment_owner_known(const struct segment *segment);

/* Set owner, group and mode together. -EINVAL: the caller's user namespace has no such
 * user or group. */
int segment_set(const struct segment *segment, uid_t uid, gid_t gid, mode_t mode);

/* Return whether the caller may change the segment: as owner, as creator of a System V
 * segment, or with CAP_SYS_ADMIN over its namespace (System V) or CAP_FOWNER (POSIX). */
bool segment_may_change(const struct segment *segment);

/* Remove the segment. IPC_RMID removes an unattached System V segment at once, and marks
 * an attached one for destruction. A POSIX object loses its name; processes that use it
 * keep its memory. */
int segment_remove(const struct segment *segment);

#endif
