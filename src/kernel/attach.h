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

#include "kernel/table.h"

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

/* Finds the attaches of TABLE's segments, whose ns must be set, and points each segment
 * at its own in LIST; sets page_size too. Nothing is looked at for a segment with nattch
 * 0; creators and last users are looked at first, and the search ends when all attaches
 * are found. Processes that come, go, or may not be looked at are no errors.
 * The caller frees the list, not before the table. -ENOMEM, or the error of reading
 * /proc. */
int attaches_find(struct segment_table *table, struct attach_list *list);

/* The same, but only in creators and last users: cheap, and it finds one attach of most
 * segments. */
int attaches_find_likely(struct segment_table *table, struct attach_list *list);

/* The same, but only in the process PID. -ESRCH: there is none; -EACCES: it may not be
 * looked at; -ENXIO: /proc shows another PID namespace; -ENOMEM. */
int attaches_of_process(pid_t pid, struct segment_table *table, struct attach_list *list);

/* Whether the process PID has SEGMENT, whose ns must be set, attached at the addresses
 * from START to END, asked of that one mapping (/proc/PID/map_files, Linux 4.3). False
 * also where that cannot be known, for want of CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN.
 */
bool attach_is_there(
	pid_t pid, uint64_t start, uint64_t end, const struct segment *segment);

void attaches_free(struct attach_list *list);

/* How many processes the attaches of SEGMENT belong to. */
size_t attach_processes(const struct segment *segment);

#endif
