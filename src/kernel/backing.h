/*
 * The kernel's own mounts that segments live on: a tmpfs, and a hugetlbfs for each size
 * of huge pages. Memory files and shared anonymous memory live there too.
 */
#ifndef SHMTOOL_KERNEL_BACKING_H
#define SHMTOOL_KERNEL_BACKING_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct backing {
	dev_t device;
	uint64_t page_size; /* bytes */
};

/* Return the size of small pages, in bytes. */
uint64_t small_page_size(void);

/* Return the page size of the mount with this device, in bytes; 0: not such a mount. The
 * first call finds the mounts, with an empty memory file (memfd_create(2)) of each kind.
 * It tries the 28 sizes of huge pages only if DEVICE is not the tmpfs. */
uint64_t backing_page_size(dev_t device);

/* Return all mounts of huge pages, and their number in *COUNT. NULL and 0: unknown. */
const struct backing *backing_huge(size_t *count);

/* Return the default size of huge pages in bytes; 0: none, or unknown. */
uint64_t backing_huge_page_size(void);

/* The host's pool of huge pages of one size, in pages (Linux' vm/hugetlbpage.rst). */
struct huge_pool {
	uint64_t total; /* with the surplus */
	uint64_t unused; /* of total */
	uint64_t reserved; /* of unused: promised to mappings and segments */
	uint64_t surplus; /* of total: borrowed from other memory */
	uint64_t overcommit; /* limit of the surplus */
};

/* Read a pool from /sys/kernel/mm/hugepages. -ENOENT: no such pool. */
int huge_pool_read(uint64_t page_size, struct huge_pool *pool);

#endif
