#include "kernel/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/kcmp.h>
#include <linux/stat.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "compare.h"
#include "condition.h"
#include "kernel/backing.h"
#include "kernel/namespace.h"
#include "kernel/process.h"
#include "kernel/process_files.h"

/* "/SYSV", the key in eight hex digits, " (deleted)" */
#define NAME_LENGTH 23

/* An address space, by a process that has it, and its IPC namespace. */
struct memory {
	uint64_t ns;
	pid_t pid;
};

struct search {
	struct attach_target **wanted; /* by compare_target(), each segment once */
	size_t nwanted;
	size_t nobjects; /* POSIX objects of these */
	uint64_t missing; /* attaches of all segments that are not found yet */
	pid_t *likely; /* creators and last users, ascending */
	size_t nlikely;
	struct memory *memories; /* the address spaces found */
	size_t nmemories;
	struct attach_list *list;

	pid_t pid; /* the process that is being examined, and its namespace */
	uint64_t ns;
	size_t before; /* the number of attaches found before this process */
	int error; /* negative errno of a descriptor that was not examined; 0: none */
};

void attaches_free(struct attach_list *list)
{
	free(list->attaches);
	*list = (struct attach_list){ 0 };
}

int attaches_error(const struct attach_list *list)
{
	if (list->complete)
		return 0;
	return list->foreign   ? -CONDITION_FOREIGN_PROC
		: list->failed ? -CONDITION_USERS_UNKNOWN
			       : -EACCES;
}

/* Compare kinds, and namespaces of System V segments or devices of POSIX objects. */
static int compare_space(const void *a, const void *b)
{
	const struct attach_target *left = *(struct attach_target *const *)a;
	const struct attach_target *right = *(struct attach_target *const *)b;

	if (left->segment->type != right->segment->type)
		return left->segment->type == SEGMENT_SYSV ? -1 : 1;
	if (left->segment->type == SEGMENT_SYSV)
		return compare_numbers(left->ns, right->ns);
	return compare_numbers(left->segment->device, right->segment->device);
}

/* Compare the same, and then IDs or inode numbers. */
static int compare_target(const void *a, const void *b)
{
	const struct segment *left = (*(struct attach_target *const *)a)->segment;
	const struct segment *right = (*(struct attach_target *const *)b)->segment;
	int order = compare_space(a, b);

	if (order != 0)
		return order;
	if (left->type == SEGMENT_SYSV)
		return (left->id > right->id) - (left->id < right->id);
	return compare_numbers(left->inode, right->inode);
}

static int compare_attach(const void *a, const void *b)
{
	const struct attach *left = a, *right = b;
	int order = compare_numbers(left->target, right->target);

	if (order == 0)
		order = (left->pid > right->pid) - (left->pid < right->pid);
	/* Mappings, which have no descriptor, come first. */
	if (order == 0)
		order = (left->fd > right->fd) - (left->fd < right->fd);
	if (order == 0)
		order = compare_numbers(left->start, right->start);
	return order;
}

static struct attach_target **find_target(const struct search *search,
	const struct attach_target *sought, int (*compare)(const void *a, const void *b))
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	return bsearch(&sought, search->wanted, search->nwanted, sizeof(*search->wanted),
		compare);
}

/* Return whether a System V segment of the namespace is wanted. */
static bool any_wanted(const struct search *search, uint64_t ns)
{
	const struct segment segment = { .type = SEGMENT_SYSV };

	return find_target(search,
		&(struct attach_target){ .segment = &segment, .ns = ns }, compare_space);
}

static struct attach_target **find_segment(
	const struct search *search, uint64_t ns, uint64_t id)
{
	const struct segment segment = { .type = SEGMENT_SYSV, .id = (int)id };

	if (id > INT_MAX)
		return NULL;
	return find_target(search,
		&(struct attach_target){ .segment = &segment, .ns = ns }, compare_target);
}

/* Find the POSIX object with this device and inode number. */
static struct attach_target **find_object(
	const struct search *search, uint64_t device, uint64_t inode)
{
	const struct segment segment = {
		.type = SEGMENT_POSIX, .device = device, .inode = inode
	};

	return find_target(
		search, &(struct attach_target){ .segment = &segment }, compare_target);
}

/* Compare the name of a mapping with that of a segment, "/SYSV0000162e (deleted)". It
 * contains the key with which the segment was created. Marking for destruction clears the
 * key of a segment, which then matches any key. */
static bool has_segment_name(const char *name, const struct segment *segment)
{
	const char *key = name + strlen("/SYSV");

	return strncmp(name, "/SYSV", strlen("/SYSV")) == 0 &&
		strspn(key, "0123456789abcdef") == 8 &&
		strcmp(key + 8, " (deleted)") == 0 &&
		(segment->dest || strtoul(key, NULL, 16) == (uint32_t)segment->key);
}

/* Set PERMS from PROT_READ, PROT_WRITE and PROT_EXEC. */
static void set_perms(char perms[4], int protection)
{
	if (protection & PROT_READ)
		*perms++ = 'r';
	if (protection & PROT_WRITE)
		*perms++ = 'w';
	if (protection & PROT_EXEC)
		*perms++ = 'x';
	*perms = '\0';
}

static void add(struct search *search, const struct attach *attach)
{
	struct attach_list *list = search->list;

	list->attaches = xgrow(list->attaches, list->count, sizeof(*list->attaches));
	list->attaches[list->count++] = *attach;
}

/* Add a mapping if it is that of a wanted object, or if its inode number, device and name
 * are those of a wanted segment. */
static void add_mapping(void *data, const struct file_mapping *mapping)
{
	struct search *search = data;
	struct attach_target **target = NULL;
	struct attach attach = {
		.pid = search->pid,
		.fd = -1,
		.start = mapping->start,
		.end = mapping->end,
		.page_size = small_page_size(),
	};

	if (search->nobjects > 0)
		target = find_object(search, mapping->device, mapping->inode);
	if (!target && mapping->shared) {
		target = find_segment(search, search->ns, mapping->inode);
		if (!target || !has_segment_name(mapping->name, (*target)->segment))
			return;
		attach.page_size = backing_page_size(mapping->device);
	}
	if (!target || attach.page_size == 0)
		return;
	attach.target = (size_t)(target - search->wanted);
	set_perms(attach.perms, mapping->protection);
	add(search, &attach);
}

/* Return kcmp(2) of the process and another one with attaches. In different namespaces,
 * their attaches are those of different segments, even if they share their memory. */
static long compare_memory(const struct search *search, const struct memory *other)
{
	if (search->ns != other->ns)
		return search->ns < other->ns ? 1 : 2;
	return syscall(SYS_kcmp, search->pid, other->pid, KCMP_VM, 0, 0);
}

/* Search the address spaces found, by namespace, then in the kernel's order, for that of
 * the process. Return 1: found; 0: not found, and it belongs at *AT; -1: unknown, since a
 * process ended or may not be examined, or kcmp(2) is refused. */
static int find_memory(const struct search *search, size_t *at)
{
	size_t low = 0, high = search->nmemories;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		long order = compare_memory(search, &search->memories[middle]);

		if (order < 0 || order > 2)
			return -1;
		if (order == 0)
			return 1;
		if (order == 1)
			high = middle;
		else
			low = middle + 1;
	}
	*at = low;
	return 0;
}

/* Drop the mappings among the attaches of the process. */
static void drop_mappings(struct search *search)
{
	struct attach_list *list = search->list;
	size_t kept = search->before;

	for (size_t i = kept; i < list->count; i++) {
		if (list->attaches[i].fd >= 0)
			list->attaches[kept++] = list->attaches[i];
	}
	list->count = kept;
}

/* Count the attaches of the process. Drop its mappings if it shares its memory with
 * another process. If that is unknown, keep them uncounted. */
static void count_attaches(struct search *search)
{
	struct attach_list *list = search->list;
	size_t at;
	int r = find_memory(search, &at);

	if (r > 0)
		drop_mappings(search);
	if (r != 0)
		return;
	search->memories =
		xgrow(search->memories, search->nmemories, sizeof(*search->memories));
	memmove(&search->memories[at + 1], &search->memories[at],
		(search->nmemories++ - at) * sizeof(*search->memories));
	search->memories[at] = (struct memory){ search->ns, search->pid };
	for (size_t i = search->before; i < list->count; i++) {
		struct attach_target *target = search->wanted[list->attaches[i].target];

		if (target->missing == 0)
			continue;
		target->missing--;
		search->missing--;
	}
}

/* Examine the descriptor NAME in DIRECTORY, or the link itself. -ENOENT: it was closed.
 * Ask no server of a FUSE file system: it may never answer. Ask for no attribute either:
 * if a user mounted it, FUSE gives root none, and fails if one was wanted (fs/fuse/dir.c,
 * fuse_getattr()). A tmpfs always gives all. */
static int stat_descriptor(int directory, const char *name, int flags, struct statx *stat)
{
	flags |= AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT;
	return syscall(SYS_statx, directory, name, flags, 0, stat) < 0 ? -errno : 0;
}

/* Add a descriptor, if it is open on a wanted object. */
static void add_descriptor(void *data, int directory, const char *name)
{
	struct search *search = data;
	struct attach attach = { .pid = search->pid, .page_size = small_page_size() };
	struct attach_target **target = NULL;
	struct statx file, link;
	int r = stat_descriptor(directory, name, 0, &file);

	if (r == 0) {
		target = find_object(search,
			makedev(file.stx_dev_major, file.stx_dev_minor), file.stx_ino);
		if (!target)
			return;
		r = stat_descriptor(directory, name, AT_SYMLINK_NOFOLLOW, &link);
	}
	if (r < 0) {
		/* Those after ESRCH are errors of a file system other than tmpfs. */
		if (r != -ENOENT && r != -ESRCH && r != -EIO && r != -ESTALE &&
			r != -ENOTCONN)
			search->error = r;
		return;
	}
	attach.target = (size_t)(target - search->wanted);
	attach.fd = (int)strtol(name, NULL, 10);
	/* The mode of the link tells how the file is open (proc_pid_fd(5)). */
	set_perms(attach.perms,
		((link.stx_mode & S_IRUSR) ? PROT_READ : 0) |
			((link.stx_mode & S_IWUSR) ? PROT_WRITE : 0));
	add(search, &attach);
}

/* Begin with a process. */
static unsigned int begin_process(void *data, pid_t task, uint64_t ns)
{
	struct search *search = data;

	(void)task;
	search->ns = ns;
	search->list->count = search->before;
	search->error = 0;
	if (search->nobjects > 0)
		return VISIT_DESCRIPTORS | VISIT_SHARED | VISIT_PRIVATE;
	return any_wanted(search, ns) ? VISIT_SHARED : 0;
}

static void examine(struct search *search, pid_t pid)
{
	static const struct file_visitor visitor = { begin_process, add_descriptor,
		add_mapping };
	struct attach_list *list = search->list;
	int r;

	search->pid = pid;
	search->before = list->count;
	r = process_files(pid, &visitor, search);
	if (r < 0)
		list->count = search->before;
	else if (list->count > search->before && search->nobjects < search->nwanted)
		count_attaches(search);
	if (r == 0)
		r = process_error(pid, search->error);
	if (r == -EACCES || r == -EPERM)
		list->unseen++;
	else if (r < 0 && r != -ESRCH)
		list->failed = true;
}

/* Examine creators and last users. A PID may belong to a thread by now, whose process is
 * examined later. */
static void examine_likely(struct search *search)
{
	pid_t *pids = xcalloc(search->nwanted * 2, sizeof(*pids));
	size_t count = 0;

	/* Objects have neither. */
	for (size_t i = 0; i < search->nwanted; i++) {
		pids[count++] = search->wanted[i]->segment->cpid;
		pids[count++] = search->wanted[i]->segment->lpid;
	}
	qsort(pids, count, sizeof(*pids), compare_pids);
	search->likely = pids;
	search->nlikely = count;
	for (size_t i = 0; i < count && search->missing > 0; i++) {
		if (pids[i] > 0 && (i == 0 || pids[i] != pids[i - 1]) &&
			process_is_main_thread(pids[i]))
			examine(search, pids[i]);
	}
}

/* Examine the other processes until all attaches are found; all of them if objects are
 * wanted. */
static int examine_others(struct search *search)
{
	DIR CLEANUP_DIR *proc = xopendir("/proc");
	pid_t pid = 0;

	while ((search->missing > 0 || search->nobjects > 0) &&
		(pid = process_next(proc)) > 0) {
		if (!bsearch(&pid, search->likely, search->nlikely, sizeof(pid),
			    compare_pids))
			examine(search, pid);
	}
	return pid < 0 ? pid : 0;
}

static void begin(struct search *search, struct attach_target *targets, size_t count,
	struct attach_list *list)
{
	size_t unique = 0;

	*list = (struct attach_list){ .foreign = !process_proc_is_ours() };
	*search = (struct search){ .list = list };
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	search->wanted = xcalloc(count, sizeof(*search->wanted));
	for (size_t i = 0; i < count; i++) {
		const struct segment *segment = targets[i].segment;

		targets[i] = (struct attach_target){
			.segment = segment,
			.ns = targets[i].ns,
			.missing = segment->nattch,
		};
		if ((segment->nattch > 0 || segment->tmpfs) && !list->foreign)
			search->wanted[search->nwanted++] = &targets[i];
	}
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	qsort(search->wanted, search->nwanted, sizeof(*search->wanted), compare_target);
	for (size_t i = 0; i < search->nwanted; i++) {
		struct attach_target **next = &search->wanted[i];

		if (unique > 0 && compare_target(&search->wanted[unique - 1], next) == 0)
			continue;
		search->missing += (*next)->missing;
		search->nobjects += (*next)->segment->type == SEGMENT_POSIX;
		search->wanted[unique++] = *next;
	}
	search->nwanted = unique;
}

/* Assign attaches to targets; duplicate targets share one list. */
static void end(struct search *search, struct attach_target *targets, size_t count)
{
	struct attach_list *list = search->list;

	if (list->count > 0)
		qsort(list->attaches, list->count, sizeof(*list->attaches),
			compare_attach);
	for (size_t i = 0; i < list->count; i++) {
		struct attach_target *target = search->wanted[list->attaches[i].target];

		if (target->nattaches++ > 0)
			continue;
		target->attaches = &list->attaches[i];
		target->page_size = list->attaches[i].page_size;
	}
	for (size_t i = 0; i < count; i++) {
		const struct segment *segment = targets[i].segment;
		struct attach_target **found =
			find_target(search, &targets[i], compare_target);

		if (!found)
			continue;
		targets[i] = **found;
		targets[i].segment = segment;
	}
	free(search->memories);
	free(search->likely);
	free(search->wanted);
}

int attaches_find(struct attach_target *targets, size_t count, enum attach_scope scope,
	struct attach_list *list)
{
	struct search search;
	int r = 0;

	begin(&search, targets, count, list);
	examine_likely(&search);
	if (scope == ATTACH_ALL && (search.missing > 0 || search.nobjects > 0))
		r = examine_others(&search);
	list->complete = r == 0 && scope == ATTACH_ALL && !list->foreign &&
		list->unseen == 0 && !list->failed && !process_proc_hides();
	end(&search, targets, count);
	return r;
}

int attaches_of_process(
	pid_t pid, struct attach_target *targets, size_t count, struct attach_list *list)
{
	struct search search;
	char path[64];

	begin(&search, targets, count, list);
	if (search.nwanted > 0)
		examine(&search, pid);
	end(&search, targets, count);
	if (list->foreign)
		return -CONDITION_FOREIGN_PROC;
	if (kill(pid, 0) < 0 && errno == ESRCH)
		return -ESRCH;
	/* With hidepid, a process that runs has no directory in /proc. */
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	return list->unseen > 0 || access(path, F_OK) < 0 ? -EACCES : 0;
}

/* Return whether FD, opened with O_PATH, is the file of an attach of SEGMENT. Ask no
 * server of a FUSE file system: it may never answer. */
static bool is_file_of(int fd, const struct attach *attach, const struct segment *segment)
{
	char path[64], name[NAME_LENGTH + 2];
	struct statx stat;
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = readlink(path, name, sizeof(name) - 1);
	if (length < 0 ||
		syscall(SYS_statx, fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO,
			&stat) < 0)
		return false;
	name[length] = '\0';
	return backing_page_size(makedev(stat.stx_dev_major, stat.stx_dev_minor)) ==
		attach->page_size &&
		stat.stx_ino == (uint64_t)segment->id && has_segment_name(name, segment);
}

int attach_open(const struct attach *attach, const struct segment *segment)
{
	int CLEANUP_FD file = -1;
	char path[96];
	uint64_t ns;
	pid_t task;
	int fd;

	namespace_of(NAMESPACE_IPC, attach->pid, &ns, &task);
	snprintf(path, sizeof(path), "/proc/%d/map_files/%" PRIx64 "-%" PRIx64, (int)task,
		attach->start, attach->end);
	file = open(path, O_PATH | O_CLOEXEC);
	if (file < 0)
		return -errno;
	if (!is_file_of(file, attach, segment))
		return -ENOENT;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

size_t count_processes(const struct attach *attaches, size_t count)
{
	size_t processes = 0;

	for (size_t i = 0; i < count; i++)
		processes += i == 0 || attaches[i].pid != attaches[i - 1].pid;
	return processes;
}
