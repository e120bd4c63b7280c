/*
 * A System V segment attached to this process, or a POSIX object that it opened.
 *
 * shmtool itself never touches the memory of a mapping: memory that cannot be allocated
 * (an empty pool of huge pages, a full memory cgroup) would raise SIGBUS. The kernel
 * moves the bytes, and returns -EFAULT for such memory.
 *
 * Functions return 0 or a negative errno, unless they say otherwise.
 */
#ifndef SHMTOOL_KERNEL_MAPPING_H
#define SHMTOOL_KERNEL_MAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/segment.h"

struct mapping {
	int fd; /* of a POSIX object; -1: none */
	char *address; /* of a System V segment; NULL: not attached */
	uint64_t size; /* bytes of the segment */
	uint64_t end; /* the address after the mapping; 0: not known */
	uint64_t page_size; /* bytes; 0: not known */
};

enum mapping_access { MAPPING_READ, MAPPING_WRITE };

/* Attach the segment with shmat(2), which sets its atime and lpid; or open the object.
 * The caller detaches it. -CONDITION_MISSING: it is gone, or another one has its ID. */
int mapping_attach(const struct segment *segment, enum mapping_access access,
	struct mapping *mapping);
void mapping_detach(struct mapping *mapping);

/* Return whether the mapping is known to consist of small pages, not huge ones. */
bool mapping_has_small_pages(const struct mapping *mapping);

/* Open the segment's file (proc_pid_map_files(5)), or return that of the object, which is
 * open. Return a descriptor for mapping_close_file(), or a negative errno: -EPERM without
 * CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN. */
int mapping_open_file(const struct mapping *mapping, enum mapping_access access);
void mapping_close_file(const struct mapping *mapping, int fd);

/* Populate the page tables of a range in one call, which costs less than a page fault for
 * each page: MADV_POPULATE_READ (Linux 5.14). This allocates pages that were never
 * touched. A failure shows when the range is used. */
void mapping_populate(const struct mapping *mapping, uint64_t offset, uint64_t length);

/* Copy LENGTH bytes at OFFSET into BUFFER: process_vm_readv(2) on this process. -EFAULT:
 * no memory. */
int mapping_read(
	const struct mapping *mapping, uint64_t offset, void *buffer, size_t length);

/* Copy up to LENGTH bytes of BUFFER to OFFSET: process_vm_writev(2) on this process.
 * Return the number copied, up to the first page that cannot be allocated; -EFAULT if
 * that is the first one. */
int64_t mapping_write(const struct mapping *mapping, uint64_t offset, const void *buffer,
	size_t length);

/* Return whether mapping_read() and mapping_write() work. seccomp(2) may forbid them. */
bool mapping_can_copy(void);

/* Free the whole pages between OFFSET and OFFSET + LENGTH, which then read as zeros:
 * MADV_REMOVE. Set *START and *END to the offsets of the freed pages; they are equal if
 * the range has no whole page. -EINVAL, -EOPNOTSUPP: this memory does not support it. */
int mapping_punch(const struct mapping *mapping, uint64_t offset, uint64_t length,
	uint64_t *start, uint64_t *end);

#endif
