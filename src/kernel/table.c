#include "kernel/table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

/* The usual size of a huge page; another only makes the advice useless. */
#define HUGE_PAGE ((size_t)2 << 20)

/* Asks for huge pages where the memory has whole ones: a table of 32,768 segments is
 * over a thousand pages, and the first touch of each costs as much as some segments. */
static void advise(struct segment *segments, size_t size)
{
	uintptr_t start = ((uintptr_t)segments + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
	uintptr_t end = ((uintptr_t)segments + size) & ~(HUGE_PAGE - 1);

	if (start < end)
		madvise((void *)start, end - start, MADV_HUGEPAGE);
}

static int set_capacity(struct segment_table *table, size_t capacity)
{
	size_t size;
	struct segment *grown;
	bool whole;

	if (capacity > SIZE_MAX / 2 / sizeof(*grown))
		return -ENOMEM;
	size = capacity * sizeof(*grown);
	whole = table->capacity == 0 && size >= HUGE_PAGE;
	if (whole)
		size = (size + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
	grown = whole ? aligned_alloc(HUGE_PAGE, size) : realloc(table->segments, size);
	if (!grown)
		return -ENOMEM;
	advise(grown, size);
	table->segments = grown;
	table->capacity = size / sizeof(*grown);
	return 0;
}

void segment_table_reserve(struct segment_table *table, size_t count)
{
	if (count > table->capacity)
		(void)set_capacity(table, count);
}

struct segment *segment_table_extend(struct segment_table *table)
{
	if (table->count == table->capacity &&
		set_capacity(table, table->capacity ? table->capacity * 2 : 16) < 0)
		return NULL;
	return &table->segments[table->count++];
}

int segment_table_add(struct segment_table *table, const struct segment *segment)
{
	struct segment *last = segment_table_extend(table);

	if (!last)
		return -ENOMEM;
	*last = *segment;
	return 0;
}

static int compare_id(const void *a, const void *b)
{
	const struct segment *left = a, *right = b;

	return (left->id > right->id) - (left->id < right->id);
}

void segment_table_order(struct segment_table *table)
{
	if (table->count > 0)
		qsort(table->segments, table->count, sizeof(*table->segments),
			compare_id);
}

const struct segment *segment_table_find(const struct segment_table *table, int id)
{
	const struct segment key = { .id = id };

	return table->count == 0 ? NULL
				 : bsearch(&key, table->segments, table->count,
					   sizeof(*table->segments), compare_id);
}

void segment_table_free(struct segment_table *table)
{
	free(table->segments);
	*table = (struct segment_table){ 0 };
}
