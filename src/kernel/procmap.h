/*
 * PROCMAP_QUERY, which the headers of older systems lack.
 */
#ifndef SHMTOOL_KERNEL_PROCMAP_H
#define SHMTOOL_KERNEL_PROCMAP_H

#include <stdint.h>
#include <sys/ioctl.h>

/* Linux 6.11, include/uapi/linux/fs.h: ask a file /proc/PID/maps for one mapping. */
struct procmap_request {
	uint64_t size;
	uint64_t query_flags; /* in */
	uint64_t query_addr; /* in */
	uint64_t vma_start, vma_end, vma_flags, vma_page_size, vma_offset, inode;
	uint32_t dev_major, dev_minor;
	uint32_t vma_name_size; /* in: buffer size; out: length with its NUL */
	uint32_t build_id_size;
	uint64_t vma_name_addr; /* in */
	uint64_t build_id_addr;
};

#define PROCMAP_REQUEST _IOWR('f', 17, struct procmap_request)

/* For query_flags and vma_flags. */
#define PROCMAP_READABLE   0x01
#define PROCMAP_WRITABLE   0x02
#define PROCMAP_EXECUTABLE 0x04
#define PROCMAP_SHARED     0x08
/* For query_flags only. */
#define PROCMAP_OR_NEXT     0x10
#define PROCMAP_FILE_BACKED 0x20

#endif
