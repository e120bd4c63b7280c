#include "column.h"

#include <stddef.h>
#include <strings.h>

#include "nearest.h"

const struct column *column_find(
	const struct column *columns, const char *name, struct option_fault *fault)
{
	size_t distance = 0;

	for (const struct column *column = columns; column->name; column++) {
		if (strcasecmp(column->name, name) == 0)
			return column;
		name_nearer(name, column->name, &fault->nearest, &distance);
	}
	fault->value = name;
	fault->why = *name ? "no such column; --help lists them"
			   : "a column's name is missing";
	return NULL;
}
