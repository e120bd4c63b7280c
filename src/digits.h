/*
 * Parse digits strictly: no white space, no sign, nothing after them, no overflow.
 * Any directory may include this header.
 */
#ifndef SHMTOOL_DIGITS_H
#define SHMTOOL_DIGITS_H

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>

static inline unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned int)(c - 'A') + 10;
	return UINT_MAX;
}

/* Parse all LENGTH bytes of TEXT, in a base up to 16. -EINVAL: empty, or not all digits;
 * -ERANGE: above 64 bits. */
static inline int digits_read(
	const char *text, size_t length, unsigned int base, uint64_t *value)
{
	uint64_t sum = 0;
	int r = length > 0 ? 0 : -EINVAL;

	for (size_t i = 0; i < length; i++) {
		unsigned int digit = digit_value(text[i]);

		if (digit >= base)
			return -EINVAL;
		if (__builtin_mul_overflow(sum, base, &sum) ||
			__builtin_add_overflow(sum, digit, &sum))
			r = -ERANGE; /* unless a later byte is not a digit */
	}
	if (r == 0)
		*value = sum;
	return r;
}

#endif
