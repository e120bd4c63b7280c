#include "kernel/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "condition.h"
#include "kernel/backing.h"
#include "kernel/version.h"

static uint64_t small_page(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Round SIZE up to whole pages, in bytes; UINT64_MAX if that is too large a number. */
static uint64_t round_up(uint64_t size, uint64_t page)
{
	return size > UINT64_MAX - page ? UINT64_MAX : (size + page - 1) / page * page;
}

/* Return whether RSS may be that of huge pages of this size, multiplied: then it is a
 * whole number of pages times the factor, fits the segment, and the host has that many.
 */
static bool may_be_multiplied(const struct memory_target *target, uint64_t page)
{
	uint64_t rss = target->memory->rss;
	uint64_t factor = page / small_page();
	struct huge_pool pool;

	if (rss == 0 || rss % factor != 0 || rss / factor % page != 0 ||
		rss / factor > round_up(target->segment->size, page))
		return false;
	return huge_pool_read(page, &pool) < 0 ||
		rss / factor / page + pool.unused <= pool.total;
}

/* Count the sizes of huge pages that would explain rss. *PAGE: the last one. */
static size_t explaining_pages(const struct memory_target *target, uint64_t *page)
{
	size_t count, explaining = 0;
	const struct backing *all = backing_huge(&count);

	for (size_t i = 0; i < count; i++) {
		if (!may_be_multiplied(target, all[i].page_size))
			continue;
		*page = all[i].page_size;
		explaining++;
	}
	return explaining;
}

/* A multiplied rss is at least one page of 64 KiB, the smallest huge page of any
 * architecture, times the 16 small ones in it. */
#define MIN_MULTIPLIED ((uint64_t)1 << 20)

static bool in_doubt(const struct memory_target *target)
{
	uint64_t page;

	return target->memory->known && target->memory->rss >= MIN_MULTIPLIED &&
		explaining_pages(target, &page) > 0;
}

/* Open the file behind one of the attaches that were found. */
static int open_file(const struct attach_target *target)
{
	int r = -ENOENT;

	for (size_t i = 0; i < target->nattaches && r < 0; i++)
		r = attach_open(&target->attaches[i], target->segment);
	return r;
}

/* Read the bytes in memory from the file behind one of the attaches. */
static bool read_file_rss(const struct attach_target *attached, uint64_t *rss)
{
	int CLEANUP_FD fd = open_file(attached);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return false;
	*rss = (uint64_t)st.st_blocks * 512;
	return true;
}

/* Correct the rss of one segment, whose attaches were sought. */
static void correct(struct memory_target *target, const struct attach_target *attached)
{
	struct memory_use *memory = target->memory;
	uint64_t page = attached->page_size;

	target->page_size = page;
	if (page == small_page() || (page != 0 && read_file_rss(attached, &memory->rss)))
		return;
	/* Small pages may come in folios as large as the smallest huge page, so only an
	 * rss above the size rounded up to that is proof. */
	if ((page != 0 || explaining_pages(target, &page) == 1) &&
		memory->rss > round_up(target->segment->size, page)) {
		memory->rss /= page / small_page();
		target->page_size = page;
	} else {
		memory->known = false;
	}
}

void memory_correct(struct memory_target *targets, size_t count)
{
	struct memory_target CLEANUP_FREE **doubtful = xcalloc(count, sizeof(*doubtful));
	struct attach_target CLEANUP_FREE *attached = xcalloc(count, sizeof(*attached));
	struct attach_list list = { 0 };
	size_t ndoubtful = 0;

	/* Since Linux 6.7, where huge pages are indexed by small ones. */
	for (size_t i = 0; i < count && kernel_is_at_least(6, 7); i++) {
		struct memory_target *target = &targets[i];

		if (!in_doubt(target))
			continue;
		doubtful[ndoubtful] = target;
		attached[ndoubtful++] =
			(struct attach_target){ .segment = target->segment,
				.ns = target->ns };
	}
	/* Without /proc, nothing is found, and numbers in doubt become unknown. */
	if (ndoubtful > 0)
		attaches_find(attached, ndoubtful, ATTACH_ALL, &list);
	for (size_t i = 0; i < ndoubtful; i++)
		correct(doubtful[i], &attached[i]);
	attaches_free(&list);
}

bool memory_huge_pages(void)
{
	size_t count;
	const struct backing *all = backing_huge(&count);

	for (size_t i = 0; i < count; i++) {
		struct huge_pool pool;

		if (huge_pool_read(all[i].page_size, &pool) < 0 || pool.total > 0)
			return true;
	}
	return false;
}

/* Pages in one call of mincore(2). */
#define WINDOW ((uint64_t)64 << 10)

struct collection {
	struct memory_range *ranges;
	size_t count;
	bool in_doubt; /* what is said to be in memory may be in swap */
};

/* Add a range at the end, or lengthen the last one. */
static void add_range(
	struct collection *collection, uint64_t offset, uint64_t length, bool resident)
{
	struct memory_range *last =
		collection->count > 0 ? &collection->ranges[collection->count - 1] : NULL;

	if (last && last->resident == resident && last->offset + last->length == offset) {
		last->length += length;
		return;
	}
	collection->ranges =
		xgrow(collection->ranges, collection->count, sizeof(*collection->ranges));
	collection->ranges[collection->count++] =
		(struct memory_range){ offset, length, resident };
}

/* Linux 6.5, include/uapi/linux/mman.h; mm/filemap.c, filemap_cachestat: pages of a tmpfs
 * file that are in swap count as evicted. */
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

struct cachestat_range {
	uint64_t offset, length;
};

struct cachestat {
	uint64_t cached, dirty, writeback, evicted, recently_evicted; /* pages */
};

/* Tell memory from swap in a range that is all data, halving it until it is one or the
 * other. */
/* NOLINTNEXTLINE(misc-no-recursion): each time it is half as much */
static int halve(struct collection *collection, int fd, uint64_t start, uint64_t stop)
{
	struct cachestat_range range = { start, stop - start };
	struct cachestat stat = { 0 };
	uint64_t page = small_page(), middle, pages = (stop - start + page - 1) / page;
	int r;

	if (syscall(SYS_cachestat, fd, &range, &stat, 0) < 0)
		return -errno;
	middle = start + pages / 2 * page;
	if (stat.evicted == 0 || stat.cached == 0 || middle == start) {
		add_range(collection, start, stop - start, stat.evicted == 0);
		return 0;
	}
	r = halve(collection, fd, start, middle);
	return r < 0 ? r : halve(collection, fd, middle, stop);
}

/* The same on an older kernel: what is neither in the page cache nor in the swap cache is
 * in swap alone. What is in the swap cache is in swap, too, and counts as SWAP; mincore
 * says that it is in memory. */
static int ask_mincore(
	struct collection *collection, int fd, uint64_t start, uint64_t stop)
{
	unsigned char CLEANUP_FREE *resident = xmalloc(WINDOW);
	uint64_t page = small_page();
	int r = 0;

	collection->in_doubt = true;
	for (uint64_t at = start; at < stop && r == 0; at += WINDOW * page) {
		uint64_t length = MIN(stop - at, WINDOW * page);
		void *address = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, (off_t)at);

		if (address == MAP_FAILED)
			return -errno;
		if (mincore(address, length, resident) < 0)
			r = -errno;
		munmap(address, length);
		for (uint64_t i = 0; i * page < length && r == 0; i++)
			add_range(collection, at + i * page, MIN(page, length - i * page),
				resident[i] & 1);
	}
	return r;
}

static int collect(struct collection *collection, int fd, uint64_t size)
{
	off_t start, stop = 0;
	int r = 0;

	while (r == 0 && (uint64_t)stop < size) {
		start = lseek(fd, stop, SEEK_DATA);
		if (start < 0)
			return errno == ENXIO ? 0 : -errno;
		stop = lseek(fd, start, SEEK_HOLE);
		if (stop < 0)
			return -errno;
		r = halve(collection, fd, (uint64_t)start, (uint64_t)stop);
		if (r == -ENOSYS)
			r = ask_mincore(collection, fd, (uint64_t)start, (uint64_t)stop);
	}
	return r;
}

/* Return whether the ranges in swap are as much as the kernel counts of the segment. */
static bool adds_up(const struct collection *collection, const struct memory_use *memory)
{
	uint64_t page = small_page(), swap = 0;

	for (size_t i = 0; i < collection->count; i++) {
		const struct memory_range *range = &collection->ranges[i];

		if (!range->resident)
			swap += round_up(range->length, page);
	}
	return memory->known && swap == memory->swap;
}

int memory_ranges(const struct attach_target *target, const struct memory_use *memory,
	struct memory_range **ranges, size_t *count)
{
	struct collection collection = { 0 };
	int CLEANUP_FD fd = -1;
	struct stat st;
	int r;

	*ranges = NULL;
	*count = 0;
	if (target->nattaches > 0 && target->page_size != small_page())
		return -CONDITION_HUGE_PAGES;
	fd = open_file(target);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	r = collect(&collection, fd, (uint64_t)st.st_size);
	if (r == 0 && collection.in_doubt && !adds_up(&collection, memory))
		r = -CONDITION_SWAP_UNKNOWN;
	if (r < 0) {
		free(collection.ranges);
		return r;
	}
	*ranges = collection.ranges;
	*count = collection.count;
	return 0;
}
