/*
 * What a segment costs, and which parts of it, beyond what /proc/sysvipc/shm says.
 */
#ifndef SHMTOOL_KERNEL_MEMORY_H
#define SHMTOOL_KERNEL_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/attach.h"

/* A segment whose memory is to be corrected. */
struct memory_target {
	const struct segment *segment;
	uint64_t ns; /* its IPC namespace, by inode number */
	struct memory_use *memory; /* corrected */
	uint64_t page_size; /* set if it is found: bytes */
};

/* Correct rss of segments of huge pages. Since Linux 6.7 the kernel multiplies it by the
 * number of small pages in a huge one (ipc/shm.c, shm_add_rss_swap). The true number
 * comes from the file behind a mapping, which root may open, or else from the numbers
 * themselves, if they leave no doubt. If they do, memory becomes unknown. Processes are
 * examined only if a number is in doubt. */
void memory_correct(struct memory_target *targets, size_t count);

/* Return whether the host has huge pages, so that a segment may consist of them. */
bool memory_huge_pages(void);

/* Bytes of a segment that are in memory, or in swap. What lies between was never touched.
 */
struct memory_range {
	uint64_t offset, length;
	bool resident;
};

/* Find the ranges of a segment by offset, through the file behind one of its attaches
 * that were found: nothing is attached, and nothing changes. The caller frees *RANGES.
 * -ENOENT: no attach was found; -EPERM, -EACCES: needs CAP_CHECKPOINT_RESTORE or
 * CAP_SYS_ADMIN; -CONDITION_HUGE_PAGES; -CONDITION_SWAP_UNKNOWN: something is in swap,
 * and the kernel is older than 6.5. */
int memory_ranges(const struct attach_target *target, const struct memory_use *memory,
	struct memory_range **ranges, size_t *count);

#endif
