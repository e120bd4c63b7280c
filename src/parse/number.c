#include "parse/number.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "digits.h"

int parse_digits(const char *text, size_t length, unsigned int base, uint64_t *value)
{
	return digits_read(text, length, base, value);
}

int parse_number(const char *text, uint64_t *value)
{
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return parse_digits(text + 2, strlen(text + 2), 16, value);
	if (text[0] == '0' && text[1] != '\0')
		return parse_digits(text + 1, strlen(text + 1), 8, value);
	return parse_digits(text, strlen(text), 10, value);
}

int parse_id(const char *text, int *id)
{
	uint64_t value = 0;
	int r;

	if (text[0] == '0' && text[1] != '\0')
		return -EINVAL;
	r = parse_digits(text, strlen(text), 10, &value);
	if (r < 0)
		return r;
	if (value > INT_MAX)
		return -ERANGE;
	*id = (int)value;
	return 0;
}

int parse_byte(const char *text, unsigned char *byte)
{
	uint64_t value = 0;
	size_t length = strlen(text);
	int r;

	if (length == 3 && text[0] == '\'' && text[2] == '\'') {
		*byte = (unsigned char)text[1];
		return 0;
	}
	if (length == 1 && digit_value(text[0]) >= 10) {
		*byte = (unsigned char)text[0];
		return 0;
	}
	r = parse_number(text, &value);
	if (r < 0)
		return r;
	if (value > UCHAR_MAX)
		return -ERANGE;
	*byte = (unsigned char)value;
	return 0;
}
