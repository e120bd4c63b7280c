#include "kernel/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cleanup.h"
#include "condition.h"
#include "kernel/backing.h"
#include "kernel/namespace.h"
#include "kernel/process.h"
#include "kernel/procmap.h"

/* "/SYSV", the key in eight hex digits, " (deleted)" */
#define NAME_LENGTH 23

/* A process that has something attached. */
struct holder {
	pid_t pid, parent;
};

/* What is searched for, and what was found. */
struct search {
	struct attach_target *
		*wanted; /* by namespace and ID; a segment named twice is there twice */
	size_t nwanted;
	uint64_t missing; /* attaches not found yet */
	pid_t *looked; /* the processes looked at first, ascending */
	size_t nlooked;
	struct holder *holders;
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

static int compare_wanted(const void *a, const void *b)
{
	const struct attach_target *left = *(struct attach_target *const *)a;
	const struct attach_target *right = *(struct attach_target *const *)b;

	return compare_place(left->ns, left->segment->id, right->ns, right->segment->id);
}

static int compare_attach(const void *a, const void *b)
{
	const struct attach *left = a, *right = b;
	int order = compare_place(left->ns, left->id, right->ns, right->id);

	if (order == 0)
		order = (left->pid > right->pid) - (left->pid < right->pid);
	if (order == 0)
		order = (left->start > right->start) - (left->start < right->start);
	return order;
}

/* The segment sought with this ID, or, with ID -1, whether any is in the namespace. */
static struct attach_target *find_wanted(const struct search *search, uint64_t ns, int id)
{
	size_t low = 0, high = search->nwanted;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct attach_target *segment = search->wanted[middle];

		if (compare_place(segment->ns, segment->segment->id, ns, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == search->nwanted || search->wanted[low]->ns != ns)
		return NULL;
	return id < 0 || search->wanted[low]->segment->id == id ? search->wanted[low]
								: NULL;
}

/* Whether a mapping of this name is one of SEGMENT. The name has the key that the segment
 * was made with, which one that is marked for destruction has lost. */
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

static int add_attach(struct search *search, const struct attach *attach)
{
	struct attach_list *list = search->list;

	if ((list->count & (list->count - 1)) == 0) {
		struct attach *grown = reallocarray(list->attaches,
			list->count ? list->count * 2 : 1, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		list->attaches = grown;
	}
	list->attaches[list->count++] = *attach;
	return 0;
}

/* Adds a mapping if it is one that is sought. ATTACH has all but what follows here. */
static int consider(struct search *search, struct attach *attach, dev_t device,
	uint64_t inode, const char *name)
{
	const struct attach_target *segment;

	segment = inode <= INT_MAX ? find_wanted(search, attach->ns, (int)inode) : NULL;
	if (!segment || !name_fits(name, segment->segment))
		return 0;
	attach->page_size = backing_page_size(device);
	if (attach->page_size == 0)
		return 0;
	attach->id = segment->segment->id;
	attach->uid = process_user(attach->pid);
	return add_attach(search, attach);
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

/* Asks for one shared mapping of a file after another. -ENOTTY: an older kernel. */
static int ask_mappings(struct search *search, int fd, const struct attach *blank)
{
	struct procmap_request request = { .size = sizeof(request) };
	uint64_t address = 0;

	for (;;) {
		struct attach attach = *blank;
		char name[NAME_LENGTH + 2] = "";
		dev_t device;
		int r;

		request.query_flags =
			PROCMAP_OR_NEXT | PROCMAP_FILE_BACKED | PROCMAP_SHARED;
		request.query_addr = address;
		request.vma_name_size = 0;
		request.vma_name_addr = 0;
		if (ioctl(fd, PROCMAP_REQUEST, &request) < 0)
			return errno == ENOENT || errno == ESRCH ? 0 : -errno;
		address = request.vma_end;
		device = makedev(request.dev_major, request.dev_minor);
		if (request.inode > INT_MAX ||
			!find_wanted(search, blank->ns, (int)request.inode) ||
			backing_page_size(device) == 0)
			continue;
		/* The name costs, so it is asked for only where the rest fits. A longer
		 * one does not fit into the room, and is none of ours. */
		request.query_addr = request.vma_start;
		request.query_flags = PROCMAP_FILE_BACKED | PROCMAP_SHARED;
		request.vma_name_addr = (uintptr_t)name;
		request.vma_name_size = sizeof(name);
		if (ioctl(fd, PROCMAP_REQUEST, &request) < 0)
			continue;
		attach.start = request.vma_start;
		attach.end = request.vma_end;
		set_perms(&attach, request.vma_flags & PROCMAP_READABLE,
			request.vma_flags & PROCMAP_WRITABLE,
			request.vma_flags & PROCMAP_EXECUTABLE);
		device = makedev(request.dev_major, request.dev_minor);
		r = consider(search, &attach, device, request.inode, name);
		if (r < 0)
			return r;
	}
}

/* One line of /proc/PID/maps (proc_pid_maps(5)), cut up. Returns the name, which is all
 * that follows the inode number: a memory file may be called "x /SYSV...", too. NULL: no
 * such line, or a private mapping. */
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

static int read_mappings(struct search *search, int fd, const struct attach *blank)
{
	char CLEANUP_FREE *line = NULL;
	char CLEANUP_FREE *buffer = NULL;
	FILE CLEANUP_FILE *file = NULL;
	const size_t size = 64 << 10;
	size_t capacity = 0;
	int copy = dup(fd);

	file = copy < 0 ? NULL : fdopen(copy, "r");
	if (!file) {
		int error = errno;

		if (copy >= 0)
			close(copy);
		return -error;
	}
	buffer = malloc(size);
	if (buffer)
		setvbuf(file, buffer, _IOFBF, size);
	while (getline(&line, &capacity, file) > 0) {
		struct attach attach = *blank;
		const char *name;
		uint64_t inode;
		dev_t device;
		int r = 0;

		/* Most lines are of others, and this is quick. */
		if (!strstr(line, " /SYSV"))
			continue;
		line[strcspn(line, "\n")] = '\0';
		name = parse_mapping(line, &attach, &device, &inode);
		if (name)
			r = consider(search, &attach, device, inode, name);
		if (r < 0)
			return r;
	}
	return 0;
}

static int look_at_mappings(struct search *search, int fd, const struct attach *blank)
{
	static bool old_kernel;
	size_t before = search->list->count;
	int r = -ENOTTY;

	if (!old_kernel)
		r = ask_mappings(search, fd, blank);
	if (r != -ENOTTY && r != -EINVAL)
		return r;
	old_kernel = true;
	search->list->count = before; /* what was found is found again */
	return read_mappings(search, fd, blank);
}

/* Whether a holder found before has the memory that this one has: one of vfork(2), whose
 * attaches the kernel counts once. */
static bool is_twin(const struct search *search, const struct holder *holder)
{
	for (size_t i = 0; i < search->nholders; i++) {
		const struct holder *other = &search->holders[i];

		if ((other->pid == holder->parent || other->parent == holder->pid) &&
			process_shares_memory(holder->pid, other->pid))
			return true;
	}
	return false;
}

static int add_holder(struct search *search, const struct holder *holder)
{
	if ((search->nholders & (search->nholders - 1)) == 0) {
		struct holder *grown = reallocarray(search->holders,
			search->nholders ? search->nholders * 2 : 1, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		search->holders = grown;
	}
	search->holders[search->nholders++] = *holder;
	return 0;
}

/* Counts the attaches of the last process looked at, which begin at BEFORE; drops them
 * where they are another's. No segment counts for more than its nattch. */
static int count_found(struct search *search, pid_t pid, size_t before)
{
	struct attach_list *list = search->list;
	struct holder holder = { .pid = pid };
	int r;

	if (list->count == before)
		return 0;
	holder.parent = process_parent(pid);
	if (is_twin(search, &holder)) {
		list->count = before;
		return 0;
	}
	r = add_holder(search, &holder);
	if (r < 0)
		return r;
	for (size_t i = before; i < list->count; i++) {
		struct attach_target *segment =
			find_wanted(search, list->attaches[i].ns, list->attaches[i].id);

		if (segment->nattaches >= segment->segment->nattch)
			continue;
		segment->nattaches++;
		search->missing--;
	}
	return 0;
}

/* Looks at one process. 1: there is nothing more to look for. */
static int look_at(pid_t pid, void *data)
{
	struct search *search = data;
	struct attach blank = { .pid = pid };
	size_t before = search->list->count;
	int CLEANUP_FD fd = -1;
	char path[64];
	pid_t task;
	int r;

	r = namespace_of(pid, &blank.ns, &task);
	if (r == -EACCES || r == -EPERM)
		search->list->unseen++;
	if (r < 0 || !find_wanted(search, blank.ns, -1))
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)task);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		if (errno == EACCES || errno == EPERM)
			search->list->unseen++;
		return 0;
	}
	r = look_at_mappings(search, fd, &blank);
	if (r != -ENOMEM)
		r = count_found(search, pid, before);
	return r == -ENOMEM ? r : search->missing == 0;
}

static int compare_pids(const void *a, const void *b)
{
	const pid_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static int look_at_others(pid_t pid, void *data)
{
	const struct search *search = data;

	if (search->nlooked > 0 &&
		bsearch(&pid, search->looked, search->nlooked, sizeof(pid), compare_pids))
		return 0;
	return look_at(pid, data);
}

/* Creators and last users: where most attaches are. 1: all are found. */
static int look_at_likely(struct search *search)
{
	pid_t *pids = calloc(search->nwanted * 2 + 1, sizeof(*pids));
	size_t count = 0;
	int r = 0;

	if (!pids)
		return -ENOMEM;
	for (size_t i = 0; i < search->nwanted; i++) {
		pids[count++] = search->wanted[i]->segment->cpid;
		pids[count++] = search->wanted[i]->segment->lpid;
	}
	qsort(pids, count, sizeof(*pids), compare_pids);
	search->looked = pids;
	for (size_t i = 0; i < count && r == 0; i++) {
		if (pids[i] <= 0 ||
			(search->nlooked > 0 && pids[search->nlooked - 1] == pids[i]))
			continue;
		/* The number may be that of a thread of another process by now. */
		if (process_leads(pids[i]))
			r = look_at(pids[i], search);
		pids[search->nlooked++] = pids[i];
	}
	return r;
}

/* Points each segment sought at its attaches; one that was named twice, each time. */
static void hand_out(struct search *search)
{
	struct attach_list *list = search->list;
	size_t first = 0, next = 0;

	if (list->count > 1)
		qsort(list->attaches, list->count, sizeof(*list->attaches),
			compare_attach);
	for (size_t i = 0; i < search->nwanted; i++) {
		struct attach_target *segment = search->wanted[i];

		if (i == 0 ||
			compare_wanted(&search->wanted[i - 1], &search->wanted[i]) != 0)
			first = next;
		while (next < list->count &&
			list->attaches[next].id == segment->segment->id &&
			list->attaches[next].ns == segment->ns)
			next++;
		segment->nattaches = next - first;
		segment->complete = segment->nattaches >= segment->segment->nattch;
		if (next == first)
			continue;
		segment->attaches = &list->attaches[first];
		segment->page_size = segment->attaches->page_size;
	}
}

/* Fills SEARCH with the segments of TABLE that somebody attached. */
static int begin(struct search *search, struct attach_target *targets, size_t count,
	struct attach_list *list)
{
	*list = (struct attach_list){ 0 };
	*search = (struct search){ .list = list };
	search->wanted = calloc(count + 1, sizeof(struct attach_target *));
	if (!search->wanted)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct attach_target *segment = &targets[i];

		segment->attaches = NULL;
		segment->nattaches = 0;
		segment->complete = segment->segment->nattch == 0;
		if (segment->segment->nattch == 0)
			continue;
		search->wanted[search->nwanted++] = segment;
	}
	if (search->nwanted > 0)
		qsort(search->wanted, search->nwanted, sizeof(struct attach_target *),
			compare_wanted);
	for (size_t i = 0; i < search->nwanted; i++) {
		if (i == 0 ||
			compare_wanted(&search->wanted[i - 1], &search->wanted[i]) != 0)
			search->missing += search->wanted[i]->segment->nattch;
	}
	return 0;
}

static void end(struct search *search)
{
	hand_out(search);
	free(search->holders);
	free(search->looked);
	free(search->wanted);
}

int attaches_find(struct attach_target *targets, size_t count, enum attach_scope scope,
	struct attach_list *list)
{
	struct search search;
	int r = begin(&search, targets, count, list);

	if (r < 0)
		return r;
	list->foreign = search.nwanted > 0 && !process_proc_is_ours();
	if (search.nwanted > 0 && !list->foreign)
		r = look_at_likely(&search);
	if (search.nwanted > 0 && !list->foreign && r == 0 && scope == ATTACH_ALL)
		r = processes_walk(look_at_others, &search);
	end(&search);
	return r < 0 ? r : 0;
}

/* Whether a process that there is has no folder in /proc that may be seen (hidepid). */
static bool access_denied(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	return access(path, F_OK) < 0;
}

int attaches_of_process(
	pid_t pid, struct attach_target *targets, size_t count, struct attach_list *list)
{
	struct search search;
	int r = begin(&search, targets, count, list);

	if (r < 0)
		return r;
	if (!process_proc_is_ours())
		r = -CONDITION_FOREIGN_PROC;
	else if (kill(pid, 0) < 0 && errno == ESRCH)
		r = -ESRCH;
	else if (search.nwanted > 0)
		r = look_at(pid, &search);
	/* What is hidden from us is there all the same. */
	if (r == 0 && access_denied(pid))
		r = -EACCES;
	end(&search);
	if (r >= 0 && list->unseen > 0)
		return -EACCES;
	return r < 0 ? r : 0;
}
