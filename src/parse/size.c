#include "parse/size.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "parse/number.h"

/* How many bytes the letters after the number stand for; 0 where they are no unit. */
static uint64_t unit_bytes(const char *unit)
{
	static const char letters[] = "KMGTPE";
	const char *letter;
	uint64_t step, bytes = 1;

	if (*unit == '\0')
		return 1;
	letter = strchr(letters, *unit >= 'a' ? *unit - 'a' + 'A' : *unit);
	if (!letter)
		return 0;
	if (unit[1] == '\0' || strcasecmp(unit + 1, "iB") == 0)
		step = 1024;
	else if (strcasecmp(unit + 1, "B") == 0)
		step = 1000;
	else
		return 0;
	for (ptrdiff_t power = letter - letters + 1; power > 0; power--)
		bytes *= step;
	return bytes;
}

int parse_size(const char *text, uint64_t *bytes)
{
	size_t digits = strspn(text, "0123456789");
	uint64_t value = 0, unit;
	int r;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return parse_number(text, bytes);
	r = parse_digits(text, digits, 10, &value);
	if (r < 0)
		return r;
	unit = unit_bytes(text + digits);
	if (unit == 0)
		return -EINVAL;
	if (__builtin_mul_overflow(value, unit, &value))
		return -ERANGE;
	*bytes = value;
	return 0;
}
