#include "parse/number.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "digits.h"

#define DIGITS "0123456789"

int parse_number(const char *text, uint64_t *value)
{
	unsigned int base = 10;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	} else if (text[0] == '0' && text[1] != '\0') {
		base = 8;
		text++;
	}
	return digits_read(text, strlen(text), base, value);
}

int parse_id(const char *text, int *id)
{
	uint64_t value = 0;
	int r;

	if (text[0] == '0' && text[1] != '\0')
		return -EINVAL;
	r = digits_read(text, strlen(text), 10, &value);
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
	int r = 0;

	if (length == 3 && text[0] == '\'' && text[2] == '\'')
		value = (unsigned char)text[1];
	else if (length == 1 && digit_value(text[0]) >= 10)
		value = (unsigned char)text[0];
	else
		r = parse_number(text, &value);
	if (r < 0)
		return r;
	if (value > UCHAR_MAX)
		return -ERANGE;
	*byte = (unsigned char)value;
	return 0;
}

int parse_semaphore(const char *text, int *id, unsigned short *number)
{
	const char *colon = strchrnul(text, ':');
	uint64_t set = 0, index = 0;
	int r = digits_read(text, (size_t)(colon - text), 10, &set);

	if (r == 0 && *colon)
		r = digits_read(colon + 1, strlen(colon + 1), 10, &index);
	if (r < 0)
		return r;
	if (set > INT_MAX || index > USHRT_MAX)
		return -ERANGE;
	*id = (int)set;
	*number = (unsigned short)index;
	return 0;
}

size_t decimal_length(const char *text)
{
	size_t whole = strspn(text, DIGITS), part;

	if (whole == 0 || text[whole] != '.')
		return whole;
	part = strspn(text + whole + 1, DIGITS);
	return part > 0 ? whole + 1 + part : 0;
}

int decimal_multiply(const char *text, uint64_t unit, uint64_t *value, bool *exact)
{
	size_t whole = strspn(text, DIGITS);
	const char *decimals = text + whole + 1;
	size_t count = text[whole] == '.' ? strspn(decimals, DIGITS) : 0;
	uint64_t number = 0, part = 0;
	int r = digits_read(text, whole, 10, &number);

	if (r < 0)
		return r;
	*exact = true;
	/* A long multiplication, from the last digit to the first. */
	for (; count > 0; count--) {
		part += digit_value(decimals[count - 1]) * unit;
		*exact = *exact && part % 10 == 0;
		part /= 10;
	}
	if (__builtin_mul_overflow(number, unit, &number) ||
		__builtin_add_overflow(number, part, &number))
		return -ERANGE;
	*value = number;
	return 0;
}
