#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/param.h>
#include <time.h>

#include "cleanup.h"
#include "clock.h"
#include "command.h"
#include "data/reader.h"
#include "options.h"
#include "parse/duration.h"
#include "parse/number.h"
#include "parse/size.h"
#include "show/message.h"

static int unattached, attached, removed;
static char *byte_text, *timeout_text, *interval_text;

static struct poptOption condition_options[] = {
	{ "unattached", '\0', POPT_ARG_NONE, &unattached, 0, "no process has it attached",
		NULL },
	{ "attached", '\0', POPT_ARG_NONE, &attached, 0, "a process has it attached",
		NULL },
	{ "removed", '\0', POPT_ARG_NONE, &removed, 0, "it is gone", NULL },
	{ "byte", '\0', POPT_ARG_STRING, &byte_text, OPTION_ONCE,
		"the byte at OFFSET is VALUE, a number or a character", "OFFSET=VALUE" },
	POPT_TABLEEND,
};

static struct poptOption time_options[] = {
	{ "timeout", '\0', POPT_ARG_STRING, &timeout_text, 0,
		"end with status 124 after DURATION", "DURATION" },
	{ "interval", '\0', POPT_ARG_STRING, &interval_text, 0,
		"look every DURATION; 50ms if not given", "DURATION" },
	POPT_TABLEEND,
};

static struct poptOption options[] = {
	{ .argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = condition_options,
		.descrip = "Conditions, of which one is needed:" },
	{ .argInfo = POPT_ARG_INCLUDE_TABLE, .arg = time_options, .descrip = "Options:" },
	POPT_TABLEEND,
};

/* Nanoseconds as clock_now() counts them; what is beyond their end comes never. */
#define NEVER UINT64_MAX

static uint64_t later(uint64_t time, uint64_t span)
{
	return span > NEVER - time ? NEVER : time + span;
}

/* A signal that is handled ends it early, which costs no more than a look. */
static void sleep_until(uint64_t time)
{
	struct timespec until = { .tv_sec = (time_t)(time / CLOCK_SECOND),
		.tv_nsec = (long)(time % CLOCK_SECOND) };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

/* What is waited for, and what the last look at it saw. */
struct watch {
	uint64_t timeout, interval; /* nanoseconds; NEVER: no limit */
	uint64_t offset; /* of --byte */
	unsigned char wanted, byte;
	struct segment segment;
	struct mapping mapping; /* attached for --byte alone */
	struct reader reader;
	enum deed deed; /* the step that failed */
};

static void detach(struct watch *watch)
{
	if (!watch->mapping.address)
		return;
	reader_close(&watch->reader);
	mapping_detach(&watch->mapping);
}

static int look_at_byte(struct watch *watch)
{
	int r;

	watch->deed = DEED_READ;
	if (!watch->mapping.address) {
		r = mapping_attach(&watch->segment, MAPPING_READ, &watch->mapping);
		if (r < 0)
			return r;
		reader_open(&watch->reader, &watch->mapping);
	}
	watch->deed = DEED_COPY;
	r = reader_read(&watch->reader, watch->offset, &watch->byte, 1);
	/* One that is marked for destruction must not live on because it is watched. */
	if (watch->segment.dest)
		detach(watch);
	return r < 0 ? r : watch->byte == watch->wanted;
}

/* Looks at the segment again. 1: the condition holds; 0: it doesn't; or a negative
 * errno. */
static int look(struct watch *watch)
{
	int r;

	watch->deed = DEED_FIND;
	r = segment_stat(watch->segment.id, &watch->segment);
	/* It has no attach either, then: the last one keeps a removed segment. */
	if (r == -EINVAL || r == -EIDRM)
		return removed || unattached ? 1 : -EIDRM;
	if (r < 0)
		return r;
	if (byte_text)
		return look_at_byte(watch);
	if (removed)
		return 0;
	return attached ? watch->segment.nattch > 0 : watch->segment.nattch == 0;
}

static enum exit_status time_is_up(const char *text, const struct watch *watch)
{
	if (byte_text)
		message("%s: the time limit ran out: the byte at offset %" PRIu64
			" is %u",
			text, watch->offset, watch->byte);
	else
		message("%s: the time limit ran out: it is there, and has %" PRIu64
			" attach%s",
			text, watch->segment.nattch,
			watch->segment.nattch == 1 ? "" : "es");
	return STATUS_TIMEOUT;
}

/* Looks until the condition holds: often at first, and less and less. The last look comes
 * after the time limit, however late this process gets to it. */
static enum exit_status wait_for(const struct operand *operand, struct watch *watch)
{
	uint64_t end = later(clock_now(), watch->timeout), pause = CLOCK_MILLISECOND;

	for (;;) {
		bool last = clock_now() >= end;
		int r = look(watch);

		if (r > 0)
			return STATUS_DONE;
		if (r < 0)
			return message_failure(operand->text,
				&(struct failure){ .deed = watch->deed,
					.error = r,
					.segment = &watch->segment,
					.offset = watch->offset,
					.page_size = watch->mapping.page_size });
		if (last)
			return time_is_up(operand->text, watch);
		pause = MIN(pause, watch->interval);
		sleep_until(MIN(later(clock_now(), pause), end));
		pause *= 2;
	}
}

static enum exit_status find_and_wait(const char *word, struct watch *watch)
{
	enum exit_status status;
	struct operand operand;
	int r;

	status = command_operand(word, &operand);
	if (status != STATUS_DONE)
		return status;
	r = operand_find(&operand, &watch->segment);
	if (r < 0)
		return command_not_found(&operand, r);
	if (byte_text && watch->offset >= watch->segment.size)
		return message_usage("%s: --byte: offset %" PRIu64
				     " is past its end: it has %" PRIu64 " bytes",
			word, watch->offset, watch->segment.size);
	status = wait_for(&operand, watch);
	detach(watch);
	return status;
}

static enum exit_status read_duration(
	const char *option, const char *text, uint64_t *nanoseconds)
{
	if (parse_duration(text, nanoseconds) < 0)
		return message_usage("%s: '%s': " NOT_A_DURATION, option, text);
	if (__builtin_mul_overflow(*nanoseconds, CLOCK_MILLISECOND, nanoseconds))
		*nanoseconds = NEVER;
	return STATUS_DONE;
}

static enum exit_status read_times(struct watch *watch)
{
	enum exit_status status = STATUS_DONE;

	watch->timeout = NEVER;
	watch->interval = 50 * CLOCK_MILLISECOND;
	if (timeout_text)
		status = read_duration("--timeout", timeout_text, &watch->timeout);
	if (interval_text && status == STATUS_DONE)
		status = read_duration("--interval", interval_text, &watch->interval);
	if (status == STATUS_DONE && watch->interval == 0)
		return message_usage(
			"--interval: '%s': it takes at least 1ms", interval_text);
	return status;
}

static enum exit_status read_byte(struct watch *watch)
{
	const char *equals = strchrnul(byte_text, '=');
	char CLEANUP_FREE *offset = strndup(byte_text, (size_t)(equals - byte_text));

	if (!offset || *equals != '=' || parse_size(offset, &watch->offset) < 0 ||
		parse_byte(equals + 1, &watch->wanted) < 0)
		return message_usage(
			"--byte: '%s': not OFFSET=VALUE, with VALUE a number from 0 to "
			"255 or a character",
			byte_text);
	return STATUS_DONE;
}

static enum exit_status run(const char *const *words, size_t count)
{
	struct watch watch = { 0 };
	enum exit_status status;

	(void)count;
	switch (unattached + attached + removed + !!byte_text) {
	case 0:
		return message_usage(
			"say what to wait for: --unattached, --attached, --removed or --byte");
	case 1:
		break;
	default:
		return message_usage(
			"--unattached, --attached, --removed and --byte exclude each other");
	}
	status = read_times(&watch);
	if (status == STATUS_DONE && byte_text)
		status = read_byte(&watch);
	return status == STATUS_DONE ? find_and_wait(words[0], &watch) : status;
}

static const char *const names[] = { "SEGMENT" };

const struct command command_wait = {
	.name = "wait",
	.arguments = "SEGMENT",
	.summary = "waits until a segment is (un)attached, removed or written to",
	.details =
		"A segment that is removed meanwhile is unattached, too; for --attached and\n"
		"--byte that is a failure.\n"
		"DURATION is seconds, or a sum such as 1h30m or 500ms.\n"
		"OFFSET is bytes, or takes K, M, G, ... for powers of 1024.\n" SEGMENT_HELP,
	.options = options,
	.least = 1,
	.most = 1,
	.names = names,
	.namespaced = true,
	.run = run,
};
