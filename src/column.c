#include "column.h"

#include <stddef.h>
#include <strings.h>

#include "nearest.h"

const struct column *column_find(
	const struct column *columns, const char *name, struct usage_error *usage_error)
{
	size_t distance = 0;

	usage_error->nearest = NULL;
	for (const struct column *column = columns; column->name; column++) {
		if (strcasecmp(column->name, name) == 0) {
			usage_error->nearest = NULL;
			return column;
		}
		name_nearer(name, column->name, &usage_error->nearest, &distance);
	}
	usage_error->value = name;
	usage_error->why = *name ? "no such column; --help lists them"
				 : "a column's name is missing";
	return NULL;
}
