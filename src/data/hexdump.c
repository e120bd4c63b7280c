#include "data/hexdump.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "data/copy.h"

/* The longest line: offset, blanks, 16 times three characters, a gap, 16 characters in
 * bars. */
#define TEXT_LINE (16 + 2 + (size_t)HEXDUMP_LINE * 3 + 2 + HEXDUMP_LINE + 2 + 1)

/* Text that is collected before it is written. */
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

int hexdump_begin(struct hexdump *dump, int fd, uint64_t offset)
{
	*dump = (struct hexdump){ .fd = fd, .offset = offset, .text = malloc(TEXT_MAX) };
	fill_pairs();
	return dump->text ? 0 : -ENOMEM;
}

void hexdump_free(struct hexdump *dump)
{
	free(dump->text);
	dump->text = NULL;
}

/* Writes the text, whose bytes are none of those that are counted. */
static int flush(struct hexdump *dump, struct progress *progress)
{
	int r = progress_add(progress, 0);

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

/* At least eight digits, more where the offset needs them. */
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

/* Eight bytes with a blank before them. Each pair is stored with one blank too many,
 * which the next overwrites. */
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

/* A whole line of bytes; the offset of the first is OFFSET. */
static char *put_line(char *to, const unsigned char *bytes, uint64_t offset)
{
	char text[HEXDUMP_LINE];

	to = put_offset(to, offset);
	*to++ = ' ';
	to = put_pairs(to, bytes);
	to = put_pairs(to, bytes + 8);
	*to++ = ' ';
	*to++ = '|';
	/* Away from TO, with which it may not overlap, all sixteen are done at once. */
	for (size_t i = 0; i < HEXDUMP_LINE; i++)
		text[i] = shown(bytes[i]);
	memcpy(to, text, sizeof(text));
	to += HEXDUMP_LINE;
	*to++ = '|';
	*to++ = '\n';
	return to;
}

/* The last line, which has only USED bytes: blanks for the others. */
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

/* Sees to room for two lines more in the text, since the end may need them. */
static int make_room(struct hexdump *dump, struct progress *progress)
{
	return TEXT_MAX - dump->length < 2 * TEXT_LINE ? flush(dump, progress) : 0;
}

/* Adds a whole line, or squeezes it. */
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

/* How many of LENGTH zeros are whole lines that are squeezed anyway. */
static uint64_t squeezed_zeros(const struct hexdump *dump, uint64_t length)
{
	if (!dump->squeezing || dump->used > 0 ||
		memcmp(dump->previous, zeros, HEXDUMP_LINE) != 0)
		return 0;
	return length / HEXDUMP_LINE * HEXDUMP_LINE;
}

/* Adds to the line that was begun. */
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
