/*
 * System V segments: shmget(2) and shmctl(2).
 *
 * Functions return 0, the negative errno of these system calls, or -CONDITION_MISSING if
 * no such segment exists or it was just removed.
 */
#ifndef SHMTOOL_KERNEL_SYSV_H
#define SHMTOOL_KERNEL_SYSV_H

#include "kernel/segment.h"

/* Examine one segment with IPC_STAT or, if its permissions forbid that, with SHM_STAT_ANY
 * (Linux 4.17). -EACCES: no read permission, and SHM_STAT_ANY failed. */
int sysv_stat(int id, struct segment *segment);

/* Find the segment with this key, whatever its permissions. */
int sysv_find(key_t key, int *id);

/* Return the flags of sysv_create() for huge pages of PAGE_SIZE bytes, a power of two;
 * 0: the kernel's default size. */
int sysv_huge_flags(uint64_t page_size);

/* Create a segment of SIZE bytes. FLAGS: the permission bits, SHM_NORESERVE,
 * sysv_huge_flags(). -EEXIST: KEY is taken; other errors: shmget(2). */
int sysv_create(key_t key, uint64_t size, int flags, int *id);

/* Set owner, group and mode together, as IPC_SET does. -EINVAL: the caller's user
 * namespace has no such user or group. */
int sysv_set(int id, uid_t uid, gid_t gid, mode_t mode);

/* Return whether the caller may change or remove the segment: as owner, creator, or with
 * CAP_SYS_ADMIN over this IPC namespace. */
bool sysv_may_change(const struct segment *segment);

/* IPC_RMID: remove an unattached segment at once, mark an attached one for destruction.
 */
int sysv_remove(int id);

/* SHM_LOCK: keep pages in memory once they are there, without loading any. Huge pages are
 * never swapped. SHM_UNLOCK: let pages be swapped out again. -EPERM: neither owner nor
 * creator nor CAP_IPC_LOCK, or, to lock, RLIMIT_MEMLOCK is 0; -ENOMEM: above that
 * limit. */
int sysv_lock(int id);
int sysv_unlock(int id);

struct shmid_ds;

/* Convert the reply of shmctl(2) for the segment ID. */
void sysv_from_ds(struct segment *segment, int id, const struct shmid_ds *ds);

#endif
