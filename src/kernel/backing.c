#include "kernel/backing.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"

/* memfd_create(2) takes the size of huge pages as a power of two at this bit. */
#define HUGE_SHIFT 26

/* More than any architecture has. */
#define BACKINGS_MAX 16

static bool probe(unsigned int flags, uint64_t page_size, struct backing *backing)
{
	int CLEANUP_FD fd = memfd_create("shmtool", MFD_CLOEXEC | flags);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return false;
	*backing = (struct backing){ st.st_dev, page_size };
	return true;
}

uint64_t small_page_size(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

static struct backing tmpfs;

static bool find_tmpfs(void)
{
	return tmpfs.page_size > 0 || probe(0, small_page_size(), &tmpfs);
}

const struct backing *backing_huge(size_t *count)
{
	static struct backing found[BACKINGS_MAX];
	static size_t nfound;
	static unsigned int shift = 12;

	for (; shift < 40 && nfound < BACKINGS_MAX; shift++) {
		if (probe(MFD_HUGETLB | shift << HUGE_SHIFT, (uint64_t)1 << shift,
			    &found[nfound]))
			nfound++;
	}
	*count = nfound;
	return nfound > 0 || find_tmpfs() ? found : NULL;
}

uint64_t backing_page_size(dev_t device)
{
	const struct backing *huge;
	size_t count;

	if (!find_tmpfs())
		return 0;
	if (tmpfs.device == device)
		return tmpfs.page_size;
	huge = backing_huge(&count);
	for (size_t i = 0; i < count; i++) {
		if (huge[i].device == device)
			return huge[i].page_size;
	}
	return 0;
}

uint64_t backing_huge_page_size(void)
{
	struct backing usual;

	return probe(MFD_HUGETLB, 0, &usual) ? backing_page_size(usual.device) : 0;
}

static bool read_pool(uint64_t page_size, const char *name, uint64_t *pages)
{
	FILE CLEANUP_FILE *file = NULL;
	char path[128];

	snprintf(path, sizeof(path),
		"/sys/kernel/mm/hugepages/hugepages-%" PRIu64 "kB/%s", page_size / 1024,
		name);
	file = xfopen(path);
	return file && fscanf(file, "%" SCNu64, pages) == 1;
}

int huge_pool_read(uint64_t page_size, struct huge_pool *pool)
{
	if (!read_pool(page_size, "nr_hugepages", &pool->total) ||
		!read_pool(page_size, "free_hugepages", &pool->unused) ||
		!read_pool(page_size, "resv_hugepages", &pool->reserved) ||
		!read_pool(page_size, "surplus_hugepages", &pool->surplus) ||
		!read_pool(page_size, "nr_overcommit_hugepages", &pool->overcommit))
		return -ENOENT;
	return 0;
}
