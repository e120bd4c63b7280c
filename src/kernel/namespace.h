/*
 * IPC namespaces: which there are, and how to work in another one.
 *
 * A namespace is named by the inode number of /proc/PID/ns/ipc (namespaces(7)), as
 * lsns(8) prints it. Entering one changes nothing but which segments are seen: users,
 * files and PIDs stay those of the caller.
 */
#ifndef SHMTOOL_KERNEL_NAMESPACE_H
#define SHMTOOL_KERNEL_NAMESPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The namespace this process is in; 0: not known, for want of /proc. */
uint64_t namespace_own(void);

/* The namespace a process is in, and the task through which to look at the process
 * (process_task()). -ENOENT, -ESRCH: it is gone; -EACCES: it may not be looked at
 * (ptrace(2): "Ptrace access mode checking", PTRACE_MODE_READ). */
int namespace_of(pid_t pid, uint64_t *inode, pid_t *task);

struct ipc_namespace {
	uint64_t inode;
	pid_t pid; /* the process in it with the lowest PID */
};

struct namespace_list {
	struct ipc_namespace *namespaces; /* by inode number */
	size_t count;
	size_t unseen; /* processes that may not be looked at */
};

/* Finds all namespaces that a process of /proc is in. The caller frees the list, also
 * after an error: that of reading /proc, -ENOMEM. */
int namespaces_find(struct namespace_list *list);
void namespaces_free(struct namespace_list *list);

/* A process in the namespace: PID 1, the parent, or else the one with the lowest PID that
 * can be seen; 0: none can. */
pid_t namespace_process(uint64_t inode);

/* Opens a namespace by PATH, or that of PID. A descriptor, or a negative errno. */
int namespace_open_path(const char *path);
int namespace_open_pid(pid_t pid);

/* Whether it is the namespace this process is in that is open at FD. */
bool namespace_is_own(int fd);

/* Opens a namespace that was found. -ESRCH: no process that can be seen is in it now. */
int namespace_open(const struct ipc_namespace *namespace);

/* Enters the namespace open at FD. -EINVAL: it is no IPC namespace; -EPERM. */
int namespace_enter(int fd);

#endif
