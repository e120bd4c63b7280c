#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

#include "cleanup.h"
#include "command.h"
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
	{ "offset", 'o', POPT_ARG_STRING, &offset_text, 0, "start at byte OFFSET",
		"OFFSET" },
	{ "length", 'l', POPT_ARG_STRING, &length_text, 0, "write LENGTH bytes",
		"LENGTH" },
	{ "string", 's', POPT_ARG_NONE, &string, 0, "stop before the first NUL", NULL },
	POPT_TABLEEND,
};

static struct poptOption form_options[] = {
	{ "hex", 'x', POPT_ARG_NONE, &hex, 0, "as a hex dump, as 'hexdump -C' prints it",
		NULL },
	{ "raw", 'r', POPT_ARG_NONE, &raw, 0, "binary data as it is, to a terminal too",
		NULL },
	POPT_TABLEEND,
};

static struct poptOption options[] = {
	{ .argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = range_options,
		.descrip = "Which bytes:" },
	{ .argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = form_options,
		.descrip = "In which form:" },
	{ .argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = transfer_lock_options,
		.descrip = "With the lock that the segment's programs use:" },
	{ .argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = transfer_progress_options,
		.descrip = "Progress:" },
	POPT_TABLEEND,
};

/* What the options say of each segment. */
struct range {
	uint64_t offset, length;
	bool to_end;
};

/* How much is looked at at once, where bytes go through a buffer. */
#define BLOCK ((size_t)256 << 10)

static unsigned char block[BLOCK];

/* What went to standard output, of all segments. */
static struct progress progress;

/* Nothing more can be written to it. */
static bool output_broken;

/* Says that writing failed, unless a signal ended it. 1, or -EINTR. */
static int output_failed(int error)
{
	if (transfer_interrupted())
		return -EINTR;
	message("standard output: %s", strerror(-error));
	output_broken = true;
	return 1;
}

/* Shortens the range to what precedes its first NUL. */
static int end_at_nul(const struct reader *reader, struct range *range)
{
	for (uint64_t done = 0; done < range->length; done += BLOCK) {
		size_t n = MIN(range->length - done, BLOCK);
		int r = reader_read(reader, range->offset + done, block, n);
		const unsigned char *nul;

		if (r == 0)
			r = progress_add(&progress, 0);
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

/* How many bytes of BLOCK, which holds N, may go to a terminal as text. A character cut
 * by the end of the block is left for the next one, unless LAST. */
static size_t text_length(size_t n, bool last)
{
	size_t i = 0;

	while (i < n) {
		size_t bytes = text_shown((const char *)block + i, n - i);

		if (bytes == 0 && (block[i] == '\n' || block[i] == '\t'))
			bytes = 1;
		if (bytes == 0)
			return !last && n - i < 4 && i > 0 ? i : 0;
		i += bytes;
	}
	return n;
}

/* Goes over the range, which ends early at bytes that are no text: *TEXT says so. With
 * PRINT they are also written to standard output, after the same look at the same copy:
 * other processes may write to the segment meanwhile. */
static int walk_text(
	const struct reader *reader, const struct range *range, bool print, bool *text)
{
	uint64_t done = 0;

	*text = true;
	while (done < range->length) {
		size_t n = MIN(range->length - done, BLOCK);
		int r = reader_read(reader, range->offset + done, block, n);
		size_t shown;

		if (r == 0)
			r = progress_add(&progress, 0);
		if (r < 0)
			return r;
		shown = text_length(n, done + n == range->length);
		if (shown == 0) {
			*text = false;
			return 0;
		}
		if (print)
			r = copy_bytes(
				(const char *)block, shown, STDOUT_FILENO, &progress);
		if (r < 0)
			return output_failed(r);
		done += shown;
	}
	return 0;
}

/* Dumps data, block by block. */
static int dump_data(struct hexdump *dump, const struct reader *reader, uint64_t offset,
	uint64_t length)
{
	int r = 0;

	while (length > 0 && r == 0) {
		size_t n = MIN(length, BLOCK);

		r = reader_read(reader, offset, block, n);
		if (r < 0)
			return r;
		r = hexdump_add(dump, block, n, &progress);
		offset += n;
		length -= n;
	}
	return r < 0 ? output_failed(r) : 0;
}

static int dump_runs(
	struct hexdump *dump, const struct reader *reader, const struct range *range)
{
	uint64_t offset = range->offset, end = range->offset + range->length;
	int r = 0;

	while (offset < end && r == 0) {
		bool hole;
		uint64_t stop = reader_run(reader, offset, end, &hole);

		if (hole)
			r = hexdump_add(dump, NULL, stop - offset, &progress);
		else
			r = dump_data(dump, reader, offset, stop - offset);
		if (hole && r < 0)
			r = output_failed(r);
		offset = stop;
	}
	return r;
}

static int dump_hex(const struct reader *reader, const struct range *range)
{
	struct hexdump dump;
	int r = hexdump_begin(&dump, STDOUT_FILENO, range->offset);

	if (r == 0)
		r = dump_runs(&dump, reader, range);
	if (r == 0) {
		r = hexdump_end(&dump, &progress);
		r = r < 0 ? output_failed(r) : 0;
	}
	hexdump_free(&dump);
	return r;
}

/* Text as it is, anything else as a hex dump. 1: said already that it failed. */
static int show_on_terminal(const struct operand *operand, const struct reader *reader,
	const struct range *range)
{
	bool text;
	int r = walk_text(reader, range, false, &text);

	if (r < 0)
		return r;
	if (!text)
		return dump_hex(reader, range);
	r = walk_text(reader, range, true, &text);
	if (r < 0 || text)
		return r;
	message("%s: it changed and is no text any more; --hex shows it", operand->text);
	return 1;
}

/* Writes the range. 0, 1: it is said already that it failed, or a negative errno. */
static int write_range(
	const struct operand *operand, const struct reader *reader, struct range *range)
{
	int r = string ? end_at_nul(reader, range) : 0;

	if (r < 0)
		return r;
	if (hex)
		return dump_hex(reader, range);
	if (!raw && isatty(STDOUT_FILENO))
		return show_on_terminal(operand, reader, range);
	r = reader_copy(reader, range->offset, range->length, STDOUT_FILENO,
		transfer_locks(), &progress);
	return r < 0 && r != -EFAULT ? output_failed(r) : r;
}

/* Says what became of a range: RESULT has what write_range() returned, and where that
 * was. *STOP: there is no use in going on: a signal came, or standard output is broken.
 */
static enum exit_status judge(
	const struct operand *operand, const struct failure *result, bool *stop)
{
	*stop = result->error == -EINTR || output_broken;
	if (result->error == -EINTR)
		return transfer_report_interrupted(operand->text, &progress, NULL);
	if (result->error < 0)
		return message_failure(operand->text, result);
	return result->error > 0 ? STATUS_FAILED : STATUS_DONE;
}

static enum exit_status write_segment(const struct operand *operand,
	const struct segment *segment, const struct range *range, bool *stop)
{
	struct range whole = *range;
	uint64_t before = progress.done;
	struct mapping mapping;
	struct reader reader;
	int r = mapping_attach(segment, false, &mapping);

	if (r < 0)
		return message_failure(operand->text,
			&(struct failure){
				.deed = DEED_READ, .error = r, .segment = segment });
	if (whole.to_end)
		whole.length = segment->size - whole.offset;
	reader_open(&reader, &mapping);
	r = write_range(operand, &reader, &whole);
	reader_close(&reader);
	mapping_detach(&mapping);
	return judge(operand,
		&(struct failure){ .deed = DEED_COPY,
			.error = r,
			.offset = whole.offset + progress.done - before,
			.page_size = mapping.page_size },
		stop);
}

static enum exit_status read_range(struct range *range)
{
	*range = (struct range){ .to_end = !length_text };
	if (offset_text && parse_size(offset_text, &range->offset) < 0)
		return message_usage("--offset: '%s': " NOT_A_SIZE, offset_text);
	if (length_text && parse_size(length_text, &range->length) < 0)
		return message_usage("--length: '%s': " NOT_A_SIZE, length_text);
	if (hex && raw)
		return message_usage("--hex: excludes --raw");
	return STATUS_DONE;
}

static enum exit_status check_range(const struct operand *operand,
	const struct segment *segment, const struct range *range)
{
	if (range->offset > segment->size)
		return message_usage("%s: --offset %s is past its end: it has %" PRIu64
				     " bytes",
			operand->text, offset_text, segment->size);
	if (!range->to_end && range->length > segment->size - range->offset)
		return message_usage(
			"%s: --length %s reaches past its end: it has %" PRIu64
			" bytes from offset %" PRIu64 " on",
			operand->text, length_text, segment->size - range->offset,
			range->offset);
	return STATUS_DONE;
}

/* Finds all segments before a byte is written, so that a range past the end of one is
 * said while nothing is done. FOUND: one a segment; those not found have no size. */
static enum exit_status find_all(const struct operand *operands, size_t count,
	const struct range *range, struct segment *found, bool *usage)
{
	enum exit_status status = STATUS_DONE;

	for (size_t i = 0; i < count && !*usage; i++) {
		int r = operand_find(&operands[i], &found[i]);

		if (r < 0) {
			status = status_merge(status, command_not_found(&operands[i], r));
			found[i].size = 0;
			continue;
		}
		*usage = check_range(&operands[i], &found[i], range) != STATUS_DONE;
	}
	return status;
}

static bool any_found(const struct segment *found, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (found[i].size > 0)
			return true;
	}
	return false;
}

/* The bytes of all ranges together. */
static uint64_t total(
	const struct segment *found, size_t count, const struct range *range)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < count; i++) {
		if (found[i].size > 0)
			bytes += range->to_end ? found[i].size - range->offset
					       : range->length;
	}
	return bytes;
}

static enum exit_status write_all(const struct operand *operands,
	const struct segment *found, size_t count, const struct range *range)
{
	bool quiet = isatty(STDOUT_FILENO), stop = false;
	enum exit_status status = transfer_begin(
		&progress, string ? METER_UNKNOWN : total(found, count, range),
		quiet ? TRANSFER_QUIET : TRANSFER_SHOW);

	if (status != STATUS_DONE)
		return status;
	for (size_t i = 0; i < count && !stop; i++) {
		if (found[i].size > 0)
			status = status_merge(status,
				write_segment(&operands[i], &found[i], range, &stop));
	}
	return transfer_end(status);
}

static enum exit_status run(const char *const *words, size_t count)
{
	struct operand CLEANUP_FREE *operands = NULL;
	struct segment CLEANUP_FREE *found = NULL;
	enum exit_status status;
	bool usage = false;
	struct range range;

	status = read_range(&range);
	if (status == STATUS_DONE)
		status = transfer_options();
	if (status != STATUS_DONE)
		return status;
	operands = command_operands(words, count, &status);
	if (!operands)
		return status;
	found = calloc(count, sizeof(*found));
	if (!found)
		return message_failure(
			NULL, &(struct failure){ .deed = DEED_READ, .error = -ENOMEM });
	status = find_all(operands, count, &range, found, &usage);
	if (usage)
		return STATUS_USAGE;
	/* Where there is nothing to read, no semaphore is waited for. */
	if (any_found(found, count))
		status = status_merge(status, write_all(operands, found, count, &range));
	transfer_die();
	return status;
}

static const char *const names[] = { "SEGMENT" };

const struct command command_cat = {
	.name = "cat",
	.arguments = "SEGMENT...",
	.summary = "writes the bytes of segments to standard output",
	.details =
		"To a terminal, binary data is shown as --hex unless --raw is given.\n"
		"OFFSET and LENGTH are bytes, or take K, M, G, ... for powers of 1024.\n" SEGMENT_HELP,
	.options = options,
	.least = 1,
	.most = OPERANDS_ANY,
	.names = names,
	.namespaced = true,
	.run = run,
};
