/*
 * What a segment costs, and which parts of it, beyond what /proc/sysvipc/shm says.
 */
#ifndef SHMTOOL_KERNEL_MEMORY_H
#define SHMTOOL_KERNEL_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/attach.h"

/* Return whether RSS may be that of huge pages, which the kernel multiplies by the number
 * of small pages in a huge one since Linux 6.7 (ipc/shm.c, shm_add_rss_swap). */
bool memory_in_doubt(const struct memory_use *memory, const struct segment *segment);

/* Correct memory in doubt. The true RSS comes from the file behind an attach that was
 * found, which root may open, or else from the numbers themselves, if they leave no
 * doubt. If they do, memory becomes unknown. Return the page size in bytes; 0: unknown.
 */
uint64_t memory_correct(struct memory_use *memory, const struct attach_target *attached);

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
