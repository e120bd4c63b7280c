#include "kernel/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/shm.h>
#include <sys/uio.h>
#include <unistd.h>

#include "condition.h"
#include "kernel/abi.h"
#include "kernel/attach.h"
#include "kernel/backing.h"
#include "kernel/namespace.h"
#include "kernel/posix.h"
#include "kernel/sysv.h"

/* Open a POSIX object in place of a mapping. */
static int open_object(const struct segment *segment, enum mapping_access access,
	struct mapping *mapping)
{
	int fd = posix_open(segment, access == MAPPING_WRITE ? POSIX_WRITE : POSIX_READ);

	*mapping = (struct mapping){
		.fd = fd, .size = segment->size, .page_size = small_page_size()
	};
	return MIN(fd, 0);
}

/* Find the mapping of SEGMENT among those of this process. */
static void find_mapping(const struct segment *segment, struct mapping *mapping)
{
	struct segment attached = *segment;
	struct attach_target target = { .segment = &attached,
		.ns = namespace_own(NAMESPACE_IPC) };
	struct attach_list list;

	attached.nattch = 1;
	if (attaches_of_process(getpid(), &target, 1, &list) == 0 && list.count > 0) {
		mapping->end = list.attaches[0].end;
		mapping->page_size = list.attaches[0].page_size;
	}
	attaches_free(&list);
}

int mapping_attach(const struct segment *segment, enum mapping_access access,
	struct mapping *mapping)
{
	uint64_t page = small_page_size();
	struct segment now;
	char *address;
	int r;

	if (segment->type == SEGMENT_POSIX)
		return open_object(segment, access, mapping);
	address = shmat(segment->id, NULL, access == MAPPING_WRITE ? 0 : SHM_RDONLY);
	if (address == (void *)-1)
		return -errno;
	*mapping =
		(struct mapping){ .fd = -1, .address = address, .size = segment->size };
	/* Until it was attached, another segment could take its ID. */
	r = sysv_stat(segment->id, &now);
	if (r == 0 && !segment_may_be(segment, &now))
		r = -CONDITION_MISSING;
	if (r < 0) {
		mapping_detach(mapping);
		return r;
	}
	/* Huge pages refuse this advice, which has no effect on a page that this process
	 * has not touched (Linux 5.4; mm/madvise.c, can_madv_lru_vma()). */
	if (madvise(address, page, MADV_COLD) == 0) {
		mapping->end =
			(uint64_t)(uintptr_t)address + roundup(segment->size, page);
		mapping->page_size = page;
	} else {
		find_mapping(segment, mapping);
	}
	return 0;
}

bool mapping_has_small_pages(const struct mapping *mapping)
{
	return mapping->page_size == small_page_size();
}

int mapping_open_file(const struct mapping *mapping, enum mapping_access access)
{
	char path[96];
	int fd;

	if (mapping->fd >= 0)
		return mapping->fd;
	if (mapping->end == 0)
		return -ENOENT;
	snprintf(path, sizeof(path), "/proc/self/map_files/%" PRIx64 "-%" PRIx64,
		(uint64_t)(uintptr_t)mapping->address, mapping->end);
	fd = open(path, (access == MAPPING_WRITE ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

void mapping_close_file(const struct mapping *mapping, int fd)
{
	if (fd >= 0 && fd != mapping->fd)
		close(fd);
}

void mapping_populate(const struct mapping *mapping, uint64_t offset, uint64_t length)
{
	uint64_t page = small_page_size(), start = offset / page * page;

	madvise(mapping->address + start, offset + length - start, MADV_POPULATE_READ);
}

void mapping_detach(struct mapping *mapping)
{
	if (mapping->address)
		shmdt(mapping->address);
	if (mapping->fd >= 0)
		close(mapping->fd);
	mapping->address = NULL;
	mapping->fd = -1;
}

int mapping_read(
	const struct mapping *mapping, uint64_t offset, void *buffer, size_t length)
{
	for (size_t done = 0; done < length;) {
		struct iovec to = { (char *)buffer + done, length - done };
		struct iovec from = { mapping->address + offset + done, length - done };
		ssize_t n = process_vm_readv(getpid(), &to, 1, &from, 1, 0);

		if (n <= 0)
			return n < 0 ? -errno : -EFAULT;
		done += (size_t)n;
	}
	return 0;
}

int64_t mapping_write(
	const struct mapping *mapping, uint64_t offset, const void *buffer, size_t length)
{
	/* The kernel only reads BUFFER; an iovec has no const. */
	struct iovec from = { (void *)(uintptr_t)buffer, length };
	struct iovec to = { mapping->address + offset, length };
	ssize_t n = process_vm_writev(getpid(), &from, 1, &to, 1, 0);

	if (n < 0)
		return -errno;
	return n == 0 && length > 0 ? -EFAULT : n;
}

bool mapping_can_copy(void)
{
	struct iovec none = { NULL, 0 };

	return process_vm_readv(getpid(), &none, 1, &none, 1, 0) == 0 &&
		process_vm_writev(getpid(), &none, 1, &none, 1, 0) == 0;
}

int mapping_punch(const struct mapping *mapping, uint64_t offset, uint64_t length,
	uint64_t *start, uint64_t *end)
{
	uint64_t page = small_page_size();

	*start = (offset + page - 1) / page * page;
	*end = (offset + length) / page * page;
	*end = MAX(*start, *end);
	/* The memory of an object may be reserved, and must stay so. */
	if (mapping->fd >= 0)
		return -EOPNOTSUPP;
	if (*start < *end &&
		madvise(mapping->address + *start, *end - *start, MADV_REMOVE) < 0)
		return -errno;
	return 0;
}
