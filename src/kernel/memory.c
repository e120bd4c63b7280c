#include "kernel/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "condition.h"
#include "kernel/backing.h"
#include "kernel/posix.h"
#include "kernel/version.h"

/* Bytes of a block in st_blocks (inode(7)). */
#define BLOCK 512

/* Round SIZE up to whole pages, in bytes; UINT64_MAX on overflow. */
static uint64_t round_up(uint64_t size, uint64_t page)
{
	return size > UINT64_MAX - page ? UINT64_MAX : (size + page - 1) / page * page;
}

/* The pages in use of each pool of huge pages, in the order of backing_huge(). */
static uint64_t *used_pages;

void memory_read_pools(void)
{
	size_t count;
	const struct backing *all = backing_huge(&count);

	free(used_pages);
	used_pages = xcalloc(count, sizeof(*used_pages));
	for (size_t i = 0; i < count; i++) {
		struct huge_pool pool;

		used_pages[i] = huge_pool_read(all[i].page_size, &pool) < 0
			? UINT64_MAX
			: pool.total - pool.unused;
	}
}

/* Return whether RSS may be that of huge pages of this size: a whole number of them, as
 * many as fit into the segment, and no more than USED, those in use on the host. */
static bool may_be_pages(
	uint64_t rss, uint64_t page, uint64_t used, const struct segment *segment)
{
	return rss > 0 && rss % page == 0 && rss <= round_up(segment->size, page) &&
		rss / page <= used;
}

/* The same for an RSS that the kernel multiplied. */
static bool may_be_multiplied(
	uint64_t rss, uint64_t page, uint64_t used, const struct segment *segment)
{
	uint64_t factor = page / small_page_size();

	return rss % factor == 0 && may_be_pages(rss / factor, page, used, segment);
}

/* Count the sizes of huge pages that would explain RSS. *PAGE: the last such size. */
static size_t count_explanations(
	uint64_t rss, const struct segment *segment, uint64_t *page)
{
	size_t count, explanations = 0;
	const struct backing *all = backing_huge(&count);

	for (size_t i = 0; i < count; i++) {
		if (!may_be_multiplied(rss, all[i].page_size, used_pages[i], segment))
			continue;
		*page = all[i].page_size;
		explanations++;
	}
	return explanations;
}

bool memory_in_doubt(const struct memory_use *memory, const struct segment *segment)
{
	uint64_t page;

	return memory->known && kernel_is_at_least(6, 7) &&
		count_explanations(memory->rss, segment, &page) > 0;
}

bool memory_may_be_huge(const struct memory_use *memory, const struct segment *segment)
{
	size_t count;
	const struct backing *all = backing_huge(&count);

	if (!memory->known || memory->rss == 0 || memory_in_doubt(memory, segment))
		return true;
	for (size_t i = 0; i < count; i++) {
		if (may_be_pages(memory->rss, all[i].page_size, used_pages[i], segment))
			return true;
	}
	return false;
}

/* Open the object, or the segment's file through one of the attaches that were found. */
static int open_file(const struct attach_target *target)
{
	int r = -ENOENT;

	if (target->segment->type == SEGMENT_POSIX)
		return posix_open(target->segment, POSIX_INSPECT);
	for (size_t i = 0; i < target->nattaches && r < 0; i++)
		r = attach_open(&target->attaches[i], target->segment);
	return r;
}

/* Read the bytes in memory from the segment's file, opened through an attach. */
static bool read_file_rss(const struct attach_target *attached, uint64_t *rss)
{
	int CLEANUP_FD fd = open_file(attached);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return false;
	*rss = (uint64_t)st.st_blocks * BLOCK;
	return true;
}

uint64_t memory_correct(struct memory_use *memory, const struct attach_target *attached)
{
	const struct segment *segment = attached->segment;
	uint64_t page = attached->page_size;

	if (page == small_page_size() ||
		(page != 0 && read_file_rss(attached, &memory->rss)))
		return page;
	/* Small pages may come in folios as large as the smallest huge page, so only an
	 * RSS above the size of the segment, rounded up to huge pages, is proof. */
	if ((page != 0 || count_explanations(memory->rss, segment, &page) == 1) &&
		memory->rss > round_up(segment->size, page)) {
		memory->rss /= page / small_page_size();
		return page;
	}
	memory->known = false;
	return attached->page_size;
}

/* Read the value of a line such as "Shmem: 16956 kB" of /proc/meminfo, in bytes. */
static int read_meminfo(const char *name, uint64_t *bytes)
{
	FILE CLEANUP_FILE *meminfo = xfopen("/proc/meminfo");
	char line[128];

	while (meminfo && fgets(line, sizeof(line), meminfo)) {
		uint64_t kilobytes;

		if (strncmp(line, name, strlen(name)) != 0 ||
			sscanf(line + strlen(name), ": %" SCNu64, &kilobytes) != 1)
			continue;
		*bytes = kilobytes * 1024;
		return 0;
	}
	return -ENOENT;
}

int memory_shmem(uint64_t *bytes)
{
	return read_meminfo("Shmem", bytes);
}

bool memory_huge_pages(void)
{
	uint64_t bytes;

	/* The memory of all pools (Linux 4.20; mm/hugetlb.c, hugetlb_report_meminfo). */
	return read_meminfo("Hugetlb", &bytes) < 0 || bytes > 0;
}

/* Pages per mincore(2) call. */
#define WINDOW ((uint64_t)64 << 10)

struct range_list {
	struct memory_range *ranges;
	size_t count;
	bool in_doubt; /* resident ranges may be in swap */
};

/* Add a range at the end, or lengthen the last one. */
static void add_range(
	struct range_list *list, uint64_t offset, uint64_t length, bool resident)
{
	struct memory_range *last =
		list->count > 0 ? &list->ranges[list->count - 1] : NULL;

	if (last && last->resident == resident && last->offset + last->length == offset) {
		last->length += length;
		return;
	}
	list->ranges = xgrow(list->ranges, list->count, sizeof(*list->ranges));
	list->ranges[list->count++] = (struct memory_range){ offset, length, resident };
}

/* Linux 6.5, include/uapi/linux/mman.h; mm/filemap.c, filemap_cachestat: pages of a tmpfs
 * file that are in swap count as evicted. */
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

struct cachestat {
	uint64_t cached, dirty, writeback, evicted, recently_evicted; /* pages */
};

/* Count the pages of a range. */
static int count_pages(int fd, uint64_t start, uint64_t stop, struct cachestat *pages)
{
	uint64_t range[] = { start, stop - start }; /* offset, length */

	return syscall(SYS_cachestat, fd, range, pages, 0) < 0 ? -errno : 0;
}

/* Split a range into holes, ranges in memory and ranges in swap: halve it until each part
 * is all of one kind. Unlike SEEK_DATA, this finds memory that was reserved
 * (fallocate(2)), too. */
/* NOLINTNEXTLINE(misc-no-recursion): halves the range each time */
static int split_range(struct range_list *list, int fd, uint64_t start, uint64_t stop)
{
	struct cachestat stat = { 0 };
	uint64_t page = small_page_size(), middle,
		 pages = (stop - start + page - 1) / page;
	int r = count_pages(fd, start, stop, &stat);

	if (r < 0 || (stat.cached == 0 && stat.evicted == 0))
		return r;
	middle = start + pages / 2 * page;
	if (stat.cached >= pages || stat.evicted >= pages || middle == start) {
		add_range(list, start, stop - start, stat.cached > 0);
		return 0;
	}
	r = split_range(list, fd, start, middle);
	return r < 0 ? r : split_range(list, fd, middle, stop);
}

/* Return whether some memory of the host is in swap. */
static bool swap_is_used(void)
{
	struct sysinfo info;

	return sysinfo(&info) < 0 || info.freeswap < info.totalswap;
}

bool memory_in_swap(uint64_t blocks)
{
	return blocks > 0 && swap_is_used();
}

struct memory_use memory_of_file(int path, uint64_t blocks)
{
	struct memory_use memory = { .known = true, .rss = blocks * BLOCK };
	struct cachestat stat = { 0 };
	int CLEANUP_FD fd = -1;
	char link[64];

	if (!memory_in_swap(blocks))
		return memory;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", path);
	/* Do not wait for a process that has a lease (fcntl(2), F_SETLEASE). */
	fd = open(link, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	memory.known = fd >= 0 && count_pages(fd, 0, INT64_MAX, &stat) == 0;
	if (memory.known) {
		memory.swap =
			memory.rss - MIN(stat.cached * small_page_size(), memory.rss);
		memory.rss -= memory.swap;
	}
	return memory;
}

/* Split a range without holes before Linux 6.5, with mincore(2). The kernel counts pages
 * in the swap cache as SWAP, but mincore says that they are in memory. */
static int split_range_by_page(
	struct range_list *list, int fd, uint64_t start, uint64_t stop)
{
	static unsigned char resident[WINDOW];
	uint64_t page = small_page_size();
	int r = 0;

	list->in_doubt = true;
	for (uint64_t at = start; at < stop && r == 0; at += WINDOW * page) {
		uint64_t length = MIN(stop - at, WINDOW * page);
		void *address = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, (off_t)at);

		if (address == MAP_FAILED)
			return -errno;
		if (mincore(address, length, resident) < 0)
			r = -errno;
		munmap(address, length);
		for (uint64_t i = 0; i * page < length && r == 0; i++)
			add_range(list, at + i * page, MIN(page, length - i * page),
				resident[i] & 1);
	}
	return r;
}

static int find_ranges(struct range_list *list, int fd, uint64_t size)
{
	off_t start, stop = 0;
	int r = size > 0 ? split_range(list, fd, 0, size) : 0;

	if (r != -ENOSYS)
		return r;
	list->count = 0;
	for (r = 0; r == 0 && (uint64_t)stop < size;) {
		start = lseek(fd, stop, SEEK_DATA);
		if (start < 0)
			return errno == ENXIO ? 0 : -errno;
		stop = lseek(fd, start, SEEK_HOLE);
		if (stop < 0)
			return -errno;
		r = split_range_by_page(list, fd, (uint64_t)start, (uint64_t)stop);
	}
	return r;
}

/* Return whether the ranges in swap add up to the kernel's sum for the segment. */
static bool adds_up(const struct range_list *list, const struct memory_use *memory)
{
	uint64_t page = small_page_size(), swap = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct memory_range *range = &list->ranges[i];

		if (!range->resident)
			swap += round_up(range->length, page);
	}
	return memory->known && swap == memory->swap;
}

int memory_ranges(const struct attach_target *target, const struct memory_use *memory,
	struct memory_range **ranges, size_t *count)
{
	struct range_list list = { 0 };
	int CLEANUP_FD fd = -1;
	struct stat st;
	int r;

	*ranges = NULL;
	*count = 0;
	if (target->segment->type == SEGMENT_SYSV && target->nattaches > 0 &&
		target->page_size != small_page_size())
		return -CONDITION_HUGE_PAGES;
	fd = open_file(target);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	r = find_ranges(&list, fd, (uint64_t)st.st_size);
	if (r == 0 && list.in_doubt && !adds_up(&list, memory))
		r = -CONDITION_SWAP_UNKNOWN;
	*ranges = list.ranges;
	*count = list.count;
	return r;
}
