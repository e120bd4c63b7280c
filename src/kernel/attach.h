/*
 * Which processes have segments attached, and where.
 *
 * A mapping of a segment is one whose name, device and inode number all say so, in a
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
 * two, and the kernel counts them so in nattch. */
struct attach {
	uint64_t ns; /* the IPC namespace, by its inode number */
	int id; /* of the segment */
	pid_t pid;
	uid_t uid; /* the process's effective user */
	uint64_t start, end; /* addresses */
	char perms[4]; /* of r, w, x */
	uint64_t page_size; /* bytes */
};

struct attach_list {
	struct attach *attaches; /* by namespace, ID, PID and address */
	size_t count;
	size_t unseen; /* processes whose mappings may not be looked at */
	bool foreign; /* /proc shows another PID namespace, so nothing was looked for */
};

/* A segment whose attaches are sought. */
struct attach_target {
	const struct segment *segment;
	uint64_t ns; /* its IPC namespace, by inode number */
	/* Found: */
	const struct attach *attaches; /* by PID and address; owned by the list */
	size_t nattaches;
	uint64_t page_size; /* bytes; 0: unknown */
	bool complete; /* every attach was found */
};

/* Where to search. */
enum attach_scope {
	ATTACH_ALL, /* every process */
	ATTACH_LIKELY, /* creators and last users: cheap, finds most */
};

/* Find the attaches of TARGETS. Processes that come, go, or cannot be examined are no
 * errors. The caller frees the list, not before the targets are done with. Negative
 * errno: /proc cannot be read. */
int attaches_find(struct attach_target *targets, size_t count, enum attach_scope scope,
	struct attach_list *list);

/* The same in the process PID alone. -ESRCH: no such process; -EACCES: it cannot be
 * examined; -CONDITION_FOREIGN_PROC. */
int attaches_of_process(
	pid_t pid, struct attach_target *targets, size_t count, struct attach_list *list);

void attaches_free(struct attach_list *list);

#endif
