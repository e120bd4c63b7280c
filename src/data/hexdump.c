#include "data/hexdump.h"

#include <string.h>

#include "data/copy.h"

/* The longest line: offset, blanks, 16 times three characters, a gap, 16 characters
 * between bars. */
#define TEXT_LINE (16 + 2 + (size_t)HEXDUMP_LINE * 3 + 2 + HEXDUMP_LINE + 2 + 1)

static const char digits[] = "0123456789abcdef";

/* "00 ", "01 ", ... "ff ", each in four bytes. */
static char pairs[256][4];

void hexdump_begin(struct hexdump *dump, int fd, uint64_t offset)
{
	dump->fd = fd;
	dump->offset = offset;
	dump->repeats = dump->squeezing = false;
	dump->length = 0;
	for (size_t i = 0; i < 256; i++) {
		pairs[i][0] = digits[i >> 4];
		pairs[i][1] = digits[i & 15];
		pairs[i][2] = pairs[i][3] = ' ';
	}
}

/* Write the text. Progress counts the bytes of the segment, not those of the text. */
static int flush(struct hexdump *dump, struct progress *progress)
{
	int r = progress_check(progress);

	for (size_t done = 0; r == 0 && done < dump->length;) {
		int64_t n = copy_once(
			dump->text + done, dump->length - done, dump->fd, progress);

		if (n < 0)
			r = (int)n;
		else
			done += (size_t)n;
	}
	dump->length = 0;
	return r;
}

/* Append OFFSET in eight digits, or more if needed, at TO; return the end. */
static char *put_offset(char *to, uint64_t offset)
{
	int shift = 28;

	while (shift < 60 && offset >> shift > 15)
		shift += 4;
	for (; shift >= 0; shift -= 4)
		*to++ = digits[offset >> shift & 15];
	return to;
}

/* Append a blank and eight bytes at TO; return the end. Each pair is stored with one
 * blank too many, which the next pair overwrites. */
static char *put_pairs(char *to, const unsigned char *bytes)
{
	*to++ = ' ';
	for (size_t i = 0; i < 8; i++, to += 3)
		memcpy(to, pairs[bytes[i]], 4);
	return to;
}

static char printable(unsigned char byte)
{
	return (char)(byte >= 0x20 && byte < 0x7f ? byte : '.');
}

/* Append a whole line, whose first byte is at OFFSET, at TO; return the end. */
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
		text[i] = printable(bytes[i]);
	memcpy(to, text, sizeof(text));
	to += HEXDUMP_LINE;
	*to++ = '|';
	*to++ = '\n';
	return to;
}

/* Append the last line, which has only USED bytes, at TO; return the end. Write a whole
 * line, then blanks over the missing pairs. */
static char *put_rest(char *to, const unsigned char *bytes, size_t used, uint64_t offset)
{
	unsigned char line[HEXDUMP_LINE] = { 0 };
	char *text;

	memcpy(line, bytes, used);
	text = put_line(to, line, offset) - HEXDUMP_LINE - 2;
	for (size_t i = used; i < HEXDUMP_LINE; i++)
		memset(text - 2 - 3 * (HEXDUMP_LINE - i) - (i < 8), ' ', 3);
	/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): bytes, not a string */
	memcpy(text + used, "|\n", 2);
	return text + used + 2;
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
	/* Keep room for the two lines that hexdump_end() may add. */
	return HEXDUMP_TEXT - dump->length < 2 * TEXT_LINE ? flush(dump, progress) : 0;
}

int hexdump_add(struct hexdump *dump, const unsigned char *bytes, uint64_t length,
	struct progress *progress)
{
	static const unsigned char zeros[HEXDUMP_LINE];
	uint64_t rest = length % HEXDUMP_LINE, end = dump->offset + length - rest;
	const unsigned char *line = bytes ? bytes : zeros;
	int r = 0;

	while (dump->offset < end && r == 0) {
		r = add_line(dump, line, progress);
		if (bytes)
			line += HEXDUMP_LINE;
		else if (dump->squeezing)
			dump->offset = end;
	}
	if (rest > 0 && r == 0) {
		char *to = dump->text + dump->length;

		to = put_rest(to, line, rest, dump->offset);
		dump->length = (size_t)(to - dump->text);
		dump->offset += rest;
	}
	return r < 0 ? r : progress_add(progress, length);
}

int hexdump_end(struct hexdump *dump, struct progress *progress)
{
	char *to = put_offset(dump->text + dump->length, dump->offset);

	*to++ = '\n';
	dump->length = (size_t)(to - dump->text);
	return flush(dump, progress);
}
