#include "kernel/table.h"

#include <errno.h>
#include <stdlib.h>

int segment_table_add(struct segment_table *table, const struct segment *segment)
{
	/* Grows at the powers of two from 16 on, so that no capacity need be kept. */
	if (table->count == 0 ||
		(table->count >= 16 && (table->count & (table->count - 1)) == 0)) {
		size_t capacity = table->count ? table->count * 2 : 16;
		struct segment *grown =
			reallocarray(table->segments, capacity, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		table->segments = grown;
	}
	table->segments[table->count++] = *segment;
	return 0;
}

void segment_table_free(struct segment_table *table)
{
	free(table->segments);
	*table = (struct segment_table){ 0 };
}
