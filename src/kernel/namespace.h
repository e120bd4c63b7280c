/*
 * Namespaces: find them, and open and enter IPC namespaces. tmpfs.h opens the /dev/shm
 * of a mount namespace. namespaces.c has the lists of all namespaces.
 *
 * A namespace is named by the inode number of /proc/PID/ns/ipc or mnt (namespaces(7)), as
 * lsns(8) prints it. Entering an IPC namespace changes only which System V segments are
 * seen: users, files and PIDs stay those of the caller.
 */
#ifndef SHMTOOL_KERNEL_NAMESPACE_H
#define SHMTOOL_KERNEL_NAMESPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum namespace_kind {
	NAMESPACE_IPC, /* of System V segments */
	NAMESPACE_MOUNT, /* of POSIX objects */
};

/* The IPC namespace that the host booted with (Linux 3.8, include/linux/proc_ns.h,
 * PROC_IPC_INIT_INO). */
#define NAMESPACE_IPC_HOST 0xefffffffu

/* Read the inode number in the kernel's name of a namespace, such as "ipc:[4026531839]"
 * (namespaces(7)). Return false for a namespace of another kind, and for a file: its name
 * begins with a slash or with another kind. */
bool namespace_parse(enum namespace_kind kind, const char *name, uint64_t *inode);

/* Return the namespace of this process; 0: unknown, without /proc. */
uint64_t namespace_own(enum namespace_kind kind);

/* Find the namespace of a process, and the task to examine the process through: its main
 * thread or, if that has ended, another thread. -ENOENT, -ESRCH: the process ended;
 * -EACCES: it may not be examined (ptrace(2): "Ptrace access mode checking",
 * PTRACE_MODE_READ). */
int namespace_of(enum namespace_kind kind, pid_t pid, uint64_t *inode, pid_t *task);

/* A namespace other than that of this process has a process in it, or a mount of its file
 * or a descriptor keeps it alive. */
struct namespace
{
	uint64_t inode;
	pid_t pid; /* the lowest PID in the namespace but that of this process; 0: none */
	char *path; /* of a mount or a descriptor that keeps it, if PID is 0; or NULL */
	pid_t mount_pid; /* of a mount: a process that sees it, and its mount namespace */
	uint64_t mount_ns;
};

struct namespace_list {
	struct namespace *namespaces; /* by inode number */
	size_t count;
	size_t unseen; /* processes whose namespace or descriptors may not be read */
};

/* Find the namespaces of this process and of all processes in /proc, and IPC namespaces
 * that only a mount or a descriptor keeps. The caller frees the list, also after an
 * error, which is that of reading /proc. */
int namespaces_find(enum namespace_kind kind, struct namespace_list *list);
void namespaces_free(struct namespace_list *list);

/* Return the namespace with this inode number, or NULL. */
const struct namespace *namespaces_get(const struct namespace_list *list, uint64_t inode);

/* Return the lowest PID in the namespace, among processes that can be examined, other
 * than this process; 0: none. */
pid_t namespace_process(enum namespace_kind kind, uint64_t inode);

/* Open a namespace by PATH, or the IPC namespace of PID. Return a descriptor, or a
 * negative errno. */
int namespace_open_path(const char *path);
int namespace_open_pid(pid_t pid);

/* Return 1 if FD is the IPC namespace of this process, 0 if it is another, or a negative
 * errno. */
int namespace_is_own(int fd);

/* Open an IPC namespace of a list. -ESRCH: no process, mount or descriptor that can be
 * examined keeps it now; -CONDITION_MOUNT_HIDDEN. */
int namespace_open(const struct namespace *namespace);

/* Enter the IPC namespace open at FD. -EINVAL: FD is not an IPC namespace; -EPERM. */
int namespace_enter(int fd);

#endif
