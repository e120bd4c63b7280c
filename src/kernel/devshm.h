/*
 * The /dev/shm of another mount namespace.
 */
#ifndef SHMTOOL_KERNEL_DEVSHM_H
#define SHMTOOL_KERNEL_DEVSHM_H

#include <stdint.h>
#include <sys/types.h>

/* Open the /dev/shm that a process of mount namespace NS sees, which must be on a tmpfs.
 * Return a descriptor for posix_use_directory(), which the caller closes, and set
 * *DEVICE.
 *
 * The namespace may be hostile: follow no symbolic link, stay below the root of the
 * process, and ask no server of a FUSE file system, which may never answer. So resolve
 * the path from the kernel's cache alone (openat2(2), RESOLVE_CACHED, Linux 5.12), which
 * holds the name of every mount point.
 *
 * -ENOENT: no such process, or it has no /dev/shm; -ESRCH: the PID is now that of a
 * process in another namespace; -EACCES, -EPERM: it may not be
 * examined (ptrace(2), PTRACE_MODE_READ); -EAGAIN, -ELOOP, -ENOTDIR, -EMEDIUMTYPE: there
 * is no tmpfs on /dev/shm; -EINVAL, -ENOSYS: an older kernel. */
int devshm_open(pid_t pid, uint64_t ns, uint64_t *device);

#endif
