#include "data/hexdump.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "alloc.h"
#include "data/copy.h"

/* The longest line: offset, blanks, 16 times three characters, a gap, 16 characters
 * between bars. */
#define TEXT_LINE (16 + 2 + (size_t)HEXDUMP_LINE * 3 + 2 + HEXDUMP_LINE + 2 + 1)

/* Size of the buffer for text. */
#define TEXT_MAX ((size_t)256 << 10)

static const char digits[] = "0123456789abcdef";

/* "00 ", "01 ", ... "ff ", each in four bytes. */
static char pairs[256][4];

static void fill_pairs(void)
{
	for (size_t i = 0; i < 256; i++) {
		pairs[i][0] = digits[i >> 4];
		pairs[i][1] = digits[i & 15];
		pairs[i][2] = pairs[i][3] = ' ';
	}
}

void hexdump_begin(struct hexdump *dump, int fd, uint64_t offset)
{
	*dump = (struct hexdump){ .fd = fd, .offset = offset, .text = xmalloc(TEXT_MAX) };
	fill_pairs();
}

void hexdump_free(struct hexdump *dump)
{
	free(dump->text);
	dump->text = NULL;
}

/* Write the text. Progress counts the bytes of the segment, not these. */
static int flush(struct hexdump *dump, struct progress *progress)
{
	int r = progress_check(progress);

	for (size_t done = 0; r == 0 && done < dump->length;) {
		int64_t n = copy_some(
			dump->text + done, dump->length - done, dump->fd, progress);

		if (n < 0)
			r = (int)n;
		else
			done += (size_t)n;
	}
	dump->length = 0;
	return r;
}

/* Print OFFSET with eight digits, or more if needed. */
static char *put_offset(char *to, uint64_t offset)
{
	int shift = 28;

	while (shift < 60 && offset >> shift > 15)
		shift += 4;
	for (; shift > 28; shift -= 4)
		*to++ = digits[offset >> shift & 15];
	for (shift = 24; shift >= 0; shift -= 8, to += 2)
		memcpy(to, pairs[offset >> shift & 255], 2);
	return to;
}

/* Print a blank and eight bytes. Each pair is stored with one blank too many, which the
 * next one overwrites. */
static char *put_pairs(char *to, const unsigned char *bytes)
{
	*to++ = ' ';
	for (size_t i = 0; i < 8; i++, to += 3)
		memcpy(to, pairs[bytes[i]], 4);
	return to;
}

static char shown(unsigned char byte)
{
	return (char)(byte >= 0x20 && byte < 0x7f ? byte : '.');
}

/* Print a whole line, whose first byte is at OFFSET. */
static char *put_line(char *to, const unsigned char *bytes, uint64_t offset)
{
	char text[HEXDUMP_LINE];

	to = put_offset(to, offset);
	*to++ = ' ';
	to = put_pairs(to, bytes);
	to = put_pairs(to, bytes + 8);
	*to++ = ' ';
	*to++ = '|';
	/* The compiler does all sixteen at once, since TEXT cannot overlap with TO. */
	for (size_t i = 0; i < HEXDUMP_LINE; i++)
		text[i] = shown(bytes[i]);
	memcpy(to, text, sizeof(text));
	to += HEXDUMP_LINE;
	*to++ = '|';
	*to++ = '\n';
	return to;
}

/* Print the last line, which has only USED bytes, filled up with blanks. */
static char *put_rest(char *to, const unsigned char *bytes, size_t used, uint64_t offset)
{
	to = put_offset(to, offset);
	*to++ = ' ';
	for (size_t i = 0; i < HEXDUMP_LINE; i++) {
		if (i % 8 == 0)
			*to++ = ' ';
		/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): more follows */
		memcpy(to, i < used ? pairs[bytes[i]] : "   ", 3);
		to += 3;
	}
	*to++ = ' ';
	*to++ = '|';
	for (size_t i = 0; i < used; i++)
		*to++ = shown(bytes[i]);
	*to++ = '|';
	*to++ = '\n';
	return to;
}

/* Make room for the two lines that the end may need. */
static int make_room(struct hexdump *dump, struct progress *progress)
{
	return TEXT_MAX - dump->length < 2 * TEXT_LINE ? flush(dump, progress) : 0;
}

/* Add a whole line, or squeeze it. */
static int add_line(
	struct hexdump *dump, const unsigned char *bytes, struct progress *progress)
{
	char *to = dump->text + dump->length;

	if (dump->repeats && memcmp(bytes, dump->previous, HEXDUMP_LINE) == 0) {
		if (!dump->squeezing) {
			*to++ = '*';
			*to++ = '\n';
		}
		dump->squeezing = true;
	} else {
		to = put_line(to, bytes, dump->offset);
		memcpy(dump->previous, bytes, HEXDUMP_LINE);
		dump->repeats = true;
		dump->squeezing = false;
	}
	dump->length = (size_t)(to - dump->text);
	dump->offset += HEXDUMP_LINE;
	return make_room(dump, progress);
}

static const unsigned char zeros[HEXDUMP_LINE];

/* Return how many of LENGTH zeros are whole lines that are squeezed anyway. */
static uint64_t squeezed_zeros(const struct hexdump *dump, uint64_t length)
{
	if (!dump->squeezing || dump->used > 0 ||
		memcmp(dump->previous, zeros, HEXDUMP_LINE) != 0)
		return 0;
	return length / HEXDUMP_LINE * HEXDUMP_LINE;
}

/* Add to the line that was begun. */
static int add_to_line(struct hexdump *dump, const unsigned char *bytes, size_t length,
	struct progress *progress)
{
	memcpy(dump->line + dump->used, bytes, length);
	dump->used += length;
	if (dump->used < HEXDUMP_LINE)
		return 0;
	dump->used = 0;
	return add_line(dump, dump->line, progress);
}

int hexdump_add(struct hexdump *dump, const unsigned char *bytes, uint64_t length,
	struct progress *progress)
{
	uint64_t left = length;
	int r = 0;

	dump->any = dump->any || length > 0;
	while (left > 0 && r == 0) {
		uint64_t n = bytes ? 0 : squeezed_zeros(dump, left);

		if (n > 0) {
			dump->offset += n;
		} else if (dump->used == 0 && left >= HEXDUMP_LINE) {
			n = HEXDUMP_LINE;
			r = add_line(dump, bytes ? bytes : zeros, progress);
		} else {
			n = MIN(left, HEXDUMP_LINE - dump->used);
			r = add_to_line(dump, bytes ? bytes : zeros, n, progress);
		}
		bytes = bytes ? bytes + n : NULL;
		left -= n;
	}
	return r < 0 ? r : progress_add(progress, length);
}

int hexdump_end(struct hexdump *dump, struct progress *progress)
{
	char *to = dump->text + dump->length;

	if (!dump->any)
		return 0;
	if (dump->used > 0)
		to = put_rest(to, dump->line, dump->used, dump->offset);
	dump->offset += dump->used;
	to = put_offset(to, dump->offset);
	*to++ = '\n';
	dump->length = (size_t)(to - dump->text);
	return flush(dump, progress);
}
