#include "show/cause.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cleanup.h"
#include "condition.h"
#include "kernel/backing.h"
#include "kernel/capability.h"
#include "kernel/limits.h"
#include "kernel/posix.h"
#include "kernel/sysv.h"
#include "show/human.h"
#include "show/names.h"
#include "show/reason.h"

#define BIT(operation) (1u << (operation))
#define FTOK           BIT(OPERATION_FTOK)
#define FIND           BIT(OPERATION_FIND)
#define LIST           BIT(OPERATION_LIST)
#define READ           BIT(OPERATION_READ)
#define WRITE          BIT(OPERATION_WRITE)
#define COPY           BIT(OPERATION_COPY)
#define CREATE         (BIT(OPERATION_CREATE) | HUGE)
#define HUGE           BIT(OPERATION_CREATE_HUGE)
#define SET            BIT(OPERATION_SET)
#define CHMOD          BIT(OPERATION_CHMOD)
#define REMOVE         BIT(OPERATION_REMOVE)
#define LOCK           BIT(OPERATION_LOCK)
#define UNLOCK         BIT(OPERATION_UNLOCK)
#define ENTER          BIT(OPERATION_ENTER)
#define ENTER_MOUNT    BIT(OPERATION_ENTER_MOUNT)
#define PROCESS        BIT(OPERATION_PROCESS)
#define ACCOUNT        BIT(OPERATION_ACCOUNT)
#define USERS          BIT(OPERATION_USERS)
#define SEMAPHORE      BIT(OPERATION_SEMAPHORE)
#define OPEN           BIT(OPERATION_FILE)
#define REPLACE        BIT(OPERATION_REPLACE)
#define ANY            (~0u)

#define DENIED     "permission denied"
#define NO_TMPFS   "no tmpfs is mounted on " POSIX_DIRECTORY " there"
#define NO_COPYING "process_vm_readv(2) and process_vm_writev(2) are refused here"

enum exit_status status_merge(enum exit_status a, enum exit_status b)
{
	if (a == STATUS_DONE || a == b)
		return b;
	return b == STATUS_DONE ? a : STATUS_FAILED;
}

static void print_owner(const struct failure *failure, FILE *out)
{
	char CLEANUP_FREE *owner = NULL;

	if (!failure->segment)
		return;
	owner = reason_owner(failure->segment);
	fprintf(out, ": %s", owner);
}

static void print_owner_and_mode(const struct failure *failure, FILE *out)
{
	const struct segment *segment = failure->segment;
	char perms[HUMAN_MAX];

	print_owner(failure, out);
	if (segment)
		fprintf(out, ", permissions %s", human_perms(perms, segment->mode));
}

/* The kernel refuses root without the capability, or with the capability only in a user
 * namespace that does not own the IPC namespace. */
#define OVER " over this IPC namespace"

static bool is_root(void)
{
	return geteuid() == 0;
}

static void print_attach_permission(const struct failure *failure, FILE *out)
{
	bool object = failure->type == SEGMENT_POSIX;

	print_owner_and_mode(failure, out);
	fprintf(out, "; read%s permission required%s",
		failure->operation == OPERATION_WRITE ? " and write" : "",
		!is_root()       ? ""
			: object ? ", or CAP_DAC_OVERRIDE"
				 : ", or CAP_IPC_OWNER" OVER);
}

static void print_change_permission(const struct failure *failure, FILE *out)
{
	print_owner(failure, out);
	fprintf(out, "; only its owner, its creator or %s may %s it",
		is_root() ? "a process with CAP_SYS_ADMIN" OVER : "root",
		failure->operation == OPERATION_REMOVE ? "remove" : "change");
}

static void print_lock_limit(const struct failure *failure, FILE *out)
{
	struct rlimit limit = { 0 };

	(void)failure;
	getrlimit(RLIMIT_MEMLOCK, &limit);
	fprintf(out,
		": without CAP_IPC_LOCK on the host, a user may lock %" PRIu64
		" bytes in all; see 'ulimit -l'",
		(uint64_t)limit.rlim_cur);
}

/* Owner and creator may lock; only their limit can forbid it. Root may lack the
 * capability, as in containers. */
static void print_lock_permission(const struct failure *failure, FILE *out)
{
	const struct segment *segment = failure->segment;
	bool lock = failure->operation == OPERATION_LOCK;
	uid_t self = geteuid();

	if (lock && segment && (self == segment->uid || self == segment->cuid)) {
		print_lock_limit(failure, out);
		return;
	}
	print_owner(failure, out);
	fprintf(out,
		"; only its owner, its creator or a process with CAP_IPC_LOCK%s may %s it",
		is_root() ? OVER : "", lock ? "lock" : "unlock");
}

/* Examining a process of another user needs read access as in ptrace(2). */
static void print_examine_permission(const struct failure *failure, FILE *out)
{
	if (!is_root())
		fprintf(out, "; run as root%s",
			failure->operation == OPERATION_USERS ||
					failure->operation == OPERATION_ENTER
				? ""
				: " or as the user of the process");
	else if (!has_capability(CAP_SYS_PTRACE))
		fputs("; needs CAP_SYS_PTRACE", out);
	else
		fputs("; needs CAP_SYS_PTRACE in the user namespace of the process", out);
}

/* A key in decimal looks like an ID. */
static void print_key_hint(const struct failure *failure, FILE *out)
{
	int id;

	if (failure->id != 0 && sysv_find(failure->id, &id) == 0)
		fprintf(out, "; key %d exists: use key:%d", failure->id, failure->id);
}

static void print_key_holder(const struct failure *failure, FILE *out)
{
	char number[NUMBER_MAX];

	if (failure->segment)
		fprintf(out, " by segment %d, owned by %s", failure->segment->id,
			user_or_number(failure->segment->uid, number));
	fputs("; use --exist-ok to accept the existing segment", out);
}

/* Return the limit of this kind, or the pool of pages of this size; NULL: unknown. */
static const struct limit *find_limit(enum limit_kind kind, uint64_t page_size)
{
	static struct limit limits[LIMITS_MAX];
	size_t count = 0;

	if (limits_read(limits, &count, SEGMENTS_SYSV | LIMITS_HOST) < 0)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (limits[i].kind == kind && limits[i].known &&
			(kind != LIMIT_HUGE_POOL || limits[i].page_size == page_size))
			return &limits[i];
	}
	return NULL;
}

static void print_size_limit(const struct failure *failure, FILE *out)
{
	const struct limit *max = find_limit(LIMIT_SHMMAX, 0);

	if (failure->segment)
		fprintf(out,
			"segment %d has this key but only %" PRIu64
			" bytes, not %" PRIu64,
			failure->segment->id, failure->segment->size, failure->size);
	else if (failure->size == 0)
		fputs("size 0: a segment has at least 1 byte", out);
	else if (max && failure->size > max->value)
		fprintf(out,
			"%" PRIu64 " bytes exceed kernel.shmmax (%" PRIu64
			"); root can raise it with sysctl",
			failure->size, max->value);
	else if (failure->operation == OPERATION_CREATE_HUGE)
		fputs("the kernel has no huge pages of this size", out);
	else
		fprintf(out, "%" PRIu64 " bytes exceed the kernel's maximum segment size",
			failure->size);
}

static void print_exhausted_limit(const struct failure *failure, FILE *out)
{
	const struct limit *segments = find_limit(LIMIT_SHMMNI, 0);
	const struct limit *pages = find_limit(LIMIT_SHMALL, 0);
	uint64_t needed = pages ? failure->size / pages->page_size +
			(failure->size % pages->page_size > 0)
				: 0;

	/* What exhausted a limit may be gone by now. */
	if (!segments || !pages ||
		(segments->used < segments->value && pages->used <= pages->value &&
			needed <= pages->value - pages->used))
		fputs("kernel.shmmni or kernel.shmall was exhausted", out);
	else if (segments->used >= segments->value)
		fprintf(out,
			"kernel.shmmni is exhausted: %" PRIu64 " of %" PRIu64
			" segments in use; see 'shmtool ls --unattached'",
			segments->used, segments->value);
	else
		fprintf(out,
			"kernel.shmall is exhausted: %" PRIu64 " of %" PRIu64
			" pages in use, %" PRIu64
			" more requested; see 'shmtool ls --sort -SIZE'",
			pages->used, pages->value, needed);
}

static void print_reservation(const struct failure *failure, FILE *out)
{
	fprintf(out,
		": cannot reserve %" PRIu64
		" bytes; use --noreserve to create it without a reservation",
		failure->size);
}

/* Print the name of the pool of huge pages of this size. */
static void print_pool_setting(uint64_t page_size, FILE *out)
{
	if (page_size == backing_huge_page_size())
		fputs("vm.nr_hugepages", out);
	else
		fprintf(out,
			"/sys/kernel/mm/hugepages/hugepages-%" PRIu64 "kB/nr_hugepages",
			page_size / 1024);
}

static void print_pool(const struct failure *failure, FILE *out)
{
	uint64_t page = failure->page_size, needed;
	const struct limit *pool = find_limit(LIMIT_HUGE_POOL, page);
	char size[HUMAN_MAX];

	if (page == 0)
		return;
	needed = failure->size / page + (failure->size % page > 0);
	fprintf(out, ": %" PRIu64 " page%s of %s needed", needed, needed == 1 ? "" : "s",
		human_size(size, page));
	if (pool && pool->counted)
		fprintf(out, ", %" PRIu64 " of %" PRIu64 " free", pool->unused,
			pool->value);
	fputs("; root can raise ", out);
	print_pool_setting(page, out);
}

static void print_huge_page_permission(const struct failure *failure, FILE *out)
{
	const struct limit *group = find_limit(LIMIT_HUGE_GROUP, 0);

	(void)failure;
	fputs("; huge pages need CAP_IPC_LOCK or group vm.hugetlb_shm_group", out);
	if (group)
		fprintf(out, " (now %" PRIu64 ")", group->value);
}

static void print_offset(const struct failure *failure, FILE *out)
{
	uint64_t page = failure->page_size;

	fprintf(out, " at offset %" PRIu64 ": out of ", failure->offset);
	if (page == (uint64_t)sysconf(_SC_PAGESIZE)) {
		fputs("memory, on the host or in this control group", out);
		return;
	}
	fputs("huge pages (", out);
	print_pool_setting(page ? page : backing_huge_page_size(), out);
	fputs("), or of memory in this control group", out);
}

static void print_object_permission(const struct failure *failure, FILE *out)
{
	bool remove = failure->operation == OPERATION_REMOVE;

	print_owner(failure, out);
	if (failure->segment && posix_may_change(failure->segment) &&
		segment_owner_known(failure->segment)) {
		fputs(failure->operation == OPERATION_SET && !has_capability(CAP_CHOWN)
				? "; only a process with CAP_CHOWN may give it to "
				  "another user, or to a group that it is not in"
				: "; its attributes may forbid this: see lsattr(1)",
			out);
		return;
	}
	fprintf(out, "; only its owner or %s may %s it%s",
		is_root() ? "a process with CAP_FOWNER" : "root",
		remove ? "remove" : "change",
		remove ? " (sticky bit of " POSIX_DIRECTORY ")" : "");
}

static void print_name_holder(const struct failure *failure, FILE *out)
{
	char number[NUMBER_MAX];

	if (failure->segment)
		fprintf(out, " by an object owned by %s",
			user_or_number(failure->segment->uid, number));
	fputs("; use --exist-ok to accept the existing object", out);
}

static void print_object_size(const struct failure *failure, FILE *out)
{
	if (failure->segment)
		fprintf(out,
			"object %s exists but has only %" PRIu64 " bytes, not %" PRIu64,
			failure->segment->name, failure->segment->size, failure->size);
	else
		fprintf(out,
			"%" PRIu64
			" bytes: refused by the file system of " POSIX_DIRECTORY,
			failure->size);
}

static void print_file_limit(const struct failure *failure, FILE *out)
{
	struct rlimit limit = { 0 };

	(void)failure;
	getrlimit(RLIMIT_FSIZE, &limit);
	if (limit.rlim_cur != RLIM_INFINITY)
		fprintf(out, ": files may have %" PRIu64 " bytes; see 'ulimit -f'",
			(uint64_t)limit.rlim_cur);
}

static void print_space(const struct failure *failure, FILE *out)
{
	char size[HUMAN_MAX], unused[HUMAN_MAX];
	struct posix_space space;

	if (posix_space(&space) != 0)
		return;
	/* A new object that lacks space has an inode already. */
	if (space.inodes > 0 && space.unused_inodes == 0 &&
		(failure->operation != OPERATION_CREATE || space.unused >= failure->size))
		fputs(": no inodes left", out);
	else
		fprintf(out, ": %s of %s free", human_size(unused, space.unused),
			human_size(size, space.size));
	if (failure->operation == OPERATION_CREATE)
		fprintf(out, ", %" PRIu64 " bytes requested", failure->size);
	fputs("; see 'shmtool ls -P --sort -RSS'", out);
}

/* The first line that matches is used. */
struct cause {
	unsigned int operations;
	int error;
	enum exit_status status;
	const char *text;
	void (*print_rest)(const struct failure *failure, FILE *out);
};

#define NEEDS_DIRECTORY DENIED "; write permission on " POSIX_DIRECTORY " required"

/* These come first for POSIX objects. */
static const struct cause object_causes[] = {
	{ CREATE, CONDITION_MISSING, STATUS_FAILED, "object disappeared" },
	{ ANY, CONDITION_MISSING, STATUS_MISSING, "no such object" },
	{ ANY, CONDITION_NOT_REGULAR, STATUS_FAILED,
		"not a shared memory object: not a regular file of " POSIX_DIRECTORY },
	{ ANY, CONDITION_NO_PROC, STATUS_FAILED,
		"/proc is not mounted, or shows another PID namespace" },
	{ FIND, EACCES, STATUS_DENIED,
		DENIED "; search permission on " POSIX_DIRECTORY " required" },
	{ SET | CHMOD | REMOVE, EPERM, STATUS_DENIED, DENIED, print_object_permission },
	{ SET, EINVAL, STATUS_FAILED, "no such user or group in this user namespace" },
	{ CREATE | REMOVE, EACCES, STATUS_DENIED, NEEDS_DIRECTORY },
	{ REMOVE, EBUSY, STATUS_FAILED, "something is mounted on it" },
	{ CREATE, EEXIST, STATUS_FAILED, "the name is taken", print_name_holder },
	{ CREATE, EINVAL, STATUS_FAILED, "", print_object_size },
	{ CREATE | COPY, ENOSPC, STATUS_FAILED, "not enough space on " POSIX_DIRECTORY,
		print_space },
	{ CREATE | COPY, EDQUOT, STATUS_FAILED, "quota on " POSIX_DIRECTORY " exceeded" },
	{ CREATE | COPY, EFBIG, STATUS_FAILED, "too large for a file", print_file_limit },
	{ COPY, CONDITION_OBJECT_SHRANK, STATUS_FAILED, "object shrank meanwhile" },
	{ CREATE, ENOENT, STATUS_FAILED, POSIX_DIRECTORY " does not exist" },
	{ USERS, EACCES, STATUS_DENIED, "cannot examine some processes, which may use it",
		print_examine_permission },
	{ USERS, CONDITION_USERS_UNKNOWN, STATUS_FAILED,
		"cannot examine some processes, which may use it" },
	{ USERS, EOPNOTSUPP, STATUS_FAILED,
		"users cannot be found: " POSIX_DIRECTORY " is not on tmpfs" },
	{ USERS, CONDITION_FOREIGN_PROC, STATUS_FAILED,
		"/proc shows another PID namespace; mount your own" },
	{ CREATE, EROFS, STATUS_FAILED, POSIX_DIRECTORY " is mounted read-only" },
};

static const struct cause causes[] = {
	{ FTOK, ENOENT, STATUS_FAILED, "no such file for ftok(3)" },
	{ FTOK, EACCES, STATUS_DENIED, "cannot stat the ftok file" },
	{ FIND | READ | WRITE, EACCES, STATUS_DENIED, DENIED, print_attach_permission },
	{ CREATE, CONDITION_MISSING, STATUS_FAILED, "segment disappeared" },
	{ CREATE, ENOENT, STATUS_FAILED, "segment disappeared" },
	{ ANY, CONDITION_MISSING, STATUS_MISSING, "no such segment", print_key_hint },
	{ READ | WRITE, EINVAL, STATUS_MISSING, "no such segment" },
	{ SET, EINVAL, STATUS_FAILED, "no such user or group in this user namespace" },
	{ READ | WRITE, ENOMEM, STATUS_FAILED,
		"no room in the address space; see 'ulimit -v'" },
	{ REMOVE | SET | CHMOD, EPERM, STATUS_DENIED, DENIED, print_change_permission },
	{ LOCK | UNLOCK, EPERM, STATUS_DENIED, DENIED, print_lock_permission },
	{ LOCK, ENOMEM, STATUS_FAILED, "lock limit exceeded", print_lock_limit },
	{ HUGE, ENOMEM, STATUS_FAILED, "not enough huge pages", print_pool },
	{ HUGE, EPERM, STATUS_DENIED, DENIED, print_huge_page_permission },
	{ CREATE, EEXIST, STATUS_FAILED, "the key is taken", print_key_holder },
	{ CREATE, EINVAL, STATUS_FAILED, "", print_size_limit },
	{ CREATE, ENOSPC, STATUS_FAILED, "", print_exhausted_limit },
	{ CREATE, ENOMEM, STATUS_FAILED, "not enough memory", print_reservation },
	{ CREATE, EACCES, STATUS_DENIED, DENIED, print_owner_and_mode },
	{ SET, EOVERFLOW, STATUS_FAILED,
		"owner or group cannot be told in this user namespace and could be lost; give USER:GROUP" },
	{ CHMOD, EOVERFLOW, STATUS_FAILED,
		"owner or group cannot be told in this user namespace and could be lost; run chmod outside it" },
	{ COPY, EFAULT, STATUS_FAILED, "cannot allocate memory", print_offset },
	{ OPEN, CONDITION_FILE_SHRANK, STATUS_FAILED, "file shrank while it was read" },
	{ REPLACE, CONDITION_NOT_REGULAR, STATUS_FAILED,
		"not a regular file (symbolic links are not followed); use - for standard output" },
	{ REPLACE, CONDITION_FOREIGN_OWNER, STATUS_DENIED,
		"owned by another user, in a directory that others may write to; not replaced" },
	{ REPLACE, ENOENT, STATUS_FAILED, "no such directory" },
	{ REPLACE, EACCES, STATUS_DENIED,
		DENIED "; needs write permission on the directory" },
	{ COPY, CONDITION_NO_COPYING, STATUS_FAILED, NO_COPYING },
	{ COPY, EPERM, STATUS_FAILED, NO_COPYING },
	{ COPY, ENOSYS, STATUS_FAILED, NO_COPYING },
	{ LIST | ACCOUNT, CONDITION_NOT_SHMFILE, STATUS_FAILED,
		"not a copy of /proc/sysvipc/shm" },
	{ ENTER, ENOENT, STATUS_FAILED, "no such process or namespace" },
	{ ENTER, ESRCH, STATUS_FAILED, "no such process or namespace" },
	{ ENTER, EINVAL, STATUS_FAILED, "not an IPC namespace" },
	{ ENTER, CONDITION_MOUNT_HIDDEN, STATUS_FAILED,
		"the mount that keeps it is out of reach" },
	{ ENTER, CONDITION_OWN_NAMESPACE, STATUS_FAILED,
		"this process is in the caller's own IPC namespace; leave out --namespace, or give the inode number" },
	{ ENTER, EPERM, STATUS_DENIED,
		DENIED "; needs CAP_SYS_ADMIN in its user namespace and in yours" },
	{ PROCESS, ESRCH, STATUS_FAILED, "no such process" },
	{ ACCOUNT, ENOENT, STATUS_FAILED, "/proc is not mounted" },
	{ PROCESS | ACCOUNT, CONDITION_FOREIGN_PROC, STATUS_FAILED,
		"/proc shows another PID namespace; mount your own" },
	{ ENTER_MOUNT, ENOENT, STATUS_FAILED,
		"no such process or namespace, or it has no " POSIX_DIRECTORY },
	{ ENTER_MOUNT, ESRCH, STATUS_FAILED, "no such process or namespace" },
	{ ENTER_MOUNT, EAGAIN, STATUS_FAILED, NO_TMPFS },
	{ ENTER_MOUNT, ELOOP, STATUS_FAILED, NO_TMPFS },
	{ ENTER_MOUNT, ENOTDIR, STATUS_FAILED, NO_TMPFS },
	{ ENTER_MOUNT, EMEDIUMTYPE, STATUS_FAILED, NO_TMPFS },
	{ ENTER_MOUNT, EINVAL, STATUS_FAILED, "needs Linux 5.12" },
	{ ENTER_MOUNT, CONDITION_FOREIGN_MOUNT, STATUS_FAILED,
		"a user mounted a directory on its " POSIX_DIRECTORY
		" that belongs to somebody else" },
	{ ENTER_MOUNT, CONDITION_OWN_NAMESPACE, STATUS_FAILED,
		"this process has the caller's own " POSIX_DIRECTORY
		"; leave out --namespace, or give the inode number" },
	{ ENTER_MOUNT, EPERM, STATUS_DENIED, DENIED, print_examine_permission },
	{ ENTER | ENTER_MOUNT | PROCESS, EACCES, STATUS_DENIED, DENIED,
		print_examine_permission },
	{ SEMAPHORE, EINVAL, STATUS_FAILED, "no such semaphore set" },
	{ SEMAPHORE, CONDITION_NO_SEMAPHORE, STATUS_FAILED,
		"the set has no semaphore with this number" },
	{ SEMAPHORE, EIDRM, STATUS_FAILED, "semaphore set disappeared" },
	{ SEMAPHORE, EACCES, STATUS_DENIED,
		DENIED "; write permission on the semaphore set required" },
	{ SEMAPHORE, ENOSPC, STATUS_FAILED,
		"the kernel's limit on SEM_UNDO is reached; see kernel.sem" },
	{ SEMAPHORE, ERANGE, STATUS_FAILED, "semaphore value would overflow" },
	{ ANY, EIDRM, STATUS_MISSING, "no such segment" },
	{ ANY, ENFILE, STATUS_FAILED,
		"too many open files on this system; see fs.file-max" },
	{ ANY, EOVERFLOW, STATUS_FAILED,
		"a user or group ID of the segment does not fit in the kernel's reply" },
	{ ANY, EPERM, STATUS_DENIED, DENIED },
	{ ANY, EACCES, STATUS_DENIED, DENIED },
	{ ANY, ENOMEM, STATUS_FAILED, "not enough memory" },
};

static const struct cause *find_cause(
	const struct failure *failure, const struct cause *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if ((table[i].operations & BIT(failure->operation)) &&
			table[i].error == -failure->error)
			return &table[i];
	}
	return NULL;
}

enum exit_status cause_write(const struct failure *failure, FILE *out)
{
	const struct cause *cause = NULL;

	if (failure->type == SEGMENT_POSIX)
		cause = find_cause(failure, object_causes,
			sizeof(object_causes) / sizeof(*object_causes));
	if (!cause)
		cause = find_cause(failure, causes, sizeof(causes) / sizeof(*causes));
	fputs(cause ? cause->text : strerror(-failure->error), out);
	if (cause && cause->print_rest)
		cause->print_rest(failure, out);
	return cause ? cause->status : STATUS_FAILED;
}
