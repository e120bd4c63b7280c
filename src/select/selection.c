#include "select/selection.h"

#include <errno.h>
#include <stdlib.h>

#include "kernel/enumerate.h"
#include "select/orphan.h"

static int find_operands(
	struct selection *selection, const struct operand *operands, size_t count)
{
	selection->failures = calloc(count, sizeof(*selection->failures));
	if (!selection->failures)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct segment segment;
		int r = operand_find(&operands[i], &segment);

		if (r < 0) {
			selection->failures[selection->nfailures++] =
				(struct selection_failure){ &operands[i], r };
			continue;
		}
		r = segment_table_add(&selection->table, &segment);
		if (r < 0)
			return r;
	}
	return 0;
}

static int compare_id(const void *a, const void *b)
{
	const struct segment *left = a, *right = b;

	return (left->id > right->id) - (left->id < right->id);
}

/* Takes rss and swap of the segments named from the table of all. */
static int add_memory(struct segment_table *named)
{
	struct segment_table all;
	int r = enumerate_segments(&all);

	if (r == 0 && all.count > 0)
		qsort(all.segments, all.count, sizeof(*all.segments), compare_id);
	for (size_t i = 0; r == 0 && all.count > 0 && i < named->count; i++) {
		struct segment *segment = &named->segments[i];
		const struct segment *found = bsearch(segment, all.segments, all.count,
			sizeof(*all.segments), compare_id);

		if (!found || !found->has_memory)
			continue;
		segment->has_memory = true;
		segment->rss = found->rss;
		segment->swap = found->swap;
	}
	named->bad_lines = all.bad_lines;
	named->first_bad_line = all.first_bad_line;
	segment_table_free(&all);
	return r;
}

static void keep_matching(struct segment_table *table, const struct filter *filter)
{
	size_t kept = 0;

	for (size_t i = 0; i < table->count; i++) {
		if (filter_match(filter, &table->segments[i]))
			table->segments[kept++] = table->segments[i];
	}
	table->count = kept;
}

int selection_read(struct selection *selection, const struct operand *operands,
	size_t count, const struct filter *filter, unsigned int needs)
{
	struct segment_table *table = &selection->table;
	int r;

	*selection = (struct selection){ 0 };
	if (count > 0)
		r = find_operands(selection, operands, count);
	else
		r = enumerate_segments(table);
	if (r < 0)
		return r;
	if (filter)
		keep_matching(table, filter);
	if (count > 0 && table->count > 0 && (needs & SEGMENT_MEMORY)) {
		r = add_memory(table);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < table->count && (needs & SEGMENT_ORPHAN); i++)
		table->segments[i].orphan = segment_is_orphan(&table->segments[i]);
	return 0;
}

void selection_forget_missing(struct selection *selection)
{
	size_t kept = 0;

	for (size_t i = 0; i < selection->nfailures; i++) {
		const struct selection_failure *failure = &selection->failures[i];

		if (!operand_missing(failure->operand, failure->error))
			selection->failures[kept++] = *failure;
	}
	selection->nfailures = kept;
}

void selection_free(struct selection *selection)
{
	segment_table_free(&selection->table);
	free(selection->failures);
	selection->failures = NULL;
}
