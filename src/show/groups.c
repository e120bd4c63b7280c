#include "show/groups.h"

#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "show/getter.h"
#include "show/sort.h"

static bool get_value(const void *data, struct value *value)
{
	const struct row_group *group = data;

	return group->column->get(group->first, value);
}

GETTER(count, struct row_group, value_number(value, row->count))
GETTER(size, struct row_group, value_number(value, row->size))
GETTER(rss, struct row_group, !row->memory_unknown && value_number(value, row->rss))
GETTER(swap, struct row_group, !row->memory_unknown && value_number(value, row->swap))
GETTER(nattch, struct row_group, !row->users_unknown && value_number(value, row->nattch))

#define DEFAULT COLUMN_DEFAULT
#define MEMORY  FINDING_MEMORY

// clang-format off
const struct column sum_columns[SUM_COLUMNS] = {
	{ "COUNT", COLUMN_NUMBER, DEFAULT, 0, get_count, "number of segments or objects" },
	{ "SIZE", COLUMN_SIZE, DEFAULT, 0, get_size, "bytes requested" },
	{ "RSS", COLUMN_SIZE, DEFAULT, MEMORY, get_rss, "bytes in memory" },
	{ "SWAP", COLUMN_SIZE, DEFAULT, MEMORY, get_swap, "bytes in swap" },
	{ "NATTCH", COLUMN_NUMBER, DEFAULT, FINDING_USERS, get_nattch, "number of attaches" },
};
// clang-format on

const struct column *group_columns(const struct column *column)
{
	static struct column columns[SUM_COLUMNS + 2];
	size_t n = 0;

	columns[n] = *column;
	columns[n].flags |= COLUMN_DEFAULT;
	columns[n].get = get_value;
	columns[n++].color = NULL;
	for (size_t i = 0; i < SUM_COLUMNS; i++) {
		if (strcmp(sum_columns[i].name, column->name) != 0)
			columns[n++] = sum_columns[i];
	}
	columns[n] = (struct column){ 0 };
	return columns;
}

static void add(uint64_t *sum, uint64_t number)
{
	if (__builtin_add_overflow(*sum, number, sum))
		*sum = UINT64_MAX;
}

static void add_row(struct row_group *group, const struct row *row)
{
	if (!group->first)
		group->first = row;
	group->count++;
	group->objects += row_is_posix(row);
	add(&group->nattch, row_nattch(row));
	group->users_unknown =
		group->users_unknown || (row_is_posix(row) && !row->segment.tmpfs);
	add(&group->size, row->segment.size);
	add(&group->rss, row->memory.rss);
	add(&group->swap, row->memory.swap);
	group->memory_unknown = group->memory_unknown || !row->memory.known;
}

struct row_group total_of(const struct row *rows, size_t count)
{
	struct row_group total = { 0 };

	for (size_t i = 0; i < count; i++)
		add_row(&total, &rows[i]);
	return total;
}

struct output_total output_total_of(const struct row_group *sums, unsigned int kinds)
{
	bool objects = sums->objects == sums->count &&
		(sums->count > 0 || kinds == SEGMENTS_POSIX);

	/* All but NATTCH. */
	return (struct output_total){ sums, sum_columns, SUM_COLUMNS - 1,
		objects ? "object" : "segment" };
}

struct row_group *groups_of(const struct column *column, const struct row *rows,
	size_t count, size_t *ngroups)
{
	const struct sort sort = { .column = column };
	const void CLEANUP_FREE **sorted =
		sort_rows(&sort, 1, rows, count, sizeof(*rows));
	struct row_group *groups = NULL;
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (i == 0 || sort_compare(column, sorted[i - 1], sorted[i]) != 0) {
			groups = xgrow(groups, n, sizeof(*groups));
			groups[n++] = (struct row_group){ .column = column };
		}
		add_row(&groups[n - 1], sorted[i]);
	}
	*ngroups = n;
	return groups;
}
