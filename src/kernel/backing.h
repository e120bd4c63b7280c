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

/* The page size of the one with this device, in bytes; 0: it is none of them. Which there
 * are is found out once, by making an empty memory file (memfd_create(2)) of each kind;
 * those of huge pages, of which there are 28 sizes to try, only where DEVICE is not the
 * tmpfs. */
uint64_t backing_page_size(dev_t device);

/* All those of huge pages; *COUNT: how many. NULL, and 0: not known. */
const struct backing *backing_huge(size_t *count);

/* The size of huge pages where none is named; 0: this kernel has none, or not known. */
uint64_t backing_huge_page_size(void);

/* The host's pool of huge pages of one size, in pages (Linux' vm/hugetlbpage.rst). */
struct huge_pool {
	uint64_t total; /* pages there are, the surplus among them */
	uint64_t unused; /* of total */
	uint64_t reserved; /* of unused: promised to mappings and segments */
	uint64_t surplus; /* of total: borrowed from other memory, and given back */
	uint64_t overcommit; /* up to which the surplus may grow */
};

/* Reads it from /sys/kernel/mm/hugepages. -ENOENT: that does not say. */
int huge_pool_read(uint64_t page_size, struct huge_pool *pool);

#endif
