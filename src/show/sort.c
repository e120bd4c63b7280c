#include "show/sort.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"

/* A row and the value to sort it by. */
struct key {
	const void *row;
	bool known;
	struct value value;
};

static void read_key(struct key *key, const struct column *column, const void *row)
{
	*key = (struct key){ .row = row };
	key->known = column->get(row, &key->value);
}

static int compare_values(
	const struct column *column, const struct key *a, const struct key *b)
{
	if (!a->known || !b->known)
		return a->known - b->known;
	if (column->type == COLUMN_NUMBERS)
		return strverscmp(a->value.text, b->value.text);
	if (column_is_text(column))
		return strcmp(a->value.text, b->value.text);
	if (a->value.negative || b->value.negative)
		return b->value.negative - a->value.negative;
	return (a->value.number > b->value.number) - (a->value.number < b->value.number);
}

int sort_compare(const struct column *column, const void *a, const void *b)
{
	struct key left, right;
	int order;

	read_key(&left, column, a);
	read_key(&right, column, b);
	order = compare_values(column, &left, &right);
	free(left.value.allocated);
	free(right.value.allocated);
	return order;
}

static int compare_keys(const void *a, const void *b, void *data)
{
	const struct key *left = *(struct key *const *)a;
	const struct key *right = *(struct key *const *)b;
	const struct sort *sort = data;
	int order = compare_values(sort->column, left, right);

	/* Equal rows keep their order, which is that of the array of keys. */
	if (order == 0)
		return (left > right) - (left < right);
	return sort->descending ? -order : order;
}

/* Sort pointers to COUNT rows by one column. */
static void sort_by(const struct sort *sort, const void **rows, size_t count)
{
	/* Sort pointers to the keys: a value may point into itself. */
	struct key CLEANUP_FREE *keys = xcalloc(count, sizeof(*keys));
	struct key CLEANUP_FREE **order = xcalloc(count, sizeof(struct key *));

	for (size_t i = 0; i < count; i++) {
		read_key(&keys[i], sort->column, rows[i]);
		order[i] = &keys[i];
	}
	qsort_r(order, count, sizeof(struct key *), compare_keys,
		(void *)(uintptr_t)sort);
	for (size_t i = 0; i < count; i++) {
		rows[i] = order[i]->row;
		free(order[i]->value.allocated);
	}
}

const void **sort_rows(const struct sort *sorts, size_t nsorts, const void *rows,
	size_t count, size_t size)
{
	const void **sorted = xcalloc(count, sizeof(*sorted));

	for (size_t i = 0; i < count; i++)
		sorted[i] = (const char *)rows + i * size;
	/* Sort by the first column last: its order counts most. */
	for (size_t i = nsorts; i > 0; i--)
		sort_by(&sorts[i - 1], sorted, count);
	return sorted;
}
