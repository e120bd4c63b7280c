#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/param.h>
#include <time.h>

#include "alloc.h"
#include "cleanup.h"
#include "clock.h"
#include "command.h"
#include "condition.h"
#include "data/reader.h"
#include "kernel/attach.h"
#include "parse/duration.h"
#include "parse/number.h"
#include "parse/size.h"
#include "show/message.h"

static int exists, unattached, attached, removed;
static char *byte_text, *timeout_text, *interval_text;

static struct poptOption condition_options[] = {
	FLAG("exists", '\0', &exists, "Wait until it exists"),
	FLAG("unattached", '\0', &unattached, "Wait until no process has it attached"),
	FLAG("attached", '\0', &attached, "Wait until a process has it attached"),
	FLAG("removed", '\0', &removed, "Wait until it is removed"),
	{ "byte", '\0', POPT_ARG_STRING, &byte_text, OPTION_ONCE,
		"Wait until the byte at OFFSET is VALUE, a number or a character",
		"OFFSET=VALUE" },
	POPT_TABLEEND,
};

static struct poptOption time_options[] = {
	VALUE("timeout", '\0', &timeout_text, "DURATION",
		"Give up after DURATION with status 124"),
	VALUE("interval", '\0', &interval_text, "DURATION",
		"Check every DURATION (default 50ms)"),
	POPT_TABLEEND,
};

/* A time of clock_now() that never comes. */
#define NEVER UINT64_MAX

static uint64_t later(uint64_t time, uint64_t span)
{
	return span > NEVER - time ? NEVER : time + span;
}

/* Sleep until TIME, or until a handled signal arrives: then the caller checks once more
 * than needed. */
static void sleep_until(uint64_t time)
{
	struct timespec until = { .tv_sec = (time_t)(time / CLOCK_SECOND),
		.tv_nsec = (long)(time % CLOCK_SECOND) };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

/* The condition to wait for, and the findings of the last check. */
struct watch {
	struct operand operand;
	uint64_t timeout, interval; /* nanoseconds, or NEVER */
	uint64_t offset; /* of --byte */
	unsigned char wanted, byte;
	struct segment segment;
	struct mapping mapping; /* attached only for --byte */
	struct reader reader;
	enum operation operation; /* the step that failed */
	int users_error; /* of an object: that of attaches_error() */
};

static bool is_attached(const struct watch *watch)
{
	return watch->mapping.address || watch->mapping.fd >= 0;
}

static void detach(struct watch *watch)
{
	if (!is_attached(watch))
		return;
	reader_close(&watch->reader);
	mapping_detach(&watch->mapping);
}

static int check_byte(struct watch *watch)
{
	int r;

	watch->operation = OPERATION_READ;
	if (!is_attached(watch)) {
		r = mapping_attach(&watch->segment, MAPPING_READ, &watch->mapping);
		if (r < 0)
			return r;
		reader_open(&watch->reader, &watch->mapping);
	}
	watch->operation = OPERATION_COPY;
	r = reader_read(&watch->reader, watch->offset, &watch->byte, 1);
	/* Do not keep a segment alive that is marked for destruction. */
	if (watch->segment.dest)
		detach(watch);
	return r < 0 ? r : watch->byte == watch->wanted;
}

/* Parse the operand again, then find its segment: the file of an ftok: operand may be
 * created or replaced while this process waits. */
static int check_exists(struct watch *watch)
{
	const char *why;
	int r;

	operand_parse(watch->operand.text, &watch->operand, &why);
	watch->operation = watch->operand.ftok_error ? OPERATION_FTOK : OPERATION_FIND;
	r = operand_find(&watch->operand, &watch->segment);
	/* A segment that may not be examined exists; of an object, this means that
	 * /dev/shm may not be searched. */
	if (r == 0 ||
		(r == -EACCES && !watch->operand.ftok_error &&
			watch->operand.type == SEGMENT_SYSV))
		return 1;
	return r == -CONDITION_MISSING || r == -ENOENT ? 0 : r;
}

/* Check whether a process has the object mapped or open. */
static int check_users(struct watch *watch)
{
	struct attach_target target = { .segment = &watch->segment };
	struct attach_list list;
	int r = attaches_find(&target, 1, ATTACH_ALL, &list);
	bool used = target.nattaches > 0;

	watch->operation = OPERATION_USERS;
	watch->users_error = attaches_error(&list);
	if (!watch->segment.tmpfs)
		r = -EOPNOTSUPP;
	else if (r == 0 && unattached && !used)
		r = watch->users_error;
	attaches_free(&list);
	return r < 0 ? r : used == (bool)attached;
}

/* Return 1 if the condition holds now, 0 if not, or a negative errno. */
static int check(struct watch *watch)
{
	const struct segment before = watch->segment;
	int r;

	if (exists)
		return check_exists(watch);
	r = segment_stat(&before, &watch->segment);
	watch->operation = OPERATION_FIND;
	/* Another one may have the ID or name now. */
	if (r == 0 && !segment_may_be(&before, &watch->segment))
		r = -CONDITION_MISSING;
	/* A segment marked for destruction is removed with its last detach. */
	if (r == -CONDITION_MISSING)
		return removed || unattached ? 1 : r;
	if (r < 0)
		return r;
	if (byte_text)
		return check_byte(watch);
	if (removed)
		return 0;
	if (watch->segment.type == SEGMENT_POSIX)
		return check_users(watch);
	return attached ? watch->segment.nattch > 0 : watch->segment.nattch == 0;
}

static enum exit_status report_timeout(const struct watch *watch)
{
	const char *text = watch->operand.text;
	bool object = watch->operand.type == SEGMENT_POSIX;
	uint64_t nattch = watch->segment.nattch;

	if (exists)
		message("%s: timed out: no such %s", text,
			watch->operand.ftok_error ? "file for ftok(3)"
				: object          ? "object"
						  : "segment");
	else if (byte_text)
		message("%s: timed out: byte at offset %" PRIu64 " is %u", text,
			watch->offset, watch->byte);
	else if (object && unattached)
		message("%s: timed out: still in use", text);
	else if (object && attached && watch->users_error < 0)
		message("%s: timed out: no use found, but not every process could be "
			"examined%s",
			text,
			watch->users_error == -EACCES ? command_process_remedy() : "");
	else if (nattch == 0)
		message("%s: timed out: not %s", text,
			removed          ? "removed"
				: object ? "in use"
					 : "attached");
	else
		message("%s: timed out: still attached %" PRIu64 " time%s", text, nattch,
			nattch == 1 ? "" : "s");
	return STATUS_TIMEOUT;
}

/* Check until the condition holds: often at first, then less often. The last check comes
 * after the timeout, however late this process runs. */
static enum exit_status wait_for(struct watch *watch)
{
	uint64_t end = later(clock_now(), watch->timeout), pause = CLOCK_MILLISECOND;

	for (;;) {
		uint64_t begin = clock_now();
		bool last = begin >= end;
		int r = check(watch);

		if (r > 0)
			return STATUS_DONE;
		if (r < 0)
			return message_failure(watch->operand.text,
				&(struct failure){ .operation = watch->operation,
					.error = r,
					.type = watch->operand.type,
					.segment = &watch->segment,
					.offset = watch->offset,
					.page_size = watch->mapping.page_size });
		if (last)
			return report_timeout(watch);
		pause = MIN(pause, watch->interval);
		/* The search for users of an object takes long if there are many
		 * processes: do not search more than half of the time. */
		sleep_until(
			MIN(later(clock_now(), MAX(pause, clock_now() - begin)), end));
		pause *= 2;
	}
}

static enum exit_status find_and_wait(struct watch *watch)
{
	enum exit_status status;
	int r;

	if (exists)
		return wait_for(watch);
	r = operand_find(&watch->operand, &watch->segment);
	if (r < 0)
		return command_found(&watch->operand, r);
	if (byte_text && watch->offset >= watch->segment.size)
		return message_usage("%s: --byte: offset %" PRIu64
				     " is past the end: size is %" PRIu64 " bytes",
			watch->operand.text, watch->offset, watch->segment.size);
	status = wait_for(watch);
	detach(watch);
	return status;
}

/* Parse TEXT, unless it is NULL, into nanoseconds. */
static enum exit_status read_duration(
	const char *option, const char *text, uint64_t *nanoseconds)
{
	if (!text)
		return STATUS_DONE;
	if (parse_duration(text, nanoseconds) < 0)
		return message_usage("%s: '%s': " NOT_A_DURATION, option, text);
	if (__builtin_mul_overflow(*nanoseconds, CLOCK_MILLISECOND, nanoseconds))
		*nanoseconds = NEVER;
	return STATUS_DONE;
}

static enum exit_status read_byte(struct watch *watch)
{
	const char *equals;
	char CLEANUP_FREE *offset = NULL;

	if (!byte_text)
		return STATUS_DONE;
	equals = strchrnul(byte_text, '=');
	offset = xstrndup(byte_text, (size_t)(equals - byte_text));
	if (*equals != '=' || parse_size(offset, &watch->offset) < 0 ||
		parse_byte(equals + 1, &watch->wanted) < 0)
		return message_usage(
			"--byte: '%s': not OFFSET=VALUE, with VALUE a number from 0 to "
			"255 or a character",
			byte_text);
	return STATUS_DONE;
}

static enum exit_status run(const char *const *words, size_t count)
{
	struct watch watch = { .timeout = NEVER,
		.interval = 50 * CLOCK_MILLISECOND,
		.mapping = { .fd = -1 } };
	int conditions = exists + unattached + attached + removed + !!byte_text;
	enum exit_status status;

	(void)count;
	if (conditions == 0)
		return message_usage("condition is missing: --exists, --unattached, "
				     "--attached, --removed or --byte");
	if (conditions > 1)
		return message_usage("--exists, --unattached, --attached, --removed and "
				     "--byte cannot be combined");
	status = read_duration("--timeout", timeout_text, &watch.timeout);
	if (status == STATUS_DONE)
		status = read_duration("--interval", interval_text, &watch.interval);
	if (status == STATUS_DONE && watch.interval == 0)
		status = message_usage("--interval: '%s': minimum is 1ms", interval_text);
	if (status == STATUS_DONE)
		status = read_byte(&watch);
	if (status == STATUS_DONE)
		status = command_operand(words[0], &watch.operand);
	return status == STATUS_DONE ? find_and_wait(&watch) : status;
}

const struct command command_wait = {
	.name = "wait",
	.arguments = "SEGMENT",
	.summary = "Wait for creation, attach, last detach, removal or a byte value",
	.details =
		"Waits until the segment exists, is attached, unattached or removed, or until a\n"
		"byte has a given value. A segment that is gone counts as unattached. A POSIX\n"
		"object is attached if a process has it mapped or open.\n"
		"With --attached or --byte, it is a failure if the segment is removed.\n"
		"DURATION is seconds, or a sum such as 1h30m or 500ms.\n"
		"OFFSET takes K, M, G, ... for powers of 1024.\n" SEGMENT_HELP,
	.options = {
		GROUP("Conditions (one is required):", condition_options),
		GROUP("Options:", time_options),
	},
	.min_args = 1,
	.max_args = 1,
	.namespaced = true,
	.run = run,
};
