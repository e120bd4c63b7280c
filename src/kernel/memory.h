/*
 * What a segment costs, and which parts of it, beyond what /proc/sysvipc/shm says.
 */
#ifndef SHMTOOL_KERNEL_MEMORY_H
#define SHMTOOL_KERNEL_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/attach.h"
#include "kernel/segment.h"

/* Since Linux 6.7 the kernel multiplies the rss of huge pages by the number of small
 * pages in one (ipc/shm.c, shm_add_rss_swap). Whether MEMORY of SEGMENT may be multiplied
 * like that, and needs memory_resolve(). */
bool memory_in_doubt(const struct segment *segment, const struct memory_use *memory);

/* Correct the rss of a segment whose attaches were sought, and its page size with it. The
 * true count comes from the file behind a mapping, which root may examine; else from the
 * numbers themselves, if they leave no doubt. If they do, MEMORY becomes unknown. */
void memory_resolve(struct attach_target *target, struct memory_use *memory);

/* Whether the host has huge pages, so that a segment may be made of them. */
bool memory_huge_pages(void);

/* Bytes of a segment that are in memory, or in swap. What lies between was never touched.
 */
struct memory_range {
	uint64_t offset, length;
	bool resident;
};

/* Find the ranges of a segment by offset, through the file behind one of its attaches:
 * nothing is attached, and nothing changes. The caller frees *RANGES. -ENOENT: no attach
 * was found; -EPERM, -EACCES: needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN;
 * -CONDITION_HUGE_PAGES; -CONDITION_SWAP_UNKNOWN: something is in swap, and the kernel,
 * older than 6.5, does not tell what; and others. */
int memory_ranges(const struct attach_target *target, const struct memory_use *memory,
	struct memory_range **ranges, size_t *count);

#endif
