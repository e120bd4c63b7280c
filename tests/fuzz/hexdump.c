/*
 * The hex dump of pieces of any length, compared with the simplest implementation of
 * hexdump -C.
 */
#include <inttypes.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cleanup.h"
#include "data/hexdump.h"
#include "fuzz.h"

#define BYTES_MAX ((size_t)64 << 10)

/* Print one line of up to sixteen bytes. */
static void print_line(
	FILE *out, uint64_t offset, const unsigned char *line, size_t length)
{
	fprintf(out, "%08" PRIx64 " ", offset);
	for (size_t i = 0; i < 16; i++) {
		fputs(i == 8 ? "  " : " ", out);
		if (i < length)
			fprintf(out, "%02x", line[i]);
		else
			fputs("  ", out);
	}
	fputs("  |", out);
	for (size_t i = 0; i < length; i++)
		fputc(line[i] >= 32 && line[i] < 127 ? line[i] : '.', out);
	fputs("|\n", out);
}

static char *reference(const unsigned char *bytes, size_t length, uint64_t offset)
{
	bool starred = false;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	HOLDS(out);
	for (size_t i = 0; i < length; i += 16) {
		size_t left = length - i < 16 ? length - i : 16;

		if (i > 0 && left == 16 && memcmp(bytes + i, bytes + i - 16, 16) == 0) {
			fputs(starred ? "" : "*\n", out);
			starred = true;
			continue;
		}
		starred = false;
		print_line(out, offset + i, bytes + i, left);
	}
	if (length > 0)
		fprintf(out, "%08" PRIx64 "\n", offset + length);
	HOLDS(fclose(out) == 0);
	return text;
}

static char *read_back(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = malloc((size_t)size + 1);

	HOLDS(text && pread(fd, text, (size_t)size, 0) == size);
	text[size] = '\0';
	HOLDS(strlen(text) == (size_t)size);
	return text;
}

/* Add pieces of whole lines to the dump, and a last one of any length. Keep in BYTES what
 * was added. */
static size_t feed(struct hexdump *dump, struct input *input, unsigned char *bytes)
{
	struct progress progress = { 0 };
	size_t length = 0;

	while (input->left > 0 && length % HEXDUMP_LINE == 0) {
		size_t piece = take_number(input, 1);
		char CLEANUP_FREE *data = NULL;

		if (piece < 128) {
			/* an even number counts lines, an odd number bytes */
			piece = piece % 2 ? piece : piece / 2 * HEXDUMP_LINE;
			piece = piece < input->left ? piece : input->left;
			data = take_bytes(input, piece);
		} else {
			/* zeros, passed as NULL; bit 6: many lines */
			piece = (piece & 63) * (piece & 64 ? 21 * HEXDUMP_LINE : 1);
		}
		if (length + piece > BYTES_MAX)
			break;
		if (data)
			memcpy(bytes + length, data, piece);
		else
			memset(bytes + length, 0, piece);
		HOLDS(hexdump_add(dump, (const unsigned char *)data, piece, &progress) ==
			0);
		length += piece;
		HOLDS(progress.done == length);
	}
	HOLDS(length == 0 || hexdump_end(dump, &progress) == 0);
	return length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned char bytes[BYTES_MAX];
	struct input input = { data, size };
	int CLEANUP_FD fd = memfd_create("dump", MFD_CLOEXEC);
	char CLEANUP_FREE *expected = NULL;
	char CLEANUP_FREE *text = NULL;
	uint64_t offset = take_number(&input, 1);
	static struct hexdump dump;
	size_t length;

	/* Start at 0 or anywhere: at small numbers, and at numbers of more than 32 bits.
	 */
	offset = offset < 16 ? 0 : take_number(&input, offset % 8);
	HOLDS(fd >= 0);
	hexdump_begin(&dump, fd, offset);
	length = feed(&dump, &input, bytes);
	text = read_back(fd);
	expected = reference(bytes, length, offset);
	HOLDS(strcmp(text, expected) == 0);
	return 0;
}
