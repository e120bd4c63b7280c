#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "command.h"
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
	{ "string", '\0', POPT_ARG_STRING, &string_text, 0, "write TEXT", "TEXT" },
	{ "fill", '\0', POPT_ARG_STRING, &fill_text, 0,
		"write BYTE, a number or a character, to the end or --length times",
		"BYTE" },
	{ "length", 'l', POPT_ARG_STRING, &length_text, 0, "how many bytes --fill writes",
		"LENGTH" },
	POPT_TABLEEND,
};

static struct poptOption where_options[] = {
	{ "offset", 'o', POPT_ARG_STRING, &offset_text, 0, "start at byte OFFSET",
		"OFFSET" },
	{ "nul", '\0', POPT_ARG_NONE, &nul, 0, "write a NUL behind the data", NULL },
	{ "zero-rest", '\0', POPT_ARG_NONE, &zero_rest, 0,
		"write zeros from there to the end of the segment", NULL },
	{ "verbose", 'v', POPT_ARG_NONE, &verbose, 0, "say how many bytes were written",
		NULL },
	{ .argInfo = POPT_ARG_INCLUDE_TABLE, .arg = transfer_progress_options },
	POPT_TABLEEND,
};

static struct poptOption options[] = {
	{ .argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = what_options,
		.descrip = "Instead of FILE or standard input:" },
	{ .argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = where_options,
		.descrip = "Options:" },
	{ .argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = transfer_lock_options,
		.descrip = "With the lock that the segment's programs use:" },
	POPT_TABLEEND,
};

/* What is to be written, and where. */
struct job {
	const char *segment_text, *file; /* FILE: "-" where it is standard input */
	uint64_t offset;
	uint64_t length; /* of --fill */
	bool to_end; /* --fill has no --length */
	unsigned char byte;
	struct source source; /* where neither --string nor --fill is given */
};

static enum exit_status read_job(struct job *job, const char *const *words, size_t count)
{
	*job = (struct job){ .segment_text = words[0],
		.file = count > 1 ? words[1] : "-",
		.to_end = !length_text,
		.source.fd = -1 };
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
		return message_usage("FILE, --string and --fill exclude each other");
	if (length_text && !fill_text)
		return message_usage("--length goes with --fill");
	return STATUS_DONE;
}

static const char *file_name(const struct job *job)
{
	return strcmp(job->file, "-") == 0 ? "standard input" : job->file;
}

/* ROOM: the bytes from the offset to the end. Says what is known not to fit in them. */
static enum exit_status check_fit(const struct job *job, uint64_t room)
{
	uint64_t length = nul;

	if (string_text)
		length += strlen(string_text);
	else if (fill_text && !job->to_end)
		length = job->length > UINT64_MAX - length ? UINT64_MAX
							   : job->length + length;
	else if (!fill_text && job->source.known)
		length += job->source.length;
	if (length <= room)
		return STATUS_DONE;
	message("%s: %" PRIu64 " byte%s not fit: from offset %" PRIu64
		" on it has %" PRIu64 "; nothing was written",
		job->segment_text, length, length == 1 ? " does" : "s do", job->offset,
		room);
	return STATUS_FAILED;
}

/* The bytes that will be written, of ROOM; METER_UNKNOWN where nobody knows. */
static uint64_t total(const struct job *job, uint64_t room)
{
	if (zero_rest || (fill_text && job->to_end))
		return room;
	if (string_text)
		return strlen(string_text) + (uint64_t)nul;
	if (fill_text)
		return job->length + (uint64_t)nul;
	return job->source.known ? job->source.length + (uint64_t)nul : METER_UNKNOWN;
}

/* Writes what the user gave, up to ROOM bytes. 1: there is more of it than that. */
static int write_data(const struct job *job, struct writer *writer, uint64_t room,
	struct progress *progress)
{
	int r;

	if (fill_text)
		return writer_fill(writer, job->offset, job->to_end ? room : job->length,
			job->byte, progress);
	if (string_text)
		return writer_put(
			writer, job->offset, string_text, strlen(string_text), progress);
	r = writer_copy(writer, job->offset, room, &job->source, false, progress);
	return r == 0 && progress->done == room ? copy_more(job->source.fd, progress) : r;
}

/* Writes what --nul and --zero-rest ask for behind the data. */
static int write_rest(
	const struct job *job, struct writer *writer, struct progress *progress)
{
	uint64_t end = writer->mapping->size;
	int r = 0;

	if (nul)
		r = writer_put(writer, job->offset + progress->done, "", 1, progress);
	if (r == 0 && zero_rest) {
		uint64_t start = job->offset + progress->done;

		r = writer_zeros(writer, start, end - start, progress);
	}
	return r;
}

/* Says what went wrong. */
static enum exit_status judge(const struct job *job, const struct mapping *mapping, int r,
	const struct progress *progress)
{
	bool reads = !string_text && !fill_text;

	if (r > 0) {
		message("%s: the input does not fit: %" PRIu64
			" bytes were written, and there is more",
			job->segment_text, progress->done);
		return STATUS_FAILED;
	}
	if (r == -EINTR)
		return transfer_report_interrupted(job->segment_text, progress, NULL);
	if (r == -ENODATA) {
		message("%s: it became shorter while it was read; %" PRIu64
			" bytes were written to %s",
			file_name(job), progress->done, job->segment_text);
		return STATUS_FAILED;
	}
	if (r != -EFAULT && reads) {
		message("%s: %s; %" PRIu64 " bytes were written to %s", file_name(job),
			strerror(-r), progress->done, job->segment_text);
		return STATUS_FAILED;
	}
	return message_failure(job->segment_text,
		&(struct failure){ .deed = DEED_COPY,
			.error = r,
			.offset = job->offset + progress->done,
			.page_size = mapping->page_size });
}

static enum exit_status write_all(
	const struct job *job, struct writer *writer, struct progress *progress)
{
	uint64_t room = writer->mapping->size - job->offset - (uint64_t)nul;
	int r = write_data(job, writer, room, progress);

	if (r == 0)
		r = write_rest(job, writer, progress);
	if (r != 0)
		return judge(job, writer->mapping, r, progress);
	if (verbose)
		printf("%s: %" PRIu64 " byte%s written at offset %" PRIu64 "\n",
			job->segment_text, progress->done, progress->done == 1 ? "" : "s",
			job->offset);
	return STATUS_DONE;
}

/* Attaches the segment, and writes. */
static enum exit_status attach_and_write(
	const struct job *job, const struct segment *segment, struct progress *progress)
{
	struct mapping mapping;
	struct writer writer;
	enum exit_status status;
	int r = mapping_attach(segment, true, &mapping);

	if (r < 0)
		return message_failure(job->segment_text,
			&(struct failure){
				.deed = DEED_WRITE, .error = r, .segment = segment });
	writer_open(&writer, &mapping);
	status = write_all(job, &writer, progress);
	writer_close(&writer);
	mapping_detach(&mapping);
	return status;
}

static enum exit_status write_segment(
	const struct job *job, const struct segment *segment)
{
	struct progress progress;
	enum exit_status status;
	uint64_t room;

	if (job->offset > segment->size)
		return message_usage("%s: --offset %s is past its end: it has %" PRIu64
				     " bytes",
			job->segment_text, offset_text, segment->size);
	room = segment->size - job->offset;
	status = check_fit(job, room);
	if (status == STATUS_DONE)
		status = transfer_begin(&progress, total(job, room), TRANSFER_SHOW);
	if (status != STATUS_DONE)
		return status;
	return transfer_end(attach_and_write(job, segment, &progress));
}

static enum exit_status find_and_write(struct job *job)
{
	enum exit_status status;
	struct operand operand;
	struct segment segment;
	int r;

	status = command_operand(job->segment_text, &operand);
	if (status != STATUS_DONE)
		return status;
	if (!string_text && !fill_text) {
		r = source_open(&job->source, job->file);
		if (r < 0)
			return message_failure(file_name(job),
				&(struct failure){ .deed = DEED_FILE, .error = r });
	}
	r = operand_find(&operand, &segment);
	if (r < 0)
		return command_not_found(&operand, r);
	return write_segment(job, &segment);
}

static enum exit_status run(const char *const *words, size_t count)
{
	enum exit_status status;
	struct job job;

	status = read_job(&job, words, count);
	if (status == STATUS_DONE)
		status = transfer_options();
	if (status == STATUS_DONE)
		status = find_and_write(&job);
	source_close(&job.source);
	transfer_die();
	return status;
}

static const char *const names[] = { "SEGMENT" };

const struct command command_write = {
	.name = "write",
	.arguments = "SEGMENT [FILE]",
	.summary = "copies a file, text or bytes into a segment",
	.details =
		"Writes FILE, or standard input where FILE is left out or -.\n"
		"What is known not to fit is not written at all.\n"
		"OFFSET and LENGTH are bytes, or take K, M, G, ... for powers of 1024.\n" SEGMENT_HELP,
	.options = options,
	.least = 1,
	.most = 2,
	.names = names,
	.namespaced = true,
	.run = run,
};
