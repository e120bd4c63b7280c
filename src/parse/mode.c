#include "parse/mode.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "parse/number.h"

int parse_mode(const char *text, mode_t *mode)
{
	uint64_t value = 0;
	int r;

	r = parse_digits(text, strlen(text), 8, &value);
	if (r < 0)
		return r;
	if (value > 0777)
		return -ERANGE;
	*mode = (mode_t)value;
	return 0;
}
