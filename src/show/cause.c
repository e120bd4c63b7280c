#include "show/cause.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "condition.h"
#include "kernel/backing.h"
#include "kernel/limits.h"
#include "show/human.h"
#include "show/names.h"

#define BIT(deed) (1u << (deed))
#define FTOK      BIT(DEED_FTOK)
#define FIND      BIT(DEED_FIND)
#define LIST      BIT(DEED_LIST)
#define READ      BIT(DEED_READ)
#define WRITE     BIT(DEED_WRITE)
#define COPY      BIT(DEED_COPY)
#define CREATE    (BIT(DEED_CREATE) | HUGE)
#define HUGE      BIT(DEED_CREATE_HUGE)
#define SET       BIT(DEED_SET)
#define CHMOD     BIT(DEED_CHMOD)
#define REMOVE    BIT(DEED_REMOVE)
#define LOCK      BIT(DEED_LOCK)
#define UNLOCK    BIT(DEED_UNLOCK)
#define ENTER     BIT(DEED_ENTER)
#define LOOK      BIT(DEED_LOOK)
#define SEMAPHORE BIT(DEED_SEMAPHORE)
#define OPEN      BIT(DEED_FILE)
#define REPLACE   BIT(DEED_REPLACE)
#define ANY       (~0u)

#define DENIED     "permission denied"
#define NO_COPYING "process_vm_readv(2) and process_vm_writev(2) are refused here"

enum exit_status status_merge(enum exit_status a, enum exit_status b)
{
	if (a == STATUS_DONE || a == b)
		return b;
	return b == STATUS_DONE ? a : STATUS_FAILED;
}

static void say_owner(const struct failure *failure, FILE *out)
{
	const struct segment *segment = failure->segment;
	char number[NUMBER_MAX];

	if (segment && !user_id_known(segment->uid))
		fputs(": owned by a user who is not known in this user namespace", out);
	else if (segment)
		fprintf(out, ": owned by %s", user_or_number(segment->uid, number));
}

static void say_owner_and_mode(const struct failure *failure, FILE *out)
{
	const struct segment *segment = failure->segment;
	char perms[HUMAN_MAX];

	say_owner(failure, out);
	if (segment)
		fprintf(out, ", permissions %s", human_perms(perms, segment->mode));
}

/* Who is root and is refused lacks a capability, or has it in a user namespace that the
 * IPC namespace does not belong to. */
#define OVER " over this IPC namespace"

static bool is_root(void)
{
	return geteuid() == 0;
}

static void say_who_reads(const struct failure *failure, FILE *out)
{
	say_owner_and_mode(failure, out);
	fputs("; reading needs the read permission", out);
	if (is_root())
		fputs(", or CAP_IPC_OWNER" OVER, out);
}

static void say_who_writes(const struct failure *failure, FILE *out)
{
	say_owner_and_mode(failure, out);
	fputs("; writing needs the read and the write permission", out);
	if (is_root())
		fputs(", or CAP_IPC_OWNER" OVER, out);
}

static void say_who_may(const struct failure *failure, const char *what, FILE *out)
{
	say_owner(failure, out);
	fprintf(out, "; only its owner, its creator or %s may %s it",
		is_root() ? "a process with CAP_SYS_ADMIN" OVER : "root", what);
}

static void say_who_removes(const struct failure *failure, FILE *out)
{
	say_who_may(failure, "remove", out);
}

static void say_who_changes(const struct failure *failure, FILE *out)
{
	say_who_may(failure, "change", out);
}

static void say_lock_limit(const struct failure *failure, FILE *out)
{
	struct rlimit limit = { 0 };

	(void)failure;
	getrlimit(RLIMIT_MEMLOCK, &limit);
	fprintf(out,
		": without CAP_IPC_LOCK, a user may lock %" PRIu64
		" bytes in all; 'ulimit -l' shows and sets that limit",
		(uint64_t)limit.rlim_cur);
}

/* The owner and the creator are refused by their limit alone, others by who they are.
 * Root is one of those where it lacks the capability, as in containers. */
static void say_who_locks(const struct failure *failure, FILE *out)
{
	const struct segment *segment = failure->segment;
	uid_t self = geteuid();

	if (failure->deed == DEED_LOCK && segment &&
		(self == segment->uid || self == segment->cuid)) {
		say_lock_limit(failure, out);
		return;
	}
	say_owner(failure, out);
	fprintf(out,
		"; only its owner, its creator or a process with CAP_IPC_LOCK%s may %s it",
		is_root() ? OVER : "", failure->deed == DEED_LOCK ? "lock" : "unlock");
}

static void say_key_taken(const struct failure *failure, FILE *out)
{
	char number[NUMBER_MAX];

	if (failure->segment)
		fprintf(out, " by segment %d, owned by %s", failure->segment->id,
			user_or_number(failure->segment->uid, number));
	fputs("; --exist-ok takes the segment that is there", out);
}

static void say_size_bound(const struct failure *failure, FILE *out)
{
	struct shm_limits limits;

	if (failure->segment)
		fprintf(out,
			"segment %d has the key and is smaller: it has %" PRIu64
			" bytes, not %" PRIu64,
			failure->segment->id, failure->segment->size, failure->size);
	else if (failure->size == 0)
		fputs("0 bytes are too few: a segment has at least 1", out);
	else if (shm_limits_read(&limits) == 0 && failure->size > limits.shmmax)
		fprintf(out,
			"%" PRIu64 " bytes are more than kernel.shmmax allows (%" PRIu64
			"); root may raise it with sysctl",
			failure->size, limits.shmmax);
	else if (failure->deed == DEED_CREATE_HUGE)
		fputs("the kernel has no huge pages of this size", out);
	else
		fprintf(out,
			"%" PRIu64 " bytes are more than the kernel can give a segment",
			failure->size);
}

static void say_what_is_full(const struct failure *failure, FILE *out)
{
	struct shm_limits limits;

	if (shm_limits_read(&limits) < 0)
		fputs("a limit is reached: kernel.shmmni or kernel.shmall", out);
	else if (limits.segments >= limits.shmmni)
		fprintf(out,
			"kernel.shmmni is reached: %" PRIu64 " of %" PRIu64
			" segments are in use; 'shmtool ls --unattached' shows those nobody uses",
			limits.segments, limits.shmmni);
	else
		fprintf(out,
			"kernel.shmall is reached: %" PRIu64 " of %" PRIu64
			" pages are in use and %" PRIu64
			" are asked for; 'shmtool ls --sort -SIZE' shows the largest segments",
			limits.pages, limits.shmall,
			failure->size / limits.page_size +
				(failure->size % limits.page_size > 0));
}

static void say_reserve(const struct failure *failure, FILE *out)
{
	fprintf(out,
		": the kernel cannot promise %" PRIu64
		" bytes; --noreserve makes the segment without that promise",
		failure->size);
}

/* How the pool of huge pages of this size is called. */
static void say_pool_setting(uint64_t page_size, FILE *out)
{
	if (page_size == backing_huge_page_size())
		fputs("vm.nr_hugepages", out);
	else
		fprintf(out,
			"/sys/kernel/mm/hugepages/hugepages-%" PRIu64 "kB/nr_hugepages",
			page_size / 1024);
}

/* The limit of this kind, and of pages of this size where it is a pool's; NULL: it is not
 * known. */
static const struct limit *find_limit(enum limit_kind kind, uint64_t page_size)
{
	static struct limit limits[LIMITS_MAX];
	size_t count = 0;

	if (limits_read(limits, &count) < 0)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (limits[i].kind == kind && limits[i].known &&
			(kind != LIMIT_HUGE_POOL || limits[i].page_size == page_size))
			return &limits[i];
	}
	return NULL;
}

static void say_pool(const struct failure *failure, FILE *out)
{
	uint64_t page = failure->page_size, needed;
	const struct limit *pool = find_limit(LIMIT_HUGE_POOL, page);
	char size[HUMAN_MAX];

	if (page == 0)
		return;
	needed = failure->size / page + (failure->size % page > 0);
	fprintf(out, ": %" PRIu64 " of %s %s needed", needed, human_size(size, page),
		needed == 1 ? "is" : "are");
	if (pool && pool->counted)
		fprintf(out, ", and %" PRIu64 " of the pool's %" PRIu64 " %s free",
			pool->unused, pool->value, pool->unused == 1 ? "is" : "are");
	fputs("; root may raise ", out);
	say_pool_setting(page, out);
}

static void say_who_gets_huge_pages(const struct failure *failure, FILE *out)
{
	const struct limit *group = find_limit(LIMIT_HUGE_GROUP, 0);

	(void)failure;
	fputs("; huge pages need CAP_IPC_LOCK, or the group vm.hugetlb_shm_group", out);
	if (group)
		fprintf(out, " (now %" PRIu64 ")", group->value);
}

static void say_offset(const struct failure *failure, FILE *out)
{
	uint64_t page = failure->page_size;

	fprintf(out, " for the byte at offset %" PRIu64 ": out of ", failure->offset);
	if (page == (uint64_t)sysconf(_SC_PAGESIZE)) {
		fputs("memory, or of that of this control group", out);
		return;
	}
	fputs("huge pages (", out);
	say_pool_setting(page ? page : backing_huge_page_size(), out);
	fputs("), or of the memory of this control group", out);
}

/* The first line that fits the deed and the error counts. */
static const struct cause {
	unsigned int deeds;
	int error;
	enum exit_status status;
	const char *text;
	void (*say)(const struct failure *failure, FILE *out); /* what follows the text */
} causes[] = {
	{ FTOK, ENOENT, STATUS_FAILED, "there is no such file to make a key from", NULL },
	{ FTOK, EACCES, STATUS_DENIED, "the file to make a key from may not be looked at",
		NULL },
	{ FIND, EACCES, STATUS_DENIED, DENIED, say_who_reads },
	{ ANY, CONDITION_MISSING, STATUS_MISSING, "no such segment", NULL },
	{ READ | WRITE, EINVAL, STATUS_MISSING, "no such segment", NULL },
	{ SET, EINVAL, STATUS_FAILED,
		"the kernel knows no such user or group in this user namespace", NULL },
	{ READ, EACCES, STATUS_DENIED, DENIED, say_who_reads },
	{ WRITE, EACCES, STATUS_DENIED, DENIED, say_who_writes },
	{ READ | WRITE, ENOMEM, STATUS_FAILED,
		"no room for it in the address space; see 'ulimit -v'", NULL },
	{ REMOVE, EPERM, STATUS_DENIED, DENIED, say_who_removes },
	{ SET | CHMOD, EPERM, STATUS_DENIED, DENIED, say_who_changes },
	{ LOCK | UNLOCK, EPERM, STATUS_DENIED, DENIED, say_who_locks },
	{ LOCK, ENOMEM, STATUS_FAILED, "too much to be locked", say_lock_limit },
	{ HUGE, ENOMEM, STATUS_FAILED, "not enough huge pages", say_pool },
	{ HUGE, EPERM, STATUS_DENIED, DENIED, say_who_gets_huge_pages },
	{ CREATE, EEXIST, STATUS_FAILED, "the key is taken", say_key_taken },
	{ CREATE, EINVAL, STATUS_FAILED, "", say_size_bound },
	{ CREATE, ENOSPC, STATUS_FAILED, "", say_what_is_full },
	{ CREATE, ENOMEM, STATUS_FAILED, "not enough memory", say_reserve },
	{ CREATE, EACCES, STATUS_DENIED, DENIED, say_owner_and_mode },
	{ CREATE, EPERM, STATUS_DENIED, DENIED, NULL },
	{ CREATE, ENOENT, STATUS_FAILED,
		"the segment that had the key was removed just now", NULL },
	{ SET, EOVERFLOW, STATUS_FAILED,
		"its owner or group is not known in this user namespace, so it cannot be kept; name both",
		NULL },
	{ CHMOD, EOVERFLOW, STATUS_FAILED,
		"its owner or group is not known in this user namespace, and would be lost; change it from outside",
		NULL },
	{ COPY, EFAULT, STATUS_FAILED, "there is no memory", say_offset },
	{ OPEN, CONDITION_FILE_SHRANK, STATUS_FAILED, "file shrank while it was read",
		NULL },
	{ REPLACE, CONDITION_NOT_REGULAR, STATUS_FAILED,
		"not a regular file (symbolic links are not followed); use - for standard output",
		NULL },
	{ REPLACE, CONDITION_FOREIGN_OWNER, STATUS_DENIED,
		"owned by another user, in a directory that others may write to; not replaced",
		NULL },
	{ REPLACE, ENOENT, STATUS_FAILED, "no such directory", NULL },
	{ REPLACE, EACCES, STATUS_DENIED,
		DENIED "; needs write permission on the directory", NULL },
	{ COPY, EPERM, STATUS_FAILED, NO_COPYING, NULL },
	{ COPY, ENOSYS, STATUS_FAILED, NO_COPYING, NULL },
	{ LIST, CONDITION_NOT_SHMFILE, STATUS_FAILED, "not a copy of /proc/sysvipc/shm",
		NULL },
	{ ENTER, ENOENT, STATUS_FAILED, "there is no such process or namespace", NULL },
	{ ENTER, ESRCH, STATUS_FAILED, "there is no such process or namespace", NULL },
	{ ENTER, EINVAL, STATUS_FAILED, "this is no IPC namespace", NULL },
	{ ENTER, CONDITION_OWN_NAMESPACE, STATUS_FAILED,
		"this process is in the caller's own IPC namespace; leave out --namespace, or give the inode number",
		NULL },
	{ ENTER, EPERM, STATUS_DENIED,
		DENIED "; entering a namespace needs CAP_SYS_ADMIN there and here",
		NULL },
	{ ENTER, EACCES, STATUS_DENIED, DENIED "; only root may look at that process",
		NULL },
	{ LOOK, ESRCH, STATUS_FAILED, "there is no such process", NULL },
	{ LOOK, CONDITION_FOREIGN_PROC, STATUS_FAILED,
		"/proc shows another PID namespace; mount the one of this", NULL },
	{ LOOK, EACCES, STATUS_DENIED,
		DENIED "; only its user and root may look at that process", NULL },
	{ SEMAPHORE, EINVAL, STATUS_FAILED, "no set of semaphores has this ID", NULL },
	{ SEMAPHORE, CONDITION_NO_SEMAPHORE, STATUS_FAILED,
		"the set has no semaphore of this number", NULL },
	{ SEMAPHORE, EIDRM, STATUS_FAILED, "the set of semaphores was removed just now",
		NULL },
	{ SEMAPHORE, EACCES, STATUS_DENIED,
		DENIED "; taking a semaphore needs the write permission of its set",
		NULL },
	{ SEMAPHORE, ENOSPC, STATUS_FAILED,
		"the kernel's limit of changes to be undone is reached (kernel.sem)",
		NULL },
	{ SEMAPHORE, ERANGE, STATUS_FAILED, "its value would be too large", NULL },
	{ ANY, EIDRM, STATUS_MISSING, "no such segment", NULL },
	{ ANY, ENFILE, STATUS_FAILED,
		"the system has no more open files; see fs.file-max", NULL },
	{ ANY, EOVERFLOW, STATUS_FAILED,
		"a user or group ID of the segment does not fit the kernel's answer",
		NULL },
	{ ANY, EPERM, STATUS_DENIED, DENIED, NULL },
	{ ANY, EACCES, STATUS_DENIED, DENIED, NULL },
	{ ANY, ENOMEM, STATUS_FAILED, "not enough memory", NULL },
};

enum exit_status cause_write(const struct failure *failure, FILE *out)
{
	for (size_t i = 0; i < sizeof(causes) / sizeof(*causes); i++) {
		const struct cause *cause = &causes[i];

		if (!(cause->deeds & BIT(failure->deed)) ||
			cause->error != -failure->error)
			continue;
		fputs(cause->text, out);
		if (cause->say)
			cause->say(failure, out);
		return cause->status;
	}
	fputs(strerror(-failure->error), out);
	return STATUS_FAILED;
}
