#include "parse/duration.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "parse/number.h"

static const struct unit {
	const char *name;
	uint64_t milliseconds;
} units[] = {
	{ "w", 1000ULL * 3600 * 24 * 7 },
	{ "d", 1000ULL * 3600 * 24 },
	{ "h", 1000ULL * 3600 },
	{ "m", 1000ULL * 60 },
	{ "s", 1000 },
	{ "ms", 1 },
};

/* Return the milliseconds of the unit with this name; 0: there is none. */
static uint64_t unit_milliseconds(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strlen(units[i].name) == length &&
			memcmp(units[i].name, name, length) == 0)
			return units[i].milliseconds;
	}
	return 0;
}

int parse_duration(const char *text, uint64_t *milliseconds)
{
	uint64_t sum = 0;

	for (bool first = true; first || *text; first = false) {
		size_t length = decimal_length(text);
		const char *name = text + length;
		size_t name_length = strcspn(name, "0123456789");
		/* Seconds, if there is no unit at all. */
		uint64_t unit = first && *name == '\0'
			? 1000
			: unit_milliseconds(name, name_length);
		uint64_t value;
		bool exact;
		int r;

		if (length == 0 || unit == 0)
			return -EINVAL;
		r = decimal_multiply(text, unit, &value, &exact);
		if (r < 0)
			return r;
		if (!exact)
			return -EINVAL; /* less than a millisecond */
		if (__builtin_add_overflow(sum, value, &sum))
			return -ERANGE;
		text = name + name_length;
	}
	*milliseconds = sum;
	return 0;
}
