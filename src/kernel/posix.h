/*
 * POSIX shared memory objects: the regular files directly in /dev/shm, which shm_open(3)
 * opens. The kernel records neither creator nor users; attach.h searches for users.
 *
 * No other kind of file is ever opened, and no link is followed. Functions return 0, the
 * negative errno of a system call, -CONDITION_MISSING if no such object exists, or
 * -CONDITION_NOT_REGULAR if the name is that of another kind of file.
 */
#ifndef SHMTOOL_KERNEL_POSIX_H
#define SHMTOOL_KERNEL_POSIX_H

#include "kernel/enumerate.h"
#include "kernel/segment.h"

#define POSIX_DIRECTORY "/dev/shm"

/* The longest name: a slash, and NAME_MAX bytes. */
#define POSIX_NAME_MAX 256

enum posix_access {
	POSIX_INSPECT, /* read, without moving the access time if the caller may do that:
			  as owner, or with CAP_FOWNER (open(2), O_NOATIME) */
	POSIX_READ,
	POSIX_WRITE, /* read and write */
};

/* Use the /dev/shm of mount namespace NS, open at DIRECTORY, a descriptor that the caller
 * keeps open. After an error, the one in use stays. */
int posix_use_directory(int directory, uint64_t ns);

/* Use the /dev/shm of this process again. */
void posix_use_own_directory(void);

/* Return the mount namespace whose /dev/shm is used, by inode number; 0: unknown. */
uint64_t posix_namespace(void);

/* Examine the object NAME, such as "/x". SEGMENT keeps the pointer to NAME. */
int posix_stat(const char *name, struct segment *segment);

/* Pass each object to SINK, with its memory use if MEMORY is set. The names are valid
 * during the call only. Count other files in GAPS. */
int posix_enumerate(
	bool memory, segment_sink *sink, void *data, struct enumeration_gaps *gaps);

/* Return the memory use of an object; unknown except on tmpfs, and unknown if something
 * is in swap and the kernel is older than 6.5, or the object may not be read. */
struct memory_use posix_memory(const struct segment *segment);

/* Open the object. Return a descriptor, which the caller closes. */
int posix_open(const struct segment *segment, enum posix_access access);

enum posix_reservation { POSIX_RESERVE, POSIX_NORESERVE };

/* Create an empty object with exactly these permission bits, and set SEGMENT. -EEXIST:
 * NAME is taken. After an error, no object is left, unless the new file cannot be
 * examined. */
int posix_create(const char *name, mode_t mode, struct segment *segment);

/* Give an empty object SIZE bytes. The caller must be allowed to write to it. Its memory
 * is reserved (fallocate(2)) unless POSIX_NORESERVE is given: on a full /dev/shm, this
 * then fails with -ENOSPC, instead of SIGBUS at the first touch. Reserving raises the
 * score of this process, see process_raise_oom_score(). */
int posix_resize(
	const struct segment *segment, uint64_t size, enum posix_reservation reservation);

/* See segment.h. */
int posix_set(const struct segment *segment, uid_t uid, gid_t gid, mode_t mode);
bool posix_may_change(const struct segment *segment);

/* Remove the name of the object, right after a check that it is still the same object. */
int posix_remove(const struct segment *segment);

/* Return the device and the inode number of the directory in use, or the device of that
 * of this process; 0: unknown. */
uint64_t posix_device(void);
uint64_t posix_inode(void);
uint64_t posix_own_device(void);

/* Read the size of /dev/shm and its use: in bytes, and in inodes. A file system without
 * such a limit has *SIZE or *INODES 0. */
struct posix_space {
	uint64_t size, unused; /* bytes */
	uint64_t inodes, unused_inodes;
};

int posix_space(struct posix_space *space);

#endif
