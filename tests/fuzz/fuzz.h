/*
 * What the fuzzers share. Each is one file: it takes an input apart, hands the parts to
 * what parses or prints them, and says what must hold of the answer. tests/fuzz/run
 * builds and runs them.
 */
#ifndef SHMTOOL_FUZZ_H
#define SHMTOOL_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Called by libFuzzer with each input. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the fuzzer, which keeps the input, unless CONDITION holds. */
#define HOLDS(condition)                                                                 \
	do {                                                                             \
		if (!(condition)) {                                                      \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__,          \
				__LINE__, #condition);                                   \
			abort();                                                         \
		}                                                                        \
	} while (0)

/* What is left of an input. */
struct input {
	const uint8_t *data;
	size_t left;
};

/* Take an unsigned number of BYTES bytes from the input. Missing bytes count as zeros. */
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

/* Take the next LENGTH bytes, or what is left, and return a copy that ends with a NUL.
 * The caller frees it. Its size is exact, so that AddressSanitizer notices every access
 * beyond its end. */
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

/* The same, up to the end of the line, which is dropped. */
static inline char *take_line(struct input *input)
{
	const uint8_t *end = input->left ? memchr(input->data, '\n', input->left) : NULL;
	char *line = take_bytes(input, end ? (size_t)(end - input->data) : input->left);

	take_number(input, 1);
	return line;
}

/* The same, all that is left. */
static inline char *take_rest(struct input *input)
{
	return take_bytes(input, input->left);
}

#endif
