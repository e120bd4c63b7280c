/*
 * What a segment costs, and which parts of it, beyond what /proc/sysvipc/shm says.
 */
#ifndef SHMTOOL_KERNEL_MEMORY_H
#define SHMTOOL_KERNEL_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/table.h"

/* Corrects rss in TABLE for segments of huge pages. Since Linux 6.7 the kernel multiplies
 * it by the number of small pages in a huge one (ipc/shm.c, shm_add_rss_swap). The true
 * count comes from the file behind a mapping, which root may look at; else from the
 * numbers themselves, where they leave no doubt. Where they do, rss becomes unknown.
 * Looks at processes only where a number is in doubt. -ENOMEM. */
int memory_correct(struct segment_table *table);

/* Whether the host has huge pages, so that a segment may be made of them. */
bool memory_huge_pages(void);

/* Bytes of a segment that are in memory, or in swap. What lies between was never touched.
 */
struct memory_range {
	uint64_t offset, length;
	bool resident;
};

/* The ranges of SEGMENT by offset, through the file behind one of its attaches: nothing
 * is attached, and nothing changes. The caller frees *RANGES. -ENOENT: nobody has it
 * attached; -EPERM, -EACCES: needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN;
 * -EOPNOTSUPP: huge pages, whose file does not tell; -ENODATA: something is in swap, and
 * the kernel, older than 6.5, does not tell what; -ENOMEM and others. */
int memory_ranges(
	const struct segment *segment, struct memory_range **ranges, size_t *count);

#endif
