#include "data/hexdump.h"

#include <inttypes.h>
#include <string.h>

void hexdump_begin(struct hexdump *dump, FILE *out, uint64_t offset)
{
	*dump = (struct hexdump){ .out = out, .offset = offset };
}

/* At least eight digits, more where the offset needs them. */
static char *put_offset(char *to, uint64_t offset)
{
	static const char digits[] = "0123456789abcdef";
	int shift = 28;

	while (shift < 60 && offset >> shift > 15)
		shift += 4;
	for (; shift >= 0; shift -= 4)
		*to++ = digits[offset >> shift & 15];
	return to;
}

/* One line of USED bytes, which end before the dump's offset. */
static void print_line(struct hexdump *dump)
{
	static const char digits[] = "0123456789abcdef";
	/* offset, blanks, 16 times three characters, a gap, 16 characters in bars */
	char text[16 + 2 + HEXDUMP_LINE * 3 + 2 + HEXDUMP_LINE + 2 + 1];
	char *to = put_offset(text, dump->offset - dump->used);

	*to++ = ' ';
	for (size_t i = 0; i < HEXDUMP_LINE; i++) {
		if (i % 8 == 0)
			*to++ = ' ';
		*to++ = i < dump->used ? digits[dump->line[i] >> 4] : ' ';
		*to++ = i < dump->used ? digits[dump->line[i] & 15] : ' ';
		*to++ = ' ';
	}
	*to++ = ' ';
	*to++ = '|';
	for (size_t i = 0; i < dump->used; i++) {
		unsigned char byte = dump->line[i];

		*to++ = byte >= 0x20 && byte < 0x7f ? (char)byte : '.';
	}
	*to++ = '|';
	*to++ = '\n';
	fwrite(text, 1, (size_t)(to - text), dump->out);
}

static void end_line(struct hexdump *dump)
{
	bool whole = dump->used == HEXDUMP_LINE;

	if (whole && dump->repeats &&
		memcmp(dump->line, dump->previous, HEXDUMP_LINE) == 0) {
		if (!dump->squeezing)
			fputs("*\n", dump->out);
		dump->squeezing = true;
	} else {
		print_line(dump);
		memcpy(dump->previous, dump->line, HEXDUMP_LINE);
		dump->repeats = true;
		dump->squeezing = false;
	}
	dump->used = 0;
}

void hexdump_add(struct hexdump *dump, const unsigned char *bytes, size_t length)
{
	dump->any = dump->any || length > 0;
	while (length > 0) {
		size_t n = HEXDUMP_LINE - dump->used;

		if (n > length)
			n = length;
		memcpy(dump->line + dump->used, bytes, n);
		dump->used += n;
		dump->offset += n;
		bytes += n;
		length -= n;
		if (dump->used == HEXDUMP_LINE)
			end_line(dump);
	}
}

void hexdump_end(struct hexdump *dump)
{
	char text[16 + 1];
	char *to;

	if (dump->used > 0)
		end_line(dump);
	if (!dump->any)
		return;
	to = put_offset(text, dump->offset);
	*to++ = '\n';
	fwrite(text, 1, (size_t)(to - text), dump->out);
}
