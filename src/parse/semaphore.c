#include "parse/semaphore.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "digits.h"

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
