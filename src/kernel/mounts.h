/*
 * The mounts of a process.
 *
 * Another mount namespace may be hostile: follow no symbolic link, stay below the root of
 * the process, and ask no server of a FUSE file system, which may never answer. So a path
 * is resolved from the kernel's cache alone (openat2(2), RESOLVE_CACHED, Linux 5.12),
 * which holds the name of every mount point.
 */
#ifndef SHMTOOL_KERNEL_MOUNTS_H
#define SHMTOOL_KERNEL_MOUNTS_H

#include <linux/stat.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* One line of mountinfo (proc_pid_mountinfo(5)). */
struct mount {
	uint64_t id; /* unique on the host */
	unsigned int major, minor; /* the device of its file system */
	const char *root; /* what is mounted: a path in the file system, or a namespace */
	const char *path; /* where, from the root of the process on */
	const char *type; /* of the file system */
};

/* Pass the mounts of a process to SINK, which returns false to stop. Their texts are
 * valid during the call only. -EFBIG: there are too many, or their paths are too long. */
int mounts_read(
	pid_t pid, bool (*sink)(void *data, const struct mount *mount), void *data);

/* Open PATH, which begins with a slash, from the root of a process of mount namespace NS
 * on, with O_PATH and FLAGS (open(2)), and examine it as mount_stat() does. The caller
 * closes the descriptor.
 *
 * -ENOENT: no such process, or no such path; -ESRCH: the PID is now that of a process in
 * another namespace; -EACCES, -EPERM: the process may not be examined (ptrace(2),
 * PTRACE_MODE_READ); -EAGAIN, -ELOOP, -ENOTDIR: no mount is on the path; -EMEDIUMTYPE,
 * -EINVAL, -ENOSYS: an older kernel. */
int mount_open(pid_t pid, uint64_t ns, const char *path, int flags, struct statx *stat);

/* Set *STAT for what is open at FD, with the ID of its mount, and ask no file system.
 * -EMEDIUMTYPE: an older kernel. */
int mount_stat(int fd, struct statx *stat);

#endif
