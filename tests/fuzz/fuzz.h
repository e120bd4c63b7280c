/*
 * Common to the fuzzers. Each is one file: it splits an input, passes the parts to
 * functions that parse or print them, and checks the results. tests/fuzz/run builds and
 * runs them.
 */
#ifndef SHMTOOL_FUZZ_H
#define SHMTOOL_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer calls this with each input. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Unless CONDITION holds, end the fuzzer, which then keeps the input. */
#define HOLDS(condition)                                                                 \
	do {                                                                             \
		if (!(condition)) {                                                      \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__,          \
				__LINE__, #condition);                                   \
			abort();                                                         \
		}                                                                        \
	} while (0)

/* The rest of an input. */
struct input {
	const uint8_t *data;
	size_t left;
};

/* Take an unsigned number of BYTES bytes; missing bytes are zeros. */
static inline uint64_t take_number(struct input *input, size_t bytes)
{
	uint64_t number = 0;

	for (; bytes > 0; bytes--) {
		number <<= 8;
		if (input->left == 0)
			continue;
		number |= *input->data++;
		input->left--;
	}
	return number;
}

/* Take the next LENGTH bytes, or all if there are fewer. Return a copy with a NUL after
 * it; the caller frees it. Its size is exact, so that AddressSanitizer finds any overrun.
 */
static inline char *take_bytes(struct input *input, size_t length)
{
	size_t taken = length < input->left ? length : input->left;
	char *text = malloc(taken + 1);

	if (!text)
		abort();
	if (taken > 0)
		memcpy(text, input->data, taken);
	text[taken] = '\0';
	input->data += taken;
	input->left -= taken;
	return text;
}

/* The same, up to the end of the line, without the newline. */
static inline char *take_line(struct input *input)
{
	const uint8_t *end = input->left ? memchr(input->data, '\n', input->left) : NULL;
	char *line = take_bytes(input, end ? (size_t)(end - input->data) : input->left);

	take_number(input, 1);
	return line;
}

/* The same with the rest of the input. */
static inline char *take_rest(struct input *input)
{
	return take_bytes(input, input->left);
}

#endif
