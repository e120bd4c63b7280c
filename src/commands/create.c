#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/random.h>
#include <sys/shm.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "command.h"
#include "condition.h"
#include "data/copy.h"
#include "data/source.h"
#include "data/writer.h"
#include "guard.h"
#include "kernel/backing.h"
#include "kernel/sysv.h"
#include "parse/mode.h"
#include "parse/owner.h"
#include "parse/size.h"
#include "show/human.h"
#include "show/message.h"
#include "show/reason.h"
#include "transfer.h"

static char *size_text, *key_text, *ftok_text, *mode_text, *owner_text, *from_path;
static char *name_text;
static int new_key, exist_ok, noreserve, lock;
static char no_huge[] = "", *huge_text = no_huge; /* NULL: --huge without a size */

static struct poptOption create_options[] = {
	VALUE("size", 's', &size_text, "SIZE",
		"Size in bytes; defaults to the size of FILE with --from"),
	VALUE("mode", 'm', &mode_text, "MODE", "Octal permissions (default 0600)"),
	VALUE("owner", '\0', &owner_text, "USER[:GROUP]",
		"Give the segment to USER and GROUP"),
	VALUE("from", '\0', &from_path, "FILE",
		"Fill the segment from FILE (- for standard input); holes stay holes"),
	{ "huge", '\0', POPT_ARG_STRING | POPT_ARGFLAG_OPTIONAL, &huge_text, 0,
		"Use huge pages (of PAGESIZE)", "PAGESIZE" },
	FLAG("noreserve", '\0', &noreserve, "Do not reserve memory or swap in advance"),
	FLAG("lock", '\0', &lock, "Lock the segment in memory"),
	GROUP(NULL, transfer_progress_options),
	POPT_TABLEEND,
};

static struct poptOption key_options[] = {
	VALUE("name", '\0', &name_text, "/NAME", "Create the POSIX object /NAME instead"),
	VALUE("key", 'k', &key_text, "KEY", "Use KEY (decimal, octal or hex)"),
	VALUE("ftok", '\0', &ftok_text, "PATH[:PROJ]",
		"Use the key that ftok(3) makes from PATH and PROJ"),
	FLAG("new-key", '\0', &new_key, "Use a random unused key"),
	FLAG("exist-ok", '\0', &exist_ok,
		"If the key or name is in use, print the ID or name of the existing segment"),
	POPT_TABLEEND,
};

/* The new segment, as the options describe it. */
struct request {
	uint64_t size;
	key_t key;
	struct operand name; /* of --name; its text is NULL without it */
	mode_t mode;
	bool huge;
	uint64_t page_size; /* of huge pages, bytes; 0: the kernel's choice */
	struct owner owner;
	struct source source;
};

static struct progress progress;

static enum exit_status read_name(struct request *request)
{
	const char *why;

	if (huge_text != no_huge || lock)
		return message_usage(
			"--name and %s cannot be combined", lock ? "--lock" : "--huge");
	if (*name_text != '/')
		return message_usage(
			"--name: '%s': a name begins with a slash", name_text);
	if (operand_parse(name_text, &request->name, &why) < 0)
		return message_usage("--name: '%s': %s", name_text, why);
	return STATUS_DONE;
}

static enum exit_status read_key(struct request *request)
{
	enum exit_status status;
	int r;

	if (!!key_text + !!ftok_text + !!name_text + new_key > 1)
		return message_usage(
			"--key, --ftok, --new-key and --name cannot be combined");
	if (exist_ok && !key_text && !ftok_text && !name_text)
		return message_usage("--exist-ok requires --key, --ftok or --name");
	if (name_text)
		return read_name(request);
	request->key = IPC_PRIVATE;
	if (key_text) {
		status = command_read_key("--key", key_text, &request->key);
		if (status == STATUS_DONE && request->key == IPC_PRIVATE)
			return message_usage(
				"--key: key 0 is IPC_PRIVATE; leave out --key "
				"for a private segment");
		return status;
	}
	if (!ftok_text)
		return STATUS_DONE;
	r = operand_ftok(ftok_text, &request->key);
	if (r == -EINVAL)
		return message_usage("--ftok: '%s': " NOT_AN_FTOK_SPEC, ftok_text);
	return command_result(ftok_text, OPERATION_FTOK, r, NULL);
}

static const char *from_name(void)
{
	return strcmp(from_path, "-") == 0 ? "standard input" : from_path;
}

static enum exit_status open_source(struct request *request)
{
	int r = source_open(&request->source, from_path);

	if (r < 0)
		return command_result(from_name(), OPERATION_FILE, r, NULL);
	if (!size_text && !request->source.known)
		return message_usage(
			"--size is missing: the size of %s is not known", from_name());
	if (!size_text)
		request->size = request->source.length;
	if (request->source.known && request->source.length > request->size) {
		message("%s: does not fit: %" PRIu64 " bytes, but --size is %" PRIu64,
			from_name(), request->source.length, request->size);
		return STATUS_FAILED;
	}
	return STATUS_DONE;
}

static enum exit_status report_page_sizes(const struct backing *all, size_t count)
{
	char CLEANUP_FREE *text = NULL;
	char size[HUMAN_MAX];
	size_t length;
	FILE *list = xopen_memstream(&text, &length);

	for (size_t i = 0; i < count; i++)
		fprintf(list, "%s%s", i > 0 ? ", " : "",
			human_size(size, all[i].page_size));
	xclose_memstream(list, &text);
	message("--huge: '%s': no huge pages of that size; this host has %s", huge_text,
		*text ? text : "none");
	return STATUS_FAILED;
}

static enum exit_status read_huge(struct request *request)
{
	size_t count;
	const struct backing *all;

	request->huge = huge_text != no_huge;
	if (!request->huge || !huge_text)
		return STATUS_DONE;
	if (parse_size(huge_text, &request->page_size) < 0 || request->page_size == 0 ||
		(request->page_size & (request->page_size - 1)) != 0)
		return message_usage(
			"--huge: '%s': not the size of a page, such as 2M", huge_text);
	all = backing_huge(&count);
	if (!all)
		return STATUS_DONE; /* not known: let the kernel decide */
	for (size_t i = 0; i < count; i++) {
		if (all[i].page_size == request->page_size)
			return STATUS_DONE;
	}
	return report_page_sizes(all, count);
}

static enum exit_status read_request(struct request *request)
{
	enum exit_status status = STATUS_DONE;

	if (size_text && parse_size(size_text, &request->size) < 0)
		return message_usage("--size: '%s': " NOT_A_SIZE, size_text);
	if (mode_text && parse_mode(mode_text, &request->mode) < 0)
		return message_usage(
			"--mode: '%s': not octal permissions, 0 to 777", mode_text);
	if (owner_text)
		status = command_read_owner("--owner: ", owner_text, &request->owner);
	if (status == STATUS_DONE && !size_text && !from_path)
		return message_usage("--size is missing");
	if (status == STATUS_DONE)
		status = read_key(request);
	if (status == STATUS_DONE)
		status = read_huge(request);
	if (status == STATUS_DONE && from_path)
		status = open_source(request);
	return status;
}

/* Find the segment with the key or name of the request. Return 0, -CONDITION_MISSING or
 * another error. */
static int find_existing(const struct request *request, struct segment *existing)
{
	const struct operand by_key = { .by_key = true, .key = request->key };

	return operand_find(name_text ? &request->name : &by_key, existing);
}

/* Report why no segment was created. EXISTING: the segment with the key, or NULL. */
static enum exit_status create_failed(
	const struct request *request, int error, const struct segment *existing)
{
	const struct failure failure = {
		.operation = request->huge ? OPERATION_CREATE_HUGE : OPERATION_CREATE,
		.error = error,
		.type = request->name.type,
		.segment = existing,
		.size = request->size,
		.page_size = request->page_size ? request->page_size
						: backing_huge_page_size(),
	};

	return message_failure(NULL, &failure);
}

/* Print the ID or name and flush it. Return 0 or a negative errno. */
static int print_id(const struct segment *segment)
{
	int error;

	errno = 0;
	if ((segment->type == SEGMENT_POSIX ? puts(segment->name)
					    : printf("%d\n", segment->id)) >= 0 &&
		fflush(stdout) == 0)
		return 0;
	error = errno ? errno : EIO;
	/* The ID of a segment that is then removed must not be printed later. */
	__fpurge(stdout);
	clearerr(stdout);
	return -error;
}

/* With --exist-ok: print the ID of the existing segment if it is large enough. */
static enum exit_status print_existing(
	const struct request *request, const struct segment *existing)
{
	char CLEANUP_FREE *owner = reason_owner(existing);
	char CLEANUP_FREE *name = existing->type == SEGMENT_POSIX
		? xasprintf("object %s", existing->name)
		: xasprintf("segment %d", existing->id);

	if (existing->size < request->size)
		return create_failed(request, -EINVAL, existing);
	if (existing->uid != geteuid() || !user_id_known(existing->uid))
		message("warning: %s is %s", name, owner);
	return command_result(
		"standard output", OPERATION_FILE, print_id(existing), NULL);
}

/* Copy the source into the segment. Return 1 if the source has more than fits. */
static int copy_source(const struct source *source, const struct mapping *mapping)
{
	struct writer writer;
	int r;

	writer_open(&writer, mapping);
	writer.zeroed = true;
	r = writer_copy(&writer, 0, mapping->size, source, &progress);
	if (r == 0 && reader_shrank(&writer.reader, mapping->size))
		r = -CONDITION_OBJECT_SHRANK;
	writer_close(&writer);
	return r == 0 && progress.done == mapping->size
		? copy_has_more(source->fd, &progress)
		: r;
}

static enum exit_status fill_failed(const struct mapping *mapping, int r)
{
	if (r == -EINTR)
		return transfer_report_interrupted(
			from_name(), &progress, "; segment removed");
	if (writer_failed(r))
		return message_failure(NULL,
			&(struct failure){ .operation = OPERATION_COPY,
				.error = r,
				.type = name_text ? SEGMENT_POSIX : SEGMENT_SYSV,
				.offset = progress.done,
				.page_size = mapping->page_size });
	if (r < 0)
		return command_result(from_name(), OPERATION_FILE, r, NULL);
	message("%s: does not fit: more than %" PRIu64 " bytes", from_name(),
		mapping->size);
	return STATUS_FAILED;
}

static enum exit_status fill(const struct source *source, const struct segment *segment)
{
	struct mapping mapping;
	enum exit_status status;
	int r = mapping_attach(segment, MAPPING_WRITE, &mapping);

	if (r < 0)
		return command_result(NULL, OPERATION_WRITE, r, segment);
	status = transfer_begin(
		&progress, source->known ? source->length : METER_UNKNOWN, TRANSFER_SHOW);
	if (status == STATUS_DONE) {
		r = copy_source(source, &mapping);
		status = transfer_end(r == 0 ? STATUS_DONE : fill_failed(&mapping, r));
	}
	mapping_detach(&mapping);
	if (status == STATUS_DONE && transfer_interrupted())
		return STATUS_FAILED; /* by a signal after the last byte */
	return status;
}

static enum exit_status set_owner_and_mode(
	const struct request *request, const struct segment *segment)
{
	const struct owner *owner = &request->owner;
	int r = -EOVERFLOW;

	if (!owner_text && segment->mode == request->mode)
		return STATUS_DONE;
	if ((owner->has_user && owner->has_group) || segment_owner_known(segment))
		r = segment_set(segment, owner->has_user ? owner->uid : segment->uid,
			owner->has_group ? owner->gid : segment->gid, request->mode);
	return command_result(owner_text, OPERATION_SET, r, segment);
}

/* Apply what shmget(2) and open(2) cannot: the size of an object, --from, --lock, --owner
 * and the mode. This process reserves and fills memory, not the guard: if memory runs
 * out, the kernel kills this process, and the guard removes the segment. */
static enum exit_status complete(
	const struct request *request, const struct segment *created)
{
	enum exit_status status = STATUS_DONE;
	struct segment segment, now;
	int r;

	if (!from_path && !lock && !owner_text && !name_text)
		return STATUS_DONE;
	r = name_text ? posix_resize(created, request->size,
				noreserve ? POSIX_NORESERVE : POSIX_RESERVE)
		      : 0;
	if (r < 0)
		return create_failed(request, r, NULL);
	r = segment_stat(created, &segment);
	if (r == 0 && name_text && !segment_same(created, &segment))
		r = -CONDITION_MISSING;
	if (r < 0)
		return command_result(NULL, OPERATION_FIND, r, NULL);
	if (from_path)
		status = fill(&request->source, &segment);
	if (status == STATUS_DONE && lock)
		status = command_result(
			NULL, OPERATION_LOCK, sysv_lock(segment.id), &segment);
	if (status == STATUS_DONE)
		status = set_owner_and_mode(request, &segment);
	if (status != STATUS_DONE)
		return status;
	/* Somebody may have removed it meanwhile. */
	r = segment_stat(created, &now);
	if (r == -CONDITION_MISSING || (r == 0 && !segment_may_be(&segment, &now)))
		return command_result(
			NULL, OPERATION_CREATE, -CONDITION_MISSING, created);
	return STATUS_DONE;
}

/* Print the ID and keep the segment. No signal ends the program in between or afterwards:
 * with its ID printed, the segment stays and the status is 0. */
static enum exit_status publish(const struct segment *segment)
{
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };
	sigset_t all, before;
	int r;

	/* Wait for a reader as long as a signal can end the program. */
	while (poll(&out, 1, -1) < 0 && errno == EINTR)
		;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	r = print_id(segment);
	if (r == 0 && guard_keep())
		return STATUS_DONE;
	guard_remove();
	sigprocmask(SIG_SETMASK, &before, NULL); /* SIGPIPE ends the program here */
	return command_result("standard output", OPERATION_FILE, r < 0 ? r : -EIO, NULL);
}

/* Create the segment. Return 1 with --exist-ok if EXISTING has the key or name; -EEXIST
 * without --exist-ok if a segment has it; -CONDITION_MISSING if other processes keep
 * creating and removing it. */
static int find_or_create(const struct request *request, struct guard_request *wanted,
	struct segment *created, struct segment *existing)
{
	int r = -EEXIST;

	/* A key or name can be taken or released between two calls: try a few times. */
	for (int tries = 0; r == -EEXIST && tries < 16; tries++) {
		if (exist_ok) {
			r = find_existing(request, existing);
			if (r == 0)
				return 1;
			if (r != -CONDITION_MISSING)
				return r;
		}
		if (new_key &&
			getrandom(&wanted->key, sizeof(wanted->key), 0) !=
				sizeof(wanted->key))
			return -errno;
		r = -EEXIST;
		/* Not -1, which ftok(3) returns when it fails: no program would look for
		 * it. */
		if (new_key && (wanted->key == IPC_PRIVATE || wanted->key == -1))
			continue;
		r = guard_create(wanted, created);
		if (!new_key && !exist_ok)
			break;
	}
	return r == -EEXIST && exist_ok ? -CONDITION_MISSING : r;
}

static enum exit_status create(const struct request *request)
{
	struct guard_request wanted = {
		/* To be given a size, or to be filled, it must be writable at first. */
		.mode = request->mode | (from_path || name_text ? 0600 : 0),
		.size = request->size,
		.key = request->key,
		.flags = (noreserve ? SHM_NORESERVE : 0) |
			(request->huge ? sysv_huge_flags(request->page_size) : 0),
	};
	struct segment existing = { 0 }, created = { 0 };
	enum exit_status status = command_enter(1u << request->name.type);
	int r;

	snprintf(wanted.name, sizeof(wanted.name), "%s", name_text ? name_text : "");
	if (status == STATUS_DONE)
		status = guard_start();
	if (status != STATUS_DONE)
		return status;
	r = find_or_create(request, &wanted, &created, &existing);
	if (r < 0)
		return create_failed(request, r,
			r == -EEXIST && find_existing(request, &existing) == 0 ? &existing
									       : NULL);
	if (r > 0)
		return print_existing(request, &existing);
	status = complete(request, &created);
	if (status == STATUS_DONE)
		return publish(&created);
	guard_remove();
	transfer_die();
	return status;
}

static enum exit_status run(const char *const *words, size_t count)
{
	struct request request = { .mode = 0600, .source.fd = -1 };
	enum exit_status status = read_request(&request);

	(void)words;
	(void)count;
	if (status == STATUS_DONE)
		status = create(&request);
	source_close(&request.source);
	return status;
}

const struct command command_create = {
	.name = "create",
	.arguments = "",
	.summary = "Create a segment and print its ID or name",
	.details = "SIZE takes K, M, G, ... for powers of 1024. Memory is reserved unless\n"
		   "--noreserve is given. If anything fails, no segment is left.\n",
	.options = {
		GROUP("Segment:", create_options),
		GROUP("Key or name (default: private):", key_options),
	},
	.namespaced = true,
	.changes = true,
	.run = run,
};
