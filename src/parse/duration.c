#include "parse/duration.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "parse/number.h"

#define DIGITS "0123456789"

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

#define NUNITS (sizeof(units) / sizeof(*units))

/* The unit that is all the letters at TEXT, up to the next number. */
static const struct unit *find_unit(const char *text)
{
	size_t length = strcspn(text, DIGITS);

	for (size_t i = 0; i < NUNITS; i++) {
		if (strlen(units[i].name) == length &&
			memcmp(units[i].name, text, length) == 0)
			return &units[i];
	}
	return NULL;
}

/* A week has 2^10 * 590625 milliseconds and no unit has a higher power of two or five, so
 * that what has more decimals is never a whole number of them. */
#define DECIMALS_MAX 10

/* Adds to *SUM the decimals at TEXT, parts of UNIT. */
static int add_decimals(const char *text, size_t digits, uint64_t unit, uint64_t *sum)
{
	uint64_t value = 0, whole = 1;

	if (digits == 0)
		return -EINVAL;
	while (digits > 0 && text[digits - 1] == '0')
		digits--;
	if (digits > DECIMALS_MAX)
		return -EINVAL;
	for (size_t i = 0; i < digits; i++) {
		value = value * 10 + (uint64_t)(text[i] - '0');
		whole *= 10;
	}
	if (value * unit % whole > 0)
		return -EINVAL; /* less than a millisecond */
	return __builtin_add_overflow(*sum, value * unit / whole, sum) ? -ERANGE : 0;
}

int parse_duration(const char *text, uint64_t *milliseconds)
{
	bool first = true;
	uint64_t sum = 0;

	do {
		size_t digits = strspn(text, DIGITS), decimals = 0;
		const char *behind = text + digits;
		const struct unit *unit;
		uint64_t value = 0;
		int r = parse_digits(text, digits, 10, &value);

		if (r < 0)
			return r;
		if (*behind == '.') {
			decimals = strspn(++behind, DIGITS);
			behind += decimals;
		}
		/* Without any unit, seconds. */
		unit = find_unit(*behind == '\0' && first ? "s" : behind);
		if (!unit)
			return -EINVAL;
		if (__builtin_mul_overflow(value, unit->milliseconds, &value) ||
			__builtin_add_overflow(sum, value, &sum))
			return -ERANGE;
		if (text[digits] == '.')
			r = add_decimals(
				text + digits + 1, decimals, unit->milliseconds, &sum);
		if (r < 0)
			return r;
		first = false;
		text = behind + strcspn(behind, DIGITS);
	} while (*text);
	*milliseconds = sum;
	return 0;
}
