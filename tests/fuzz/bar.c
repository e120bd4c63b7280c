/*
 * The bar of resident memory, compared with one drawn with numbers of 128 bits.
 */
#include "show/bar.h"
#include "cleanup.h"
#include "fuzz.h"

#define RANGES_MAX 64
#define WIDTH_MAX  256

typedef unsigned __int128 wide;

static wide shared(wide start, wide end, const struct memory_range *range)
{
	wide from = range->offset, to = from + range->length;

	from = from > start ? from : start;
	to = to < end ? to : end;
	return to > from ? to - from : 0;
}

static char reference(size_t cell, size_t width, uint64_t size,
	const struct memory_range *ranges, size_t count)
{
	wide start = (wide)size * cell / width, end = (wide)size * (cell + 1) / width;
	wide memory = 0, swap = 0;

	end = end > start ? end : start + 1;
	for (size_t i = 0; i < count; i++) {
		if (ranges[i].resident)
			memory += shared(start, end, &ranges[i]);
		else
			swap += shared(start, end, &ranges[i]);
	}
	if (memory + swap == 0)
		return '.';
	if (memory >= swap)
		return 2 * memory >= end - start ? '#' : '+';
	return 2 * swap >= end - start ? 's' : '+';
}

/* Ranges in order that do not overlap; the last page may end after the segment. */
static size_t take_ranges(struct input *input, uint64_t size, struct memory_range *ranges)
{
	uint64_t end = 0, highest = size > UINT64_MAX - 4096 ? size : size + 4095;
	size_t count = 0;

	while (count < RANGES_MAX && input->left > 0 && end < highest) {
		uint64_t kind = take_number(input, 1), gap, length;

		gap = take_number(input, kind & 7);
		length = take_number(input, 1 + (kind >> 3 & 7)) + 1;
		if (length == 0 || gap > highest - end || length > highest - end - gap)
			break;
		ranges[count++] = (struct memory_range){
			.offset = end + gap, .length = length, .resident = kind & 64
		};
		end += gap + length;
	}
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory_range ranges[RANGES_MAX];
	struct input input = { data, size };
	size_t width = take_number(&input, 1) % WIDTH_MAX, count;
	char CLEANUP_FREE *bar = malloc(width + 1);
	uint64_t bytes = take_number(&input, 8);

	HOLDS(bar);
	bytes = bytes ? bytes >> take_number(&input, 1) % 64 : 1;
	bytes = bytes ? bytes : 1;
	count = take_ranges(&input, bytes, ranges);
	bar_draw(bar, width, bytes, ranges, count);
	HOLDS(strlen(bar) == width);
	for (size_t cell = 0; cell < width; cell++)
		HOLDS(bar[cell] == reference(cell, width, bytes, ranges, count));
	return 0;
}
