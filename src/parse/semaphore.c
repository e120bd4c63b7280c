#include "parse/semaphore.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "parse/number.h"

int parse_semaphore(const char *text, int *id, unsigned short *number)
{
	size_t length = strcspn(text, ":");
	uint64_t set = 0, index = 0;
	int r = parse_digits(text, length, 10, &set);

	if (r == 0 && text[length] == ':')
		r = parse_digits(
			text + length + 1, strlen(text + length + 1), 10, &index);
	if (r < 0)
		return r;
	if (set > INT_MAX || index > USHRT_MAX)
		return -ERANGE;
	*id = (int)set;
	*number = (unsigned short)index;
	return 0;
}
