#include "show/bar.h"

#include <sys/param.h>

/* Return how many bytes of RANGE lie between START and END. */
static uint64_t overlap(uint64_t start, uint64_t end, const struct memory_range *range)
{
	uint64_t from = MAX(start, range->offset);
	uint64_t to = MIN(end, range->offset + range->length);

	return to > from ? to - from : 0;
}

/* Return SIZE * PART / WHOLE without overflow. */
static uint64_t scale(uint64_t size, size_t part, size_t whole)
{
	return size / whole * part + size % whole * part / whole;
}

void bar_draw(char *bar, size_t width, uint64_t size, const struct memory_range *ranges,
	size_t count)
{
	size_t first = 0;

	for (size_t cell = 0; cell < width; cell++) {
		uint64_t start = scale(size, cell, width);
		uint64_t end = MAX(scale(size, cell + 1, width), start + 1);
		uint64_t memory = 0, swap = 0;

		while (first < count &&
			ranges[first].offset + ranges[first].length <= start)
			first++;
		for (size_t i = first; i < count && ranges[i].offset < end; i++) {
			if (ranges[i].resident)
				memory += overlap(start, end, &ranges[i]);
			else
				swap += overlap(start, end, &ranges[i]);
		}
		if (memory == 0 && swap == 0)
			bar[cell] = '.';
		else if (memory >= swap)
			bar[cell] = memory >= end - start - memory ? '#' : '+';
		else
			bar[cell] = swap >= end - start - swap ? 's' : '+';
	}
	bar[width] = '\0';
}
