/*
 * tmpfs mounts: find those of all mount namespaces, open them, list their files. Another
 * namespace may be hostile, see mounts.h.
 */
#ifndef SHMTOOL_KERNEL_TMPFS_H
#define SHMTOOL_KERNEL_TMPFS_H

#include <linux/stat.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Open the /dev/shm that a process of mount namespace NS sees, which must be on a tmpfs.
 * Return a descriptor for posix_use_directory(), which the caller closes, and set
 * *DEVICE.
 *
 * -CONDITION_FOREIGN_MOUNT: a user mounted a directory there that is not theirs;
 * -ENOENT: no such process, or it has no /dev/shm; -ESRCH: the PID is now that of a
 * process in another namespace; -EACCES, -EPERM: it may not be examined (ptrace(2),
 * PTRACE_MODE_READ); -EAGAIN, -ELOOP, -ENOTDIR, -EMEDIUMTYPE: there is no tmpfs on
 * /dev/shm; -EINVAL, -ENOSYS: an older kernel. */
int devshm_open(pid_t pid, uint64_t ns, uint64_t *device);

/* One mount of a tmpfs or of devtmpfs, which is one, too. */
struct tmpfs_mount {
	uint64_t device; /* of the file system */
	uint64_t id; /* of the mount; unique on the host */
	uint64_t ns; /* its mount namespace */
	pid_t pid; /* a process in the namespace; 0: only this process is known */
	char *path;
	bool own; /* in the namespace of this process */
	bool whole; /* mounts the whole file system, not only a directory of it */
};

struct tmpfs_list {
	/* By device; those of whole file systems first, then those of the caller's
	 * namespace, short paths first. */
	struct tmpfs_mount *tmpfs;
	size_t count;
	uint64_t *others; /* IDs of mounts of other file systems, ascending */
	size_t nothers;
	size_t unread; /* namespaces whose mounts could not be read */
};

/* Find the mounts of all mount namespaces. The caller frees the list, also after an
 * error, which is that of reading /proc. */
int tmpfs_find(struct tmpfs_list *list);
void tmpfs_free(struct tmpfs_list *list);

/* Open a mount. Return a descriptor, which the caller closes, for fstatfs(2) and
 * tmpfs_walk(). -EXDEV: another mount covers it; or the errors of devshm_open(). */
int tmpfs_open(const struct tmpfs_mount *mount);

/* Examine what a descriptor is open on: DESCRIPTOR, a number, in DIRECTORY, which is
 * /proc/PID/fd. Set *STAT, with the ID of the mount. Ask no file system: only a tmpfs is
 * certain to give all else. -ENOENT: it was closed. */
int descriptor_stat(int directory, const char *descriptor, struct statx *stat);

/* A file of a tmpfs. */
struct tmpfs_file {
	const char *path; /* from the root of the walk on, beginning with a slash */
	int directory; /* its directory, and its name there */
	const char *name;
	struct statx stat;
};

typedef void tmpfs_sink(void *data, const struct tmpfs_file *file);

/* Pass each regular file and symbolic link of the mount open at FD to SINK, except those
 * below other mounts. Add to *UNREAD the directories that could not be read. No access
 * time changes, except that of a directory of another user unless root reads it. */
void tmpfs_walk(int fd, tmpfs_sink *sink, void *data, size_t *unread);

/* Open a file of a walk with O_PATH. The caller closes the descriptor. */
int tmpfs_file_open(const struct tmpfs_file *file);

#endif
