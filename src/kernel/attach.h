/*
 * Which processes have segments attached, and where; which processes have POSIX objects
 * mapped or open.
 *
 * A mapping belongs to a segment if its name, device and inode number all match, in a
 * process of the segment's IPC namespace: for other memory, two of them may match
 * (ipc/shm.c, newseg: "SYSV%08x", and the inode number is the ID). A mapping or a
 * descriptor belongs to an object if device and inode number match.
 */
#ifndef SHMTOOL_KERNEL_ATTACH_H
#define SHMTOOL_KERNEL_ATTACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "kernel/segment.h"

/* One mapping of a segment or an object, or one descriptor that is open on an object. If
 * a process attached a segment twice, or its mapping was split, there are two mappings,
 * and the kernel counts both in nattch. */
struct attach {
	size_t target; /* for attach.c: the index of its segment in the search */
	pid_t pid;
	int fd; /* the descriptor; -1: this is a mapping */
	uint64_t start, end; /* addresses; 0: this is a descriptor */
	char perms[4]; /* of r, w, x */
	uint64_t page_size; /* bytes */
};

/* A segment whose attaches to find, or an object whose users to find. */
struct attach_target {
	const struct segment *segment; /* id, key, dest, nattch, cpid and lpid are used;
					  device, inode and tmpfs of an object */
	uint64_t ns; /* the IPC namespace of a segment, by inode number */
	const struct attach *attaches; /* result: by PID, mappings by address and then
					  descriptors; owned by the list */
	size_t nattaches;
	uint64_t page_size; /* result: bytes; 0: unknown */
	/* Result: nattch less the attaches found for certain. If two processes may share
	 * their memory, an attach in it is not certain. */
	uint64_t missing;
};

struct attach_list {
	struct attach *attaches;
	size_t count;
	size_t unseen; /* processes that may not be examined completely */
	bool failed; /* a process was not examined completely, for another reason */
	bool foreign; /* /proc shows another PID namespace, so nothing was found */
	bool complete; /* objects have no other users in this PID namespace and those
			  below it: every process was examined */
};

enum attach_scope {
	ATTACH_ALL, /* every process, until all attaches are found */
	ATTACH_LIKELY, /* creators and last users only: one attach of most segments */
};

/* Find the attaches of COUNT targets. A segment with nattch 0 costs nothing; objects cost
 * an examination of every process. Examine creators and last users first. Processes that
 * share their memory (clone(2), CLONE_VM) count as one, as in nattch: the first one
 * found. Processes that start, end, or may not be examined cause no error. The caller
 * frees the list after the last use of the targets. Return 0 or the error of reading
 * /proc. */
int attaches_find(struct attach_target *targets, size_t count, enum attach_scope scope,
	struct attach_list *list);

/* Find the attaches of one process, in one pass over its mappings and descriptors.
 * -ESRCH: no such process; -EACCES: the process may not be examined;
 * -CONDITION_FOREIGN_PROC. */
int attaches_of_process(
	pid_t pid, struct attach_target *targets, size_t count, struct attach_list *list);

void attaches_free(struct attach_list *list);

/* Return why objects may have other users than those found: 0 if COMPLETE, or
 * -CONDITION_FOREIGN_PROC, -CONDITION_USERS_UNKNOWN or -EACCES. */
int attaches_error(const struct attach_list *list);

/* Open the file of SEGMENT for reading through an attach, in /proc/PID/map_files (Linux
 * 4.3), after checking that the file is that of SEGMENT. -ENOENT: it is another file, or
 * is no longer mapped there; -EPERM, -EACCES: needs CAP_CHECKPOINT_RESTORE or
 * CAP_SYS_ADMIN. The caller closes the descriptor. */
int attach_open(const struct attach *attach, const struct segment *segment);

/* Return the number of processes in COUNT attaches, which are sorted by PID. */
size_t count_processes(const struct attach *attaches, size_t count);

#endif
