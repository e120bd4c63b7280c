#include "kernel/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cleanup.h"
#include "condition.h"
#include "kernel/attach.h"
#include "kernel/backing.h"
#include "kernel/process.h"

static uint64_t small_page(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

/* SIZE in whole pages, in bytes; UINT64_MAX where that is too large a number. */
static uint64_t round_up(uint64_t size, uint64_t page)
{
	return size > UINT64_MAX - page ? UINT64_MAX : (size + page - 1) / page * page;
}

/* Whether this kernel multiplies the rss of huge pages: Linux 6.7 and later. */
static bool kernel_multiplies(void)
{
	struct utsname name;
	int major, minor;

	if (uname(&name) < 0 || sscanf(name.release, "%d.%d", &major, &minor) != 2)
		return true;
	return major > 6 || (major == 6 && minor >= 7);
}

/* Whether RSS may be that of huge pages of this size, multiplied: it is then a whole
 * number of pages times the factor, fits the segment, and the host has that many. */
static bool may_be_multiplied(
	const struct segment *segment, const struct memory_use *memory, uint64_t page)
{
	uint64_t factor = page / small_page();
	struct huge_pool pool;

	if (memory->rss == 0 || memory->rss % factor != 0 ||
		memory->rss / factor % page != 0 ||
		memory->rss / factor > round_up(segment->size, page))
		return false;
	return huge_pool_read(page, &pool) < 0 ||
		memory->rss / factor / page + pool.unused <= pool.total;
}

/* The one size of huge pages that would explain rss; 0: none, or several. */
static uint64_t explaining_page(
	const struct segment *segment, const struct memory_use *memory)
{
	size_t count;
	const struct backing *all = backing_huge(&count);
	uint64_t page = 0;

	for (size_t i = 0; i < count; i++) {
		if (!may_be_multiplied(segment, memory, all[i].page_size))
			continue;
		if (page != 0)
			return 0;
		page = all[i].page_size;
	}
	return page;
}

/* The least that a multiplied rss can be: one page of 64 KiB, the smallest huge page that
 * any architecture has, times the 16 small ones in it. */
#define LEAST_MULTIPLIED ((uint64_t)1 << 20)

bool memory_in_doubt(const struct segment *segment, const struct memory_use *memory)
{
	const struct backing *all;
	size_t count;

	if (!memory->known || memory->rss < LEAST_MULTIPLIED || !kernel_multiplies())
		return false;
	all = backing_huge(&count);
	for (size_t i = 0; i < count; i++) {
		if (may_be_multiplied(segment, memory, all[i].page_size))
			return true;
	}
	return false;
}

/* The path of the file behind a mapping (proc_pid_map_files(5)). */
static void file_path(const struct attach *attach, char *path, size_t size)
{
	snprintf(path, size, "/proc/%d/map_files/%" PRIx64 "-%" PRIx64,
		(int)process_task(attach->pid), attach->start, attach->end);
}

/* The bytes in memory of the file behind one of the attaches. */
static bool true_rss(const struct attach_target *target, uint64_t *rss)
{
	char path[96];
	struct stat st;

	for (size_t i = 0; i < target->nattaches; i++) {
		file_path(&target->attaches[i], path, sizeof(path));
		if (stat(path, &st) == 0 && st.st_ino == (ino_t)target->segment->id) {
			*rss = (uint64_t)st.st_blocks * 512;
			return true;
		}
	}
	return false;
}

void memory_resolve(struct attach_target *target, struct memory_use *memory)
{
	uint64_t page = target->page_size;

	if (page == small_page() || (page != 0 && true_rss(target, &memory->rss)))
		return;
	if (page == 0)
		page = explaining_page(target->segment, memory);
	/* Small pages may come in folios as large as a small huge page, so only an rss
	 * above the size in whole huge pages is proof. */
	if (page != 0 && memory->rss > round_up(target->segment->size, page)) {
		memory->rss /= page / small_page();
		target->page_size = page;
	} else {
		memory->known = false;
	}
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

/* Pages asked for at once. */
#define WINDOW ((uint64_t)64 << 10)

struct collection {
	struct memory_range *ranges;
	size_t count;
	bool in_doubt; /* what is said to be in memory may be in swap */
};

/* Puts a range at the end, or lengthens the last one. */
static int add_range(
	struct collection *collection, uint64_t offset, uint64_t length, bool resident)
{
	struct memory_range *last =
		collection->count > 0 ? &collection->ranges[collection->count - 1] : NULL;
	struct memory_range *grown;

	if (last && last->resident == resident && last->offset + last->length == offset) {
		last->length += length;
		return 0;
	}
	grown = reallocarray(collection->ranges, collection->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	collection->ranges = grown;
	grown[collection->count++] = (struct memory_range){ offset, length, resident };
	return 0;
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

/* Tells memory from swap in a range that is all data, halving it until it is one or the
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
	if (stat.evicted == 0 || stat.cached == 0 || middle == start)
		return add_range(collection, start, stop - start, stat.evicted == 0);
	r = halve(collection, fd, start, middle);
	return r < 0 ? r : halve(collection, fd, middle, stop);
}

/* The same where the kernel is older: what is not in the page cache, nor in the swap
 * cache, is in swap alone. What is in the swap cache is in swap, too, and counts as SWAP;
 * this says that it is in memory. */
static int ask_mincore(
	struct collection *collection, int fd, uint64_t start, uint64_t stop)
{
	uint64_t page = small_page();
	unsigned char *resident = malloc(WINDOW);
	int r = resident ? 0 : -ENOMEM;

	collection->in_doubt = true;
	for (uint64_t at = start; at < stop && r == 0; at += WINDOW * page) {
		uint64_t length = MIN(stop - at, WINDOW * page);
		void *address = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, (off_t)at);

		if (address == MAP_FAILED) {
			r = -errno;
			break;
		}
		if (mincore(address, length, resident) < 0)
			r = -errno;
		munmap(address, length);
		for (uint64_t i = 0; i * page < length && r == 0; i++)
			r = add_range(collection, at + i * page,
				MIN(page, length - i * page), resident[i] & 1);
	}
	free(resident);
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

/* Whether as much is said to be in swap as the kernel counts of the segment. */
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

/* Opens the file behind one of the attaches. */
static int open_file(const struct attach_target *target, struct stat *st)
{
	int r = -ENOENT;

	for (size_t i = 0; i < target->nattaches; i++) {
		char path[96];
		int fd;

		file_path(&target->attaches[i], path, sizeof(path));
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && fstat(fd, st) == 0 &&
			st->st_ino == (ino_t)target->segment->id)
			return fd;
		r = fd < 0 ? -errno : -ENOENT;
		if (fd >= 0)
			close(fd);
	}
	return r;
}

int memory_ranges(const struct attach_target *target, const struct memory_use *memory,
	struct memory_range **ranges, size_t *count)
{
	struct collection collection = { 0 };
	int CLEANUP_FD fd = -1;
	struct stat st = { 0 };
	int r;

	*ranges = NULL;
	*count = 0;
	if (target->nattaches > 0 && target->page_size != small_page())
		return -CONDITION_HUGE_PAGES;
	fd = open_file(target, &st);
	if (fd < 0)
		return fd;
	if (st.st_size <= 0)
		return 0;
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
