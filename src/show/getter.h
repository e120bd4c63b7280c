/*
 * How a column's function gets its value from a row: see struct column.
 */
#ifndef SHMTOOL_SHOW_GETTER_H
#define SHMTOOL_SHOW_GETTER_H

#include "column.h"

static inline bool value_number(struct value *value, uint64_t number)
{
	value->number = number;
	return true;
}

/* TEXT may be NULL: unknown. */
static inline bool value_text(struct value *value, const char *text)
{
	value->text = text;
	return text;
}

/* Define the function get_NAME of a column: it returns RESULT, an expression that sets
 * VALUE from ROW, a TYPE. */
#define GETTER(name, type, result)                                                       \
	static bool get_##name(const void *data, struct value *value)                    \
	{                                                                                \
		const type *row = data;                                                  \
		return result;                                                           \
	}

#endif
