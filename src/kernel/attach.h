/*
 * Which processes have segments attached, and where.
 *
 * A mapping belongs to a segment if its name, device and inode number all say so, in a
 * process of the segment's IPC namespace: other memory may share two of them
 * (ipc/shm.c, newseg: "SYSV%08x", and the inode number is the ID).
 */
#ifndef SHMTOOL_KERNEL_ATTACH_H
#define SHMTOOL_KERNEL_ATTACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "kernel/segment.h"

/* One mapping. A segment that a process attached twice, or whose mapping was split, has
 * two, and the kernel counts both in nattch. */
struct attach {
	size_t target; /* for attach.c: the place of its segment in the search */
	pid_t pid;
	uint64_t start, end; /* addresses */
	char perms[4]; /* of r, w, x */
	uint64_t page_size; /* bytes */
};

/* A segment whose attaches are sought. */
struct attach_target {
	const struct segment *segment; /* id, key, dest, nattch, cpid and lpid are used */
	uint64_t ns; /* its IPC namespace, by inode number */
	const struct attach *attaches; /* found: by PID and address; owned by the list */
	size_t nattaches;
	uint64_t page_size; /* found: bytes; 0: not known */
	uint64_t missing; /* of nattch, attaches that were not surely found: two processes
			     may share the memory in which one was found */
};

struct attach_list {
	struct attach *attaches;
	size_t count;
	size_t unseen; /* processes that may not be examined */
	bool foreign; /* /proc shows another PID namespace, so nothing was found */
};

enum attach_scope {
	ATTACH_ALL, /* every process, until all attaches are found */
	ATTACH_LIKELY, /* creators and last users only: one attach of most segments */
};

/* Find the attaches of COUNT targets. A segment with nattch 0 costs nothing. Creators and
 * last users come first. Processes that share their memory (clone(2), CLONE_VM) count as
 * the first of them, as in nattch. Processes that come, go, or may not be examined are no
 * errors. The caller frees the list after the last use of the targets. Return 0 or the
 * error of reading /proc. */
int attaches_find(struct attach_target *targets, size_t count, enum attach_scope scope,
	struct attach_list *list);

/* Find those of one process, in one pass over its mappings. -ESRCH: no such process;
 * -EACCES: it may not be examined; -CONDITION_FOREIGN_PROC. */
int attaches_of_process(
	pid_t pid, struct attach_target *targets, size_t count, struct attach_list *list);

void attaches_free(struct attach_list *list);

/* Open for reading the file behind an attach of SEGMENT, through /proc/PID/map_files
 * (Linux 4.3), after checking that it is the file of that segment. -ENOENT: it is not, or
 * is no longer mapped there; -EPERM, -EACCES: needs CAP_CHECKPOINT_RESTORE or
 * CAP_SYS_ADMIN. The caller closes the descriptor. */
int attach_open(const struct attach *attach, const struct segment *segment);

/* Count the processes of COUNT attaches, which are in order of their PIDs. */
size_t count_processes(const struct attach *attaches, size_t count);

#endif
