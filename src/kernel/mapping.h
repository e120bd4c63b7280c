/*
 * A segment attached to this process.
 *
 * Nothing in shmtool touches the memory of a mapping itself: memory that cannot be had
 * (an empty pool of huge pages, a full memory cgroup) would be SIGBUS. The kernel moves
 * the bytes, and such memory is -EFAULT.
 */
#ifndef SHMTOOL_KERNEL_MAPPING_H
#define SHMTOOL_KERNEL_MAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/segment.h"

struct mapping {
	char *address; /* NULL: not attached */
	uint64_t size; /* bytes of the segment */
	uint64_t end; /* address behind the mapping; 0: not known */
	uint64_t page_size; /* bytes; 0: not known */
};

/* Attaches; read-only unless WRITABLE. Sets ATTACH and LPID, as shmat(2) does; its
 * errors. The caller detaches. */
int mapping_attach(const struct segment *segment, bool writable, struct mapping *mapping);
void mapping_detach(struct mapping *mapping);

/* Whether it is surely made of small pages, and not of huge ones. */
bool mapping_small_pages(const struct mapping *mapping);

/* Opens the segment's own file (proc_pid_map_files(5)), to write to it too if WRITABLE: a
 * descriptor, which the caller closes, or a negative errno: -EPERM without
 * CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN. */
int mapping_open_file(const struct mapping *mapping, bool writable);

/* Has the kernel map the pages of a range all at once, which costs less than a fault for
 * each: MADV_POPULATE_READ, or MADV_POPULATE_WRITE if WRITABLE (Linux 5.14). Pages never
 * touched get memory by this. Failures show when the range is used. */
void mapping_populate(
	const struct mapping *mapping, uint64_t offset, uint64_t length, bool writable);

/* Has the pages from offset START to END, about, no longer mapped until they are used
 * again: MADV_DONTNEED, which leaves what is in a shared mapping alone. */
void mapping_forget(const struct mapping *mapping, uint64_t start, uint64_t end);

/* Copies LENGTH bytes at OFFSET into BUFFER (process_vm_readv(2) on this process).
 * -EFAULT: memory that cannot be had. */
int mapping_peek(
	const struct mapping *mapping, uint64_t offset, void *buffer, size_t length);

/* Copies up to LENGTH bytes of BUFFER to OFFSET (process_vm_writev(2) on this process):
 * how many, which ends at memory that cannot be had; or -EFAULT, where there is none for
 * the first of them, or another negative errno. */
int64_t mapping_poke(const struct mapping *mapping, uint64_t offset, const void *buffer,
	size_t length);

/* Whether the two may be used; seccomp(2) may forbid them. */
bool mapping_peeks(void);

/* Gives back the whole pages between OFFSET and OFFSET + LENGTH, so that they read as
 * zeros and cost nothing: MADV_REMOVE. START and END: the range, in offsets, that it
 * was done for; empty where there is no whole page. -EINVAL, -EOPNOTSUPP: this memory
 * can't do it. */
int mapping_punch(const struct mapping *mapping, uint64_t offset, uint64_t length,
	uint64_t *start, uint64_t *end);

#endif
