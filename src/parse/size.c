#include "parse/size.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "parse/number.h"

/* Return how many bytes the unit stands for; 0: not a unit. */
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
	size_t length = decimal_length(text);
	uint64_t unit;
	bool exact;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return parse_number(text, bytes);
	unit = unit_bytes(text + length);
	/* Half a byte is an error, but 1.1K, which is not a whole number of bytes, is
	 * not. */
	if (length == 0 || unit == 0 || (unit == 1 && memchr(text, '.', length)))
		return -EINVAL;
	return decimal_multiply(text, unit, bytes, &exact);
}
