#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "command.h"
#include "condition.h"
#include "data/copy.h"
#include "data/hexdump.h"
#include "data/reader.h"
#include "parse/size.h"
#include "show/message.h"
#include "show/text.h"
#include "transfer.h"

static char *offset_text, *length_text;
static int hex, string, raw;

static struct poptOption range_options[] = {
	VALUE("offset", 'o', &offset_text, "OFFSET", "Start at byte OFFSET"),
	VALUE("length", 'l', &length_text, "LENGTH", "Write LENGTH bytes"),
	FLAG("string", 's', &string, "Stop before the first NUL"),
	POPT_TABLEEND,
};

static struct poptOption form_options[] = {
	FLAG("hex", 'x', &hex, "Write a hex dump in the layout of 'hexdump -C'"),
	FLAG("raw", 'r', &raw, "Write binary data as it is, even to a terminal"),
	POPT_TABLEEND,
};

/* The bytes to write of one segment. */
struct range {
	const struct operand *operand;
	struct segment segment;
	uint64_t offset, length;
};

/* Read and examine this many bytes at once. */
#define BLOCK ((size_t)256 << 10)

static unsigned char block[BLOCK];

/* The bytes written of all segments together. */
static struct progress progress;

/* The error of standard output, a negative errno. */
static int output_error;

/* A signal or an error of standard output ends the command. */
static bool stopped;

/* Remember R, the result of writing to standard output, if it is an error. Return it. */
static int save_output_error(int r)
{
	if (r < 0)
		output_error = r;
	return r;
}

/* Read LENGTH bytes at OFFSET, at most BLOCK, into the block. */
static int read_block(const struct reader *reader, uint64_t offset, size_t length)
{
	int r = reader_read(reader, offset, block, length);

	return r < 0 ? r : progress_check(&progress);
}

/* Shorten the range to end before its first NUL. */
static int end_at_nul(const struct reader *reader, struct range *range)
{
	for (uint64_t done = 0; done < range->length; done += BLOCK) {
		size_t n = MIN(range->length - done, BLOCK);
		int r = read_block(reader, range->offset + done, n);
		const unsigned char *nul;

		if (r < 0)
			return r;
		nul = memchr(block, '\0', n);
		if (nul) {
			range->length = done + (uint64_t)(nul - block);
			return 0;
		}
	}
	return 0;
}

/* Return N if the N bytes in the block are text, or 0 if a byte is not. If the end of the
 * block cuts a character and the block is not the LAST, return the bytes before that
 * character. */
static size_t text_length(size_t n, bool last)
{
	size_t i = 0;

	while (i < n) {
		size_t bytes = text_printable_length((const char *)block + i, n - i);

		if (bytes == 0 && (block[i] == '\n' || block[i] == '\t'))
			bytes = 1;
		if (bytes == 0)
			return !last && n - i < 4 && i > 0 ? i : 0;
		i += bytes;
	}
	return n;
}

enum text_use { TEXT_CHECK, TEXT_PRINT };

/* Check the range, or check and print it, up to a block that is not all text. *LENGTH:
 * the bytes before that. */
static int walk_text(const struct reader *reader, const struct range *range,
	enum text_use use, uint64_t *length)
{
	int r = 0;

	for (*length = 0; *length < range->length && r == 0;) {
		size_t n = MIN(range->length - *length, BLOCK), text;

		r = read_block(reader, range->offset + *length, n);
		if (r < 0)
			return r;
		text = text_length(n, *length + n == range->length);
		if (text == 0)
			return 0;
		if (use == TEXT_PRINT)
			r = save_output_error(copy_bytes(
				(const char *)block, text, STDOUT_FILENO, &progress));
		*length += text;
	}
	return r;
}

/* Dump LENGTH bytes of data at OFFSET. */
static int dump_data(struct hexdump *dump, const struct reader *reader, uint64_t offset,
	uint64_t length)
{
	int r = 0;

	while (length > 0 && r == 0) {
		size_t n = MIN(length, BLOCK);

		r = read_block(reader, offset, n);
		if (r == 0)
			r = save_output_error(hexdump_add(dump, block, n, &progress));
		offset += n;
		length -= n;
	}
	return r;
}

static int dump_hex(const struct reader *reader, uint64_t offset, uint64_t length)
{
	static struct hexdump dump;
	uint64_t end = offset + length;
	int r = 0;

	if (length == 0)
		return 0;
	hexdump_begin(&dump, STDOUT_FILENO, offset);
	while (offset < end && r == 0) {
		bool hole;
		uint64_t n = reader_run_end(reader, offset, end, &hole) - offset;

		/* Add whole lines. A line that is only partly a hole counts as data. */
		hole = hole && n >= HEXDUMP_LINE;
		n = hole ? n / HEXDUMP_LINE * HEXDUMP_LINE
			 : MIN(roundup(n, HEXDUMP_LINE), end - offset);
		r = hole ? save_output_error(hexdump_add(&dump, NULL, n, &progress))
			 : dump_data(&dump, reader, offset, n);
		offset += n;
	}
	return r < 0 ? r : save_output_error(hexdump_end(&dump, &progress));
}

/* Write text as it is, and anything else as a hex dump. */
static int show_on_terminal(const struct reader *reader, const struct range *range)
{
	uint64_t text;
	int r = walk_text(reader, range, TEXT_CHECK, &text);

	if (r == 0 && text < range->length)
		return dump_hex(reader, range->offset, range->length);
	/* Other processes may write to the segment between the check and the printing. */
	if (r == 0)
		r = walk_text(reader, range, TEXT_PRINT, &text);
	if (r == 0 && text < range->length)
		return dump_hex(reader, range->offset + text, range->length - text);
	return r;
}

static int write_range(const struct reader *reader, struct range *range)
{
	int r = string ? end_at_nul(reader, range) : 0;

	if (r < 0)
		return r;
	if (hex)
		return dump_hex(reader, range->offset, range->length);
	if (!raw && isatty(STDOUT_FILENO))
		return show_on_terminal(reader, range);
	r = reader_copy(reader, range->offset, range->length, STDOUT_FILENO,
		transfer_locks(), &progress);
	return r == -EFAULT ? r : save_output_error(r);
}

/* Report why a segment was not written. */
static enum exit_status report(const struct range *range, const struct failure *failure)
{
	stopped = output_error < 0 || transfer_interrupted();
	if (transfer_interrupted())
		return transfer_report_interrupted(range->operand->text, &progress, "");
	if (output_error == 0)
		return message_failure(range->operand->text, failure);
	return command_result("standard output", OPERATION_FILE, output_error, NULL);
}

static enum exit_status write_segment(struct range *range)
{
	uint64_t before = progress.done;
	struct mapping mapping;
	struct reader reader;
	int r = mapping_attach(&range->segment, MAPPING_READ, &mapping);

	if (r < 0)
		return command_result(
			range->operand->text, OPERATION_READ, r, &range->segment);
	reader_open(&reader, &mapping);
	r = write_range(&reader, range);
	if (r == 0 && reader_shrank(&reader, range->offset + range->length))
		r = -CONDITION_OBJECT_SHRANK;
	reader_close(&reader);
	mapping_detach(&mapping);
	if (r == 0)
		return STATUS_DONE;
	return report(range,
		&(struct failure){ .operation = OPERATION_COPY,
			.error = r,
			.type = range->operand->type,
			.offset = range->offset + progress.done - before,
			.page_size = mapping.page_size });
}

/* Parse --offset and --length into RANGE; without --length its length is UINT64_MAX. */
static enum exit_status read_range(struct range *range)
{
	*range = (struct range){ .length = UINT64_MAX };
	if (offset_text && parse_size(offset_text, &range->offset) < 0)
		return message_usage("--offset: '%s': " NOT_A_SIZE, offset_text);
	if (length_text && parse_size(length_text, &range->length) < 0)
		return message_usage("--length: '%s': " NOT_A_SIZE, length_text);
	if (hex && raw)
		return message_usage("--hex and --raw cannot be combined");
	return STATUS_DONE;
}

/* Check that the range lies within the segment. Without --length, extend it to the
 * end. */
static enum exit_status fit_range(struct range *range)
{
	uint64_t size = range->segment.size;

	if (range->offset > size)
		return message_usage("%s: --offset %s is past the end: size is %" PRIu64
				     " bytes",
			range->operand->text, offset_text, size);
	if (length_text && range->length > size - range->offset)
		return message_usage("%s: --length %s is past the end: %" PRIu64
				     " bytes left at offset %" PRIu64,
			range->operand->text, length_text, size - range->offset,
			range->offset);
	if (!length_text)
		range->length = size - range->offset;
	return STATUS_DONE;
}

/* Find the segment of a range, and check that the range lies within it. */
static enum exit_status find_range(struct range *range)
{
	int r = operand_find(range->operand, &range->segment);

	return r < 0 ? command_found(range->operand, r) : fit_range(range);
}

/* Find the segments of all ranges. Keep those found, and their number in *COUNT; none if
 * a range is past the end of its segment. */
static enum exit_status find_ranges(struct range *ranges, size_t *count)
{
	enum exit_status status = STATUS_DONE;
	size_t found = 0;

	for (size_t i = 0; i < *count; i++) {
		enum exit_status one = find_range(&ranges[i]);

		if (one == STATUS_USAGE) {
			*count = 0;
			return STATUS_USAGE;
		}
		status = status_merge(status, one);
		ranges[found] = ranges[i];
		found += one == STATUS_DONE;
	}
	*count = found;
	return status;
}

static enum exit_status write_ranges(struct range *ranges, size_t count)
{
	enum exit_status status;
	uint64_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += ranges[i].length;
	status = transfer_begin(&progress, string ? METER_UNKNOWN : total,
		isatty(STDOUT_FILENO) ? TRANSFER_QUIET : TRANSFER_SHOW);
	if (status != STATUS_DONE)
		return status;
	/* While this process waited, another segment may have got the key. */
	if (transfer_locks())
		status = find_ranges(ranges, &count);
	for (size_t i = 0; i < count && !stopped; i++)
		status = status_merge(status, write_segment(&ranges[i]));
	return transfer_end(status);
}

static enum exit_status run(const char *const *words, size_t count)
{
	struct operand CLEANUP_FREE *operands = NULL;
	struct range CLEANUP_FREE *ranges = NULL;
	struct range range;
	enum exit_status status = read_range(&range);

	if (status == STATUS_DONE)
		status = transfer_options();
	if (status == STATUS_DONE)
		status = command_operands(words, count, &operands);
	if (status != STATUS_DONE)
		return status;
	ranges = xcalloc(count, sizeof(*ranges));
	for (size_t i = 0; i < count; i++) {
		ranges[i] = range;
		ranges[i].operand = &operands[i];
	}
	/* Before writing anything, so that a range past the end is reported first. */
	status = find_ranges(ranges, &count);
	/* With nothing to read, do not wait for the semaphore. */
	if (count > 0)
		status = status_merge(status, write_ranges(ranges, count));
	transfer_die();
	return status;
}

const struct command command_cat = {
	.name = "cat",
	.arguments = "SEGMENT...",
	.summary = "Write the contents of segments to standard output",
	.details =
		"On a terminal, binary data is shown as with --hex unless --raw is given.\n"
		"OFFSET and LENGTH take K, M, G, ... for powers of 1024.\n" SEGMENT_HELP,
	.options = {
		GROUP("Range:", range_options),
		GROUP("Format:", form_options),
		GROUP("Lock:", transfer_lock_options),
		GROUP("Progress:", transfer_progress_options),
	},
	.min_args = 1,
	.max_args = OPERANDS_ANY,
	.namespaced = true,
	.run = run,
};
