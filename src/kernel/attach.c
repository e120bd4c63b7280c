#include "kernel/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "condition.h"
#include "kernel/backing.h"
#include "kernel/namespace.h"
#include "kernel/process.h"
#include "kernel/procmap.h"

/* "/SYSV", the key in eight hex digits, " (deleted)" */
#define NAME_LENGTH 23

struct search {
	struct attach_target **wanted; /* by namespace and ID; those with attaches */
	size_t nwanted;
	uint64_t missing; /* attaches of all of them that are not found yet */
	pid_t *examined; /* the likely processes, ascending */
	size_t nexamined;
	pid_t *holders; /* a process for each memory found, as process_order_memory() */
	size_t nholders;
	struct attach_list *list;
};

void attaches_free(struct attach_list *list)
{
	free(list->attaches);
	*list = (struct attach_list){ 0 };
}

static int compare_place(uint64_t ns, int id, uint64_t other_ns, int other_id)
{
	if (ns != other_ns)
		return ns < other_ns ? -1 : 1;
	return (id > other_id) - (id < other_id);
}

static int compare_target(const void *a, const void *b)
{
	const struct attach_target *left = *(struct attach_target *const *)a;
	const struct attach_target *right = *(struct attach_target *const *)b;

	return compare_place(left->ns, left->segment->id, right->ns, right->segment->id);
}

static int compare_attach(const void *a, const void *b)
{
	const struct attach *left = a, *right = b;
	int order = (left->target > right->target) - (left->target < right->target);

	if (order == 0)
		order = (left->pid > right->pid) - (left->pid < right->pid);
	if (order == 0)
		order = (left->start > right->start) - (left->start < right->start);
	return order;
}

/* Return the index of the first target that is not before this namespace and ID. */
static size_t find_place(const struct search *search, uint64_t ns, int id)
{
	size_t low = 0, high = search->nwanted;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct attach_target *target = search->wanted[middle];

		if (compare_place(target->ns, target->segment->id, ns, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool any_wanted(const struct search *search, uint64_t ns)
{
	size_t place = find_place(search, ns, 0);

	return place < search->nwanted && search->wanted[place]->ns == ns;
}

/* Find the target with this ID. Several may name one segment: the first stands for all.
 */
static bool find_wanted(
	const struct search *search, uint64_t ns, uint64_t inode, size_t *place)
{
	const struct attach_target *target;

	if (inode > INT_MAX)
		return false;
	*place = find_place(search, ns, (int)inode);
	if (*place == search->nwanted)
		return false;
	target = search->wanted[*place];
	return target->ns == ns && target->segment->id == (int)inode;
}

/* Check the name of a mapping. It has the key that the segment was created with, which a
 * segment loses when it is marked for destruction. */
static bool name_fits(const char *name, const struct segment *segment)
{
	char expected[NAME_LENGTH + 1];

	if (segment->dest)
		return strlen(name) == NAME_LENGTH && strncmp(name, "/SYSV", 5) == 0 &&
			strspn(name + 5, "0123456789abcdef") == 8 &&
			strcmp(name + 13, " (deleted)") == 0;
	snprintf(expected, sizeof(expected), "/SYSV%08x (deleted)",
		(uint32_t)segment->key);
	return strcmp(name, expected) == 0;
}

/* Add a mapping if its name and device are those of its target, too. */
static void match_mapping(
	struct search *search, struct attach *attach, dev_t device, const char *name)
{
	struct attach_list *list = search->list;

	attach->page_size = backing_page_size(device);
	if (attach->page_size == 0 ||
		!name_fits(name, search->wanted[attach->target]->segment))
		return;
	list->attaches = xgrow(list->attaches, list->count, sizeof(*list->attaches));
	list->attaches[list->count++] = *attach;
}

static void set_perms(struct attach *attach, bool r, bool w, bool x)
{
	char *to = attach->perms;

	if (r)
		*to++ = 'r';
	if (w)
		*to++ = 'w';
	if (x)
		*to++ = 'x';
	*to = '\0';
}

/* Ask for one shared mapping of a file after another. -ENOTTY: an older kernel. */
static int query_mappings(struct search *search, int fd, pid_t pid, uint64_t ns)
{
	struct procmap_request request = { .size = sizeof(request) };

	for (;;) {
		struct attach attach = { .pid = pid };
		char name[NAME_LENGTH + 2] = "";
		int r;

		request.query_flags =
			PROCMAP_OR_NEXT | PROCMAP_FILE_BACKED | PROCMAP_SHARED;
		request.query_addr = request.vma_end;
		request.vma_name_addr = (uintptr_t)name;
		request.vma_name_size = sizeof(name);
		r = ioctl(fd, PROCMAP_REQUEST, &request);
		if (r < 0 && errno == ENAMETOOLONG) {
			/* It is not a segment: ask only where it ends. */
			request.vma_name_addr = request.vma_name_size = 0;
			r = ioctl(fd, PROCMAP_REQUEST, &request);
		}
		if (r < 0)
			return errno == ENOENT || errno == ESRCH ? 0 : -errno;
		if (!find_wanted(search, ns, request.inode, &attach.target))
			continue;
		attach.start = request.vma_start;
		attach.end = request.vma_end;
		set_perms(&attach, request.vma_flags & PROCMAP_READABLE,
			request.vma_flags & PROCMAP_WRITABLE,
			request.vma_flags & PROCMAP_EXECUTABLE);
		match_mapping(search, &attach,
			makedev(request.dev_major, request.dev_minor), name);
	}
}

/* Take apart one line of /proc/PID/maps (proc_pid_maps(5)). Return the name, which is all
 * that follows the inode number: a memory file may be called "x /SYSV..."; NULL: not such
 * a line, or a private mapping. */
static const char *parse_mapping(
	const char *line, struct attach *attach, dev_t *device, uint64_t *inode)
{
	unsigned int high, low;
	char perms[5];
	int name = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*x %x:%x %" SCNu64 " %n",
		    &attach->start, &attach->end, perms, &high, &low, inode,
		    &name) != 6 ||
		perms[3] != 's')
		return NULL;
	set_perms(attach, perms[0] == 'r', perms[1] == 'w', perms[2] == 'x');
	*device = makedev(high, low);
	return line + name;
}

static int read_mappings(struct search *search, int fd, pid_t pid, uint64_t ns)
{
	char CLEANUP_FREE *line = NULL;
	FILE CLEANUP_FILE *file = NULL;
	size_t capacity = 0;
	int copy = dup(fd);

	file = copy < 0 ? NULL : fdopen(copy, "r");
	if (!file) {
		int error = errno;

		if (copy >= 0)
			close(copy);
		return -error;
	}
	setvbuf(file, NULL, _IOFBF, 64 << 10);
	while (getline(&line, &capacity, file) > 0) {
		struct attach attach = { .pid = pid };
		const char *name;
		uint64_t inode;
		dev_t device;

		/* This is quick, and true of few lines. */
		if (!strstr(line, " /SYSV"))
			continue;
		line[strcspn(line, "\n")] = '\0';
		name = parse_mapping(line, &attach, &device, &inode);
		if (name && find_wanted(search, ns, inode, &attach.target))
			match_mapping(search, &attach, device, name);
	}
	return 0;
}

static void find_mappings(struct search *search, int fd, pid_t pid, uint64_t ns)
{
	static bool old_kernel;
	size_t before = search->list->count;
	int r = -ENOTTY;

	if (!old_kernel)
		r = query_mappings(search, fd, pid, ns);
	if (r != -ENOTTY && r != -EINVAL)
		return;
	old_kernel = true;
	search->list->count = before; /* what was found is found again */
	read_mappings(search, fd, pid, ns);
}

enum memory { MEMORY_NEW, MEMORY_SHARED, MEMORY_UNKNOWN };

/* Compare the memory of a holder with that of all holders before it. */
static enum memory add_holder(struct search *search, pid_t pid)
{
	size_t low = 0, high = search->nholders;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		switch (process_order_memory(pid, search->holders[middle])) {
		case ORDER_SAME:
			return MEMORY_SHARED;
		case ORDER_BEFORE:
			high = middle;
			break;
		case ORDER_AFTER:
			low = middle + 1;
			break;
		default:
			return MEMORY_UNKNOWN;
		}
	}
	search->holders =
		xgrow(search->holders, search->nholders, sizeof(*search->holders));
	memmove(&search->holders[low + 1], &search->holders[low],
		(search->nholders - low) * sizeof(*search->holders));
	search->holders[low] = pid;
	search->nholders++;
	return MEMORY_NEW;
}

/* Count the attaches of a process, which begin at BEFORE. Drop them if its memory is that
 * of another process. If this cannot be known, they stay, and are not counted. */
static void count_attaches(struct search *search, pid_t pid, size_t before)
{
	struct attach_list *list = search->list;
	enum memory memory;

	if (list->count == before)
		return;
	memory = add_holder(search, pid);
	if (memory == MEMORY_SHARED)
		list->count = before;
	for (size_t i = before; i < list->count && memory == MEMORY_NEW; i++) {
		struct attach_target *target = search->wanted[list->attaches[i].target];

		if (target->missing == 0)
			continue;
		target->missing--;
		search->missing--;
	}
}

static void examine(struct search *search, pid_t pid)
{
	size_t before = search->list->count;
	int CLEANUP_FD fd = -1;
	char path[64];
	uint64_t ns;
	pid_t task;
	int r = namespace_of(pid, &ns, &task);

	if (r == 0 && any_wanted(search, ns)) {
		snprintf(path, sizeof(path), "/proc/%d/maps", (int)task);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		r = fd < 0 ? -errno : 0;
	}
	if (r == -EACCES || r == -EPERM)
		search->list->unseen++;
	if (fd < 0)
		return;
	find_mappings(search, fd, pid, ns);
	count_attaches(search, pid, before);
}

static int compare_pids(const void *a, const void *b)
{
	const pid_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

/* Examine creators and last users. Their number may be that of a thread by now, whose
 * process is examined later. */
static void examine_likely(struct search *search)
{
	pid_t *pids = xcalloc(search->nwanted * 2, sizeof(*pids));
	size_t count = 0;

	for (size_t i = 0; i < search->nwanted; i++) {
		pids[count++] = search->wanted[i]->segment->cpid;
		pids[count++] = search->wanted[i]->segment->lpid;
	}
	qsort(pids, count, sizeof(*pids), compare_pids);
	search->examined = pids;
	for (size_t i = 0; i < count && search->missing > 0; i++) {
		pid_t pid = pids[i];

		if (pid <= 0 ||
			(search->nexamined > 0 && pids[search->nexamined - 1] == pid) ||
			!process_leads(pid))
			continue;
		examine(search, pid);
		pids[search->nexamined++] = pid;
	}
}

/* Return 1 when all attaches are found. */
static int examine_other(pid_t pid, void *data)
{
	struct search *search = data;

	if (search->nexamined == 0 ||
		!bsearch(&pid, search->examined, search->nexamined, sizeof(pid),
			compare_pids))
		examine(search, pid);
	return search->missing == 0;
}

static void begin(struct search *search, struct attach_target *targets, size_t count,
	struct attach_list *list)
{
	*list = (struct attach_list){ .foreign = !process_proc_is_ours() };
	*search = (struct search){ .list = list };
	search->wanted = xcalloc(count, sizeof(struct attach_target *));
	for (size_t i = 0; i < count; i++) {
		struct attach_target *target = &targets[i];

		target->attaches = NULL;
		target->nattaches = 0;
		target->page_size = 0;
		target->missing = target->segment->nattch;
		target->complete = target->missing == 0;
		if (target->missing > 0)
			search->wanted[search->nwanted++] = target;
	}
	if (search->nwanted > 0)
		qsort(search->wanted, search->nwanted, sizeof(struct attach_target *),
			compare_target);
	for (size_t i = 0; i < search->nwanted; i++) {
		if (i == 0 ||
			compare_target(&search->wanted[i - 1], &search->wanted[i]) != 0)
			search->missing += search->wanted[i]->missing;
	}
}

/* Give each target its attaches; several of one segment, the same. */
static void end(struct search *search)
{
	struct attach_list *list = search->list;
	size_t first = 0;

	if (list->count > 0)
		qsort(list->attaches, list->count, sizeof(*list->attaches),
			compare_attach);
	for (size_t i = 0; i < search->nwanted; i++) {
		struct attach_target *target = search->wanted[i];
		size_t next = first;

		if (i > 0 &&
			compare_target(&search->wanted[i - 1], &search->wanted[i]) == 0) {
			const struct segment *segment = target->segment;

			*target = *search->wanted[i - 1];
			target->segment = segment;
			continue;
		}
		while (next < list->count && list->attaches[next].target == i)
			next++;
		target->nattaches = next - first;
		target->complete = target->missing == 0 &&
			target->nattaches == target->segment->nattch;
		if (next > first) {
			target->attaches = &list->attaches[first];
			target->page_size = target->attaches->page_size;
		}
		first = next;
	}
	free(search->holders);
	free(search->examined);
	free(search->wanted);
}

int attaches_find(struct attach_target *targets, size_t count, enum attach_scope scope,
	struct attach_list *list)
{
	struct search search;
	int r = 0;

	begin(&search, targets, count, list);
	if (search.nwanted > 0 && !list->foreign)
		examine_likely(&search);
	if (search.missing > 0 && !list->foreign && scope == ATTACH_ALL)
		r = processes_walk(examine_other, &search);
	end(&search);
	return r < 0 ? r : 0;
}

/* With hidepid, a process that runs has no folder in /proc. */
static bool is_hidden(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	return access(path, F_OK) < 0;
}

int attaches_of_process(
	pid_t pid, struct attach_target *targets, size_t count, struct attach_list *list)
{
	struct search search;

	begin(&search, targets, count, list);
	if (search.nwanted > 0 && !list->foreign)
		examine(&search, pid);
	end(&search);
	if (list->foreign)
		return -CONDITION_FOREIGN_PROC;
	if (kill(pid, 0) < 0 && errno == ESRCH)
		return -ESRCH;
	return list->unseen > 0 || is_hidden(pid) ? -EACCES : 0;
}

/* Linux 4.11, include/uapi/linux/stat.h, struct statx; older C libraries lack it. */
struct statx_answer {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, spare;
	uint64_t inode, size, blocks, attributes_mask, times[8];
	uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
	uint64_t rest[14];
};

#define STATX_INODE     0x100
#define STATX_DONT_SYNC 0x4000

/* Return whether FD, opened with O_PATH, is the file of an attach of SEGMENT. Ask no
 * server of a FUSE file system: it may never answer. */
static bool is_file_of(int fd, const struct attach *attach, const struct segment *segment)
{
	char path[64], name[NAME_LENGTH + 2];
	struct statx_answer stat;
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = readlink(path, name, sizeof(name) - 1);
	if (length < 0 ||
		syscall(SYS_statx, fd, "", AT_EMPTY_PATH | STATX_DONT_SYNC, STATX_INODE,
			&stat) < 0)
		return false;
	name[length] = '\0';
	return backing_page_size(makedev(stat.dev_major, stat.dev_minor)) ==
		attach->page_size &&
		stat.inode == (uint64_t)segment->id && name_fits(name, segment);
}

static int open_path(const struct attach *attach, const struct segment *segment)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/map_files/%" PRIx64 "-%" PRIx64,
		(int)process_task(attach->pid), attach->start, attach->end);
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (is_file_of(fd, attach, segment))
		return fd;
	close(fd);
	return -ENOENT;
}

int attach_open(const struct attach *attach, const struct segment *segment)
{
	int CLEANUP_FD file = open_path(attach, segment);
	char path[64];
	int fd;

	if (file < 0)
		return file;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

size_t attach_processes(const struct attach *attaches, size_t count)
{
	size_t processes = 0;

	for (size_t i = 0; i < count; i++)
		processes += i == 0 || attaches[i].pid != attaches[i - 1].pid;
	return processes;
}
