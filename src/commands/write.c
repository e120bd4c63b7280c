#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "command.h"
#include "condition.h"
#include "data/copy.h"
#include "data/source.h"
#include "data/writer.h"
#include "parse/number.h"
#include "parse/size.h"
#include "show/message.h"
#include "transfer.h"

static char *offset_text, *string_text, *fill_text, *length_text;
static int nul, zero_rest, verbose;

static struct poptOption what_options[] = {
	VALUE("string", '\0', &string_text, "TEXT", "Write TEXT"),
	VALUE("fill", '\0', &fill_text, "BYTE",
		"Fill with BYTE (a number or a character) up to the end, or for --length bytes"),
	VALUE("length", 'l', &length_text, "LENGTH", "Write LENGTH bytes with --fill"),
	POPT_TABLEEND,
};

static struct poptOption where_options[] = {
	VALUE("offset", 'o', &offset_text, "OFFSET", "Start at byte OFFSET"),
	FLAG("nul", '\0', &nul, "Append a NUL to the data"),
	FLAG("zero-rest", '\0', &zero_rest,
		"Zero the rest of the segment after the data"),
	FLAG("verbose", 'v', &verbose, "Print how many bytes were written"),
	GROUP(NULL, transfer_progress_options),
	POPT_TABLEEND,
};

/* What to write, and where. */
struct job {
	struct operand operand;
	struct segment segment;
	const char *file; /* "-": standard input; not used with --string and --fill */
	struct source source;
	uint64_t offset, room; /* ROOM: bytes from there to the end of the segment */
	uint64_t length; /* bytes of data, without --nul; or METER_UNKNOWN */
	unsigned char byte; /* of --fill */
};

static struct progress progress;

static bool reads_file(void)
{
	return !string_text && !fill_text;
}

static enum exit_status read_job(struct job *job, const char *const *words, size_t count)
{
	*job = (struct job){ .file = count > 1 ? words[1] : "-", .source.fd = -1 };
	if (offset_text && parse_size(offset_text, &job->offset) < 0)
		return message_usage("--offset: '%s': " NOT_A_SIZE, offset_text);
	if (length_text && parse_size(length_text, &job->length) < 0)
		return message_usage("--length: '%s': " NOT_A_SIZE, length_text);
	if (fill_text && parse_byte(fill_text, &job->byte) < 0)
		return message_usage(
			"--fill: '%s': not a byte: a number from 0 to 255, or a "
			"character",
			fill_text);
	if (!!string_text + !!fill_text + (count > 1) > 1)
		return message_usage("FILE, --string and --fill cannot be combined");
	if (length_text && !fill_text)
		return message_usage("--length requires --fill");
	return command_operand(words[0], &job->operand);
}

static const char *file_name(const struct job *job)
{
	return strcmp(job->file, "-") == 0 ? "standard input" : job->file;
}

/* Compute ROOM and LENGTH. Report data that is known not to fit. */
static enum exit_status fit(struct job *job)
{
	uint64_t size = job->segment.size, needed;

	if (job->offset > size)
		return message_usage("%s: --offset %s is past the end: size is %" PRIu64
				     " bytes",
			job->operand.text, offset_text, size);
	job->room = size - job->offset;
	if (string_text)
		job->length = strlen(string_text);
	else if (fill_text && !length_text)
		job->length = job->room > 0 ? job->room - (uint64_t)nul : 0;
	else if (reads_file())
		job->length = job->source.known ? job->source.length : METER_UNKNOWN;
	needed = reads_file() && !job->source.known ? 0 : job->length;
	if (__builtin_add_overflow(needed, (uint64_t)nul, &needed))
		needed = UINT64_MAX;
	if (needed <= job->room)
		return STATUS_DONE;
	message("%s: %" PRIu64 " byte%s not fit: %" PRIu64
		" bytes left at offset %" PRIu64,
		job->operand.text, needed, needed == 1 ? " does" : "s do", job->room,
		job->offset);
	return STATUS_FAILED;
}

/* Find the segment, and compute what fits into it. */
static enum exit_status find_room(struct job *job)
{
	int r = operand_find(&job->operand, &job->segment);

	return r < 0 ? command_found(&job->operand, r) : fit(job);
}

/* Write the data. Return 1 if the input has more than fits. */
static int write_data(const struct job *job, struct writer *writer, uint64_t max)
{
	int r;

	if (fill_text)
		return writer_fill(
			writer, job->offset, job->length, job->byte, &progress);
	if (string_text)
		return writer_put(
			writer, job->offset, string_text, job->length, &progress);
	r = writer_copy(writer, job->offset, max, &job->source, &progress);
	return r == 0 && progress.done == max ? copy_has_more(job->source.fd, &progress)
					      : r;
}

/* Write all that the options ask for. Return 1 if the input has more than fits. */
static int write_all(const struct job *job, struct writer *writer)
{
	int r = write_data(job, writer, job->room - (uint64_t)nul);

	if (r == 0 && nul)
		r = writer_put(writer, job->offset + progress.done, "", 1, &progress);
	if (r == 0 && zero_rest)
		r = writer_zeros(writer, job->offset + progress.done,
			job->room - progress.done, &progress);
	return r;
}

/* Report the result R of write_all(). */
static enum exit_status report(
	const struct job *job, const struct mapping *mapping, int r)
{
	const char *segment = job->operand.text;
	uint64_t done = progress.done;

	if (r == 0 && verbose)
		printf("%s: %" PRIu64 " byte%s written at offset %" PRIu64 "\n", segment,
			done, done == 1 ? "" : "s", job->offset);
	if (r == 0)
		return STATUS_DONE;
	if (r == -EINTR)
		return transfer_report_interrupted(segment, &progress, "");
	if (writer_failed(r) || (r < 0 && !reads_file()))
		return message_failure(segment,
			&(struct failure){ .operation = OPERATION_COPY,
				.error = r,
				.type = job->operand.type,
				.offset = job->offset + done,
				.page_size = mapping->page_size });
	if (r > 0)
		message("%s: input does not fit: %" PRIu64
			" bytes written, and there is more",
			segment, done);
	else
		message("%s: %s; %" PRIu64 " bytes written to %s", file_name(job),
			r == -CONDITION_FILE_SHRANK ? "file shrank while it was read"
						    : strerror(-r),
			done, segment);
	return STATUS_FAILED;
}

static enum exit_status attach_and_write(const struct job *job)
{
	struct mapping mapping;
	struct writer writer;
	int r = mapping_attach(&job->segment, MAPPING_WRITE, &mapping);

	if (r < 0)
		return command_result(
			job->operand.text, OPERATION_WRITE, r, &job->segment);
	writer_open(&writer, &mapping);
	r = write_all(job, &writer);
	if (r == 0 && reader_shrank(&writer.reader, mapping.size))
		r = -CONDITION_OBJECT_SHRANK;
	writer_close(&writer);
	mapping_detach(&mapping);
	return report(job, &mapping, r);
}

static enum exit_status write_segment(struct job *job)
{
	enum exit_status status;
	uint64_t total;
	int r;

	if (reads_file()) {
		r = source_open(&job->source, job->file);
		if (r < 0)
			return command_result(file_name(job), OPERATION_FILE, r, NULL);
	}
	status = find_room(job);
	if (status != STATUS_DONE)
		return status;
	total = zero_rest ? job->room : job->length;
	if (!zero_rest && total != METER_UNKNOWN)
		total += (uint64_t)nul;
	status = transfer_begin(&progress, total, TRANSFER_SHOW);
	if (status != STATUS_DONE)
		return status;
	/* While this process waited, another segment may have got the key. */
	if (transfer_locks())
		status = find_room(job);
	return transfer_end(status == STATUS_DONE ? attach_and_write(job) : status);
}

static enum exit_status run(const char *const *words, size_t count)
{
	struct job job;
	enum exit_status status = read_job(&job, words, count);

	if (status == STATUS_DONE)
		status = transfer_options();
	if (status == STATUS_DONE)
		status = write_segment(&job);
	source_close(&job.source);
	transfer_die();
	return status;
}

const struct command command_write = {
	.name = "write",
	.arguments = "SEGMENT [FILE]",
	.summary = "Copy a file, text or bytes into a segment",
	.details =
		"Without FILE, or if it is -, read standard input.\n"
		"Data that is known not to fit is not written at all.\n"
		"OFFSET and LENGTH take K, M, G, ... for powers of 1024.\n" SEGMENT_HELP,
	.options = {
		GROUP("Data (default: FILE or standard input):", what_options),
		GROUP("Options:", where_options),
		GROUP("Lock:", transfer_lock_options),
	},
	.min_args = 1,
	.max_args = 2,
	.namespaced = true,
	.changes = true,
	.run = run,
};
