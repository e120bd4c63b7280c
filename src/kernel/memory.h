/*
 * Memory use of a segment: corrected RSS, and which ranges are in memory or in swap.
 */
#ifndef SHMTOOL_KERNEL_MEMORY_H
#define SHMTOOL_KERNEL_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/attach.h"

/* Read how many huge pages are in use. The next three functions need it. */
void memory_read_pools(void);

/* Return whether RSS may count huge pages, which some kernels since Linux 6.7 multiply by
 * the number of small pages in a huge one (ipc/shm.c, shm_add_rss_swap): 6.18 does,
 * Debian's 6.12 does not. */
bool memory_in_doubt(const struct memory_use *memory, const struct segment *segment);

/* Return whether a segment whose page size is not known may have huge pages: its RSS is 0
 * or unknown, or explained by huge pages that the host has in use. */
bool memory_may_be_huge(const struct memory_use *memory, const struct segment *segment);

/* Correct memory in doubt. Read the true RSS from the segment's file, which root may open
 * through an attach. Otherwise compute it, if only one page size explains the numbers. If
 * neither works, MEMORY becomes unknown. Return the page size in bytes; 0: unknown. */
uint64_t memory_correct(struct memory_use *memory, const struct attach_target *attached);

/* Return whether a pool of the host has huge pages, so that a segment may consist of
 * them; true if that is unknown. */
bool memory_huge_pages(void);

/* Read Shmem of /proc/meminfo, in bytes: the pages in memory of the kernel's own tmpfs
 * and of all mounted ones. -ENOENT: /proc/meminfo cannot be read. */
int memory_shmem(uint64_t *bytes);

/* Bytes of a segment that are in memory, or in swap. Bytes between two ranges were never
 * touched. */
struct memory_range {
	uint64_t offset, length;
	bool resident;
};

/* Return whether a file on tmpfs with BLOCKS (st_blocks) may have some of them in swap.
 */
bool memory_in_swap(uint64_t blocks);

/* Return how much of a file on tmpfs is in memory and in swap. BLOCKS, its st_blocks,
 * counts both. PATH: the file, open with O_PATH; needed if memory_in_swap(). If the two
 * cannot be told apart, the memory use is not known, but RSS is their sum: before Linux
 * 6.5, or if the caller may not read the file. */
struct memory_use memory_of_file(int path, uint64_t blocks);

/* Find the ranges of a segment by offset, in the object, or in the segment's file, opened
 * through an attach. This attaches nothing and changes nothing. The caller frees *RANGES,
 * also after an error. -ENOENT: no attach was found; -EPERM, -EACCES: needs
 * CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN; -CONDITION_HUGE_PAGES;
 * -CONDITION_SWAP_UNKNOWN: something is in swap, and the kernel is older than 6.5. */
int memory_ranges(const struct attach_target *target, const struct memory_use *memory,
	struct memory_range **ranges, size_t *count);

#endif
