#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/random.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "command.h"
#include "data/copy.h"
#include "data/source.h"
#include "data/writer.h"
#include "guard.h"
#include "kernel/backing.h"
#include "parse/mode.h"
#include "parse/owner.h"
#include "parse/size.h"
#include "show/human.h"
#include "show/message.h"
#include "transfer.h"

static char *size_text, *key_text, *ftok_text, *mode_text, *owner_text, *from_path;
static int new_key, exist_ok, noreserve, lock;
static char no_huge[] = "", *huge_text = no_huge; /* NULL: --huge without a size */

static struct poptOption create_options[] = {
	{ "size", 's', POPT_ARG_STRING, &size_text, 0,
		"bytes it shall have; --from a regular file says them too", "SIZE" },
	{ "mode", 'm', POPT_ARG_STRING, &mode_text, 0,
		"permissions in octal; 0600 if not given", "MODE" },
	{ "owner", '\0', POPT_ARG_STRING, &owner_text, 0, "give it to USER, and to GROUP",
		"USER[:GROUP]" },
	{ "from", '\0', POPT_ARG_STRING, &from_path, 0,
		"fill it from FILE, - for standard input; holes stay holes", "FILE" },
	{ "huge", '\0', POPT_ARG_STRING | POPT_ARGFLAG_OPTIONAL, &huge_text, 0,
		"of huge pages, of PAGESIZE each if given", "PAGESIZE" },
	{ "noreserve", '\0', POPT_ARG_NONE, &noreserve, 0,
		"reserve no memory or swap for it beforehand", NULL },
	{ "lock", '\0', POPT_ARG_NONE, &lock, 0, "lock it into memory", NULL },
	{ .argInfo = POPT_ARG_INCLUDE_TABLE, .arg = transfer_progress_options },
	POPT_TABLEEND,
};

static struct poptOption key_options[] = {
	{ "key", 'k', POPT_ARG_STRING, &key_text, 0, "this key, in decimal, octal or hex",
		"KEY" },
	{ "ftok", '\0', POPT_ARG_STRING, &ftok_text, 0, "the key that ftok(3) makes",
		"PATH[:PROJ]" },
	{ "new-key", '\0', POPT_ARG_NONE, &new_key, 0, "a random key that is not in use",
		NULL },
	{ "exist-ok", '\0', POPT_ARG_NONE, &exist_ok, 0,
		"where the key is in use, print that segment's ID and leave it as it is",
		NULL },
	POPT_TABLEEND,
};

static struct poptOption options[] = {
	{ .argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = create_options,
		.descrip = "The segment:" },
	{ .argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = key_options,
		.descrip = "Its key (private, where none is asked for):" },
	POPT_TABLEEND,
};

/* What the options ask for. */
struct wish {
	uint64_t size;
	key_t key;
	mode_t mode;
	bool huge;
	uint64_t page_size; /* of huge pages, bytes; 0: the kernel's choice */
	struct owner owner;
	struct source source;
};

/* The segment to take back when a signal ends the program; -1: none. */
static volatile sig_atomic_t unfinished = -1;

static const int signals[] = { SIGALRM, SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM,
	SIGUSR1, SIGUSR2, SIGXCPU, SIGXFSZ };

#define NSIGNALS (sizeof(signals) / sizeof(*signals))

static void take_back(int signal)
{
	if (unfinished >= 0)
		shmctl(unfinished, IPC_RMID, NULL);
	/* Installed with SA_RESETHAND: this time it ends the program. */
	raise(signal);
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = take_back,
		.sa_flags = (int)(SA_RESETHAND | SA_NODEFER) };

	for (size_t i = 0; i < NSIGNALS; i++) {
		struct sigaction old;

		/* What the caller has us ignore stays ignored. */
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
}

/* Holds the signals back; BEFORE is what to restore then. */
static void hold_signals(sigset_t *before)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < NSIGNALS; i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, before);
}

static enum exit_status failed(const struct failure *failure)
{
	return message_failure(NULL, failure);
}

static enum exit_status read_key(struct wish *wish)
{
	enum exit_status status;
	int r;

	if (!!key_text + !!ftok_text + new_key > 1)
		return message_usage("--key, --ftok and --new-key exclude each other");
	if (exist_ok && !key_text && !ftok_text)
		return message_usage("--exist-ok needs --key or --ftok");
	wish->key = IPC_PRIVATE;
	if (key_text) {
		status = command_read_key("--key", key_text, &wish->key);
		if (status != STATUS_DONE)
			return status;
		if (wish->key == IPC_PRIVATE)
			return message_usage(
				"--key: key 0 is IPC_PRIVATE; without --key the "
				"segment is private");
	}
	if (ftok_text) {
		r = operand_ftok(ftok_text, &wish->key);
		if (r == -EINVAL)
			return message_usage(
				"--ftok: '%s': " NOT_AN_FTOK_SPEC, ftok_text);
		if (r < 0)
			return message_failure(ftok_text,
				&(struct failure){ .deed = DEED_FTOK, .error = r });
	}
	return STATUS_DONE;
}

static const char *from_name(void)
{
	return strcmp(from_path, "-") == 0 ? "standard input" : from_path;
}

static enum exit_status read_source(struct wish *wish)
{
	int r = source_open(&wish->source, from_path);

	if (r < 0)
		return message_failure(
			from_name(), &(struct failure){ .deed = DEED_FILE, .error = r });
	if (!size_text && !wish->source.known)
		return message_usage(
			"--size is missing: %s is empty, or does not tell how "
			"much it holds",
			from_name());
	if (!size_text)
		wish->size = wish->source.length;
	if (wish->source.known && wish->source.length > wish->size) {
		message("%s: does not fit: it has %" PRIu64
			" bytes, and the segment %" PRIu64,
			from_name(), wish->source.length, wish->size);
		return STATUS_FAILED;
	}
	return STATUS_DONE;
}

/* Says that this host has no huge pages of that size, and which it has. */
static enum exit_status no_such_pages(const struct backing *all, size_t count)
{
	char CLEANUP_FREE *text = NULL;
	char size[HUMAN_MAX];
	size_t length;
	FILE *list = open_memstream(&text, &length);

	for (size_t i = 0; list && i < count; i++)
		fprintf(list, "%s%s", i > 0 ? ", " : "",
			human_size(size, all[i].page_size));
	if (list)
		fclose(list);
	message("--huge: '%s': this host has no huge pages of that size; it has %s",
		huge_text, text && *text ? text : "none");
	return STATUS_FAILED;
}

static enum exit_status read_huge(struct wish *wish)
{
	size_t count;
	const struct backing *all;
	bool known;

	wish->huge = huge_text != no_huge;
	if (!wish->huge || !huge_text)
		return STATUS_DONE;
	if (parse_size(huge_text, &wish->page_size) < 0 || wish->page_size == 0 ||
		(wish->page_size & (wish->page_size - 1)) != 0)
		return message_usage(
			"--huge: '%s': not the size of a page, such as 2M", huge_text);
	all = backing_huge(&count);
	known = !all; /* then it cannot be known, and the kernel decides */
	for (size_t i = 0; i < count; i++)
		known = known || all[i].page_size == wish->page_size;
	return known ? STATUS_DONE : no_such_pages(all, count);
}

static enum exit_status read_wish(struct wish *wish)
{
	enum exit_status status;
	int r;

	*wish = (struct wish){ .mode = 0600, .source.fd = -1 };
	if (size_text && parse_size(size_text, &wish->size) < 0)
		return message_usage("--size: '%s': " NOT_A_SIZE, size_text);
	if (mode_text && parse_mode(mode_text, &wish->mode) < 0)
		return message_usage(
			"--mode: '%s': not octal permissions, 0 to 777", mode_text);
	if (owner_text) {
		r = parse_owner(owner_text, &wish->owner);
		if (r < 0)
			return command_bad_owner("--owner", owner_text, r);
	}
	if (!size_text && !from_path)
		return message_usage("--size is missing");
	status = read_key(wish);
	if (status == STATUS_DONE)
		status = read_huge(wish);
	if (status == STATUS_DONE && from_path)
		status = read_source(wish);
	return status;
}

/* Whether a segment has the key; false too where it is gone before it is looked at. */
static bool find_holder(key_t key, struct segment *holder)
{
	int id;

	return segment_find(key, &id) == 0 && segment_stat(id, holder) == 0;
}

/* -EEXIST: the key is taken, and --exist-ok was not given. FOUND has a size where it is
 * taken by that segment, and that is what was asked for. -ENOENT: with --exist-ok, others
 * make and remove one all the time. */
static int make(const struct wish *wish, int *id, struct segment *found)
{
	/* What is filled has to be writable first, whatever it shall be in the end. */
	int flags = (int)wish->mode | (from_path ? 0600 : 0) |
		(noreserve ? SHM_NORESERVE : 0) |
		(wish->huge ? segment_huge_flags(wish->page_size) : 0);
	key_t key = wish->key;
	int r = -EEXIST;

	*found = (struct segment){ 0 };
	/* A key may be taken or given back between two calls: a few tries settle that. */
	for (int tries = 0; r == -EEXIST && tries < 16; tries++) {
		if (new_key && getrandom(&key, sizeof(key), 0) != sizeof(key))
			return -errno;
		/* -1 is what ftok(3) returns when it fails: not a key to find again. */
		if (new_key && (key == IPC_PRIVATE || key == -1))
			continue;
		r = segment_create(key, wish->size, flags, id);
		if (r == -EEXIST && exist_ok && find_holder(key, found))
			return 0;
		if (!new_key && !exist_ok)
			break;
	}
	return r == -EEXIST && exist_ok ? -ENOENT : r;
}

static enum exit_status not_made(const struct wish *wish, int error)
{
	struct failure failure = {
		.deed = wish->huge ? DEED_CREATE_HUGE : DEED_CREATE,
		.error = error,
		.size = wish->size,
		.page_size = wish->page_size ? wish->page_size : backing_huge_page_size(),
	};
	struct segment holder;

	if (error == -EEXIST && find_holder(wish->key, &holder))
		failure.segment = &holder;
	return failed(&failure);
}

static enum exit_status print_id(int id)
{
	errno = 0;
	if (printf("%d\n", id) > 0 && fflush(stdout) == 0)
		return STATUS_DONE;
	message("standard output: %s", strerror(errno));
	/* Said already, and the ID of what is removed must not come out later. */
	__fpurge(stdout);
	clearerr(stdout);
	return STATUS_FAILED;
}

/* With --exist-ok: takes the segment that is there, if it will do. */
static enum exit_status take(const struct wish *wish, const struct segment *found)
{
	if (found->size < wish->size)
		return failed(&(struct failure){ .deed = DEED_CREATE,
			.error = -EINVAL,
			.segment = found,
			.size = wish->size });
	return print_id(found->id);
}

/* Copies what --from gives into the segment. 1: there is more than fits. */
static int copy_source(const struct source *source, const struct mapping *mapping,
	struct progress *progress)
{
	struct writer writer;
	int r;

	writer_open(&writer, mapping);
	r = writer_copy(&writer, 0, mapping->size, source, true, progress);
	writer_close(&writer);
	return r == 0 && progress->done == mapping->size ? copy_more(source->fd, progress)
							 : r;
}

static enum exit_status fill_failed(
	const struct mapping *mapping, int r, const struct progress *progress)
{
	if (r == -EINTR)
		return transfer_say_interrupted(
			from_name(), progress, "the segment was removed");
	if (r == -EFAULT)
		return failed(&(struct failure){ .deed = DEED_COPY,
			.error = r,
			.offset = progress->done,
			.page_size = mapping->page_size });
	if (r < 0)
		return message_failure(
			from_name(), &(struct failure){ .deed = DEED_FILE, .error = r });
	message("%s: does not fit: it has more than the segment's %" PRIu64 " bytes",
		from_name(), mapping->size);
	return STATUS_FAILED;
}

static enum exit_status fill(const struct wish *wish, const struct segment *segment)
{
	const struct source *source = &wish->source;
	struct progress progress;
	struct mapping mapping;
	enum exit_status status;
	int r = mapping_attach(segment, true, &mapping);

	if (r < 0)
		return failed(&(struct failure){
			.deed = DEED_WRITE, .error = r, .segment = segment });
	status = transfer_begin(
		&progress, source->known ? source->length : METER_UNKNOWN, false);
	if (status == STATUS_DONE) {
		r = copy_source(source, &mapping, &progress);
		status = transfer_end(
			r == 0 ? STATUS_DONE : fill_failed(&mapping, r, &progress));
	}
	mapping_detach(&mapping);
	return status;
}

static enum exit_status furnish(const struct wish *wish, int id)
{
	enum exit_status status = STATUS_DONE;
	struct segment segment;
	int r;

	/* Then it was made as it shall be, whatever others do with it by now. */
	if (!from_path && !lock && !owner_text)
		return STATUS_DONE;
	r = segment_stat(id, &segment);
	if (r < 0)
		return failed(&(struct failure){ .deed = DEED_FIND, .error = r });
	if (from_path)
		status = fill(wish, &segment);
	if (status != STATUS_DONE)
		return status;
	if (lock) {
		r = segment_lock(id);
		if (r < 0)
			return failed(&(struct failure){
				.deed = DEED_LOCK, .error = r, .segment = &segment });
	}
	if (!owner_text && segment.mode == wish->mode)
		return STATUS_DONE;
	if ((!wish->owner.has_user || !wish->owner.has_group) &&
		!(user_id_known(segment.uid) && group_id_known(segment.gid)))
		return failed(&(struct failure){ .deed = DEED_SET, .error = -EOVERFLOW });
	r = segment_set(id, wish->owner.has_user ? wish->owner.uid : segment.uid,
		wish->owner.has_group ? wish->owner.gid : segment.gid, wish->mode);
	if (r < 0)
		return message_failure(owner_text,
			&(struct failure){
				.deed = DEED_SET, .error = r, .segment = &segment });
	return STATUS_DONE;
}

static enum exit_status create(const struct wish *wish)
{
	struct guard guard = { 0 };
	enum exit_status status;
	sigset_t before;
	struct segment found;
	int id = -1, r;

	/* A signal finds either no segment, or one that it knows of. */
	hold_signals(&before);
	r = make(wish, &id, &found);
	if (r == 0 && found.size == 0) {
		unfinished = id;
		/* Only filling takes time, and memory. */
		if (from_path)
			guard_post(&guard, id);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (r < 0)
		return not_made(wish, r);
	if (found.size > 0)
		return take(wish, &found);
	status = furnish(wish, id);
	if (status == STATUS_DONE && !transfer_interrupted())
		status = print_id(id);
	if (status != STATUS_DONE || transfer_interrupted())
		segment_remove(id);
	unfinished = -1;
	guard_dismiss(&guard);
	transfer_die();
	return status;
}

static enum exit_status run(const char *const *words, size_t count)
{
	struct wish wish;
	enum exit_status status;

	(void)words;
	(void)count;
	status = read_wish(&wish);
	if (status == STATUS_DONE) {
		catch_signals();
		status = create(&wish);
	}
	source_close(&wish.source);
	return status;
}

const struct command command_create = {
	.name = "create",
	.arguments = "",
	.summary = "makes a segment and prints its ID",
	.details = "SIZE is bytes, or takes K, M, G, ... for powers of 1024.\n"
		   "If anything fails after the segment is made, it is removed again.\n",
	.options = options,
	.namespaced = true,
	.changes = true,
	.run = run,
};
