#include "select/findings.h"

#include <errno.h>
#include <sys/param.h>

#include "alloc.h"
#include "cleanup.h"
#include "kernel/enumerate.h"
#include "kernel/memory.h"
#include "kernel/namespace.h"
#include "kernel/posix.h"
#include "kernel/process.h"
#include "select/place.h"

static int compare_ids(const void *a, const void *b)
{
	const struct row *left = *(struct row *const *)a;
	const struct row *right = *(struct row *const *)b;

	return (left->segment.id > right->segment.id) -
		(left->segment.id < right->segment.id);
}

/* Rows without known memory use, sorted by ID. */
struct index {
	struct row **rows;
	size_t count;
};

/* Set the memory use of each row of SEGMENT. There are several if operands name the
 * segment twice. */
static void set_memory(
	void *data, const struct segment *segment, const struct memory_use *memory)
{
	const struct index *index = data;
	size_t low = 0, high = index->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (index->rows[middle]->segment.id < segment->id)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < index->count && index->rows[low]->segment.id == segment->id; low++) {
		if (segment_same(&index->rows[low]->segment, segment))
			index->rows[low]->memory = *memory;
	}
}

static int fill_memory(struct row *rows, size_t count)
{
	struct row CLEANUP_FREE **order = xcalloc(count, sizeof(struct row *));
	struct index index = { .rows = order };
	struct enumeration_gaps gaps = { 0 };

	for (size_t i = 0; i < count; i++) {
		if (!rows[i].memory.known && row_is_posix(&rows[i]))
			rows[i].memory = posix_memory(&rows[i].segment);
		else if (!rows[i].memory.known)
			order[index.count++] = &rows[i];
	}
	if (index.count == 0)
		return 0;
	qsort(order, index.count, sizeof(struct row *), compare_ids);
	return enumerate_segments(true, set_memory, &index, &gaps);
}

/* Correct the memory use that the kernel reports for huge pages. */
static void correct_memory(struct row *rows, size_t count)
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	struct row CLEANUP_FREE **doubtful = xcalloc(count, sizeof(*doubtful));
	struct attach_target CLEANUP_FREE *targets = xcalloc(count, sizeof(*targets));
	struct attach_list list = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (row_is_posix(&rows[i]) ||
			!memory_in_doubt(&rows[i].memory, &rows[i].segment))
			continue;
		targets[n] = row_target(&rows[i]);
		doubtful[n++] = &rows[i];
	}
	/* Without /proc, nothing is found, and numbers in doubt become unknown. */
	if (n > 0)
		attaches_find(targets, n, ATTACH_ALL, &list);
	for (size_t i = 0; i < n; i++)
		doubtful[i]->page_size =
			memory_correct(&doubtful[i]->memory, &targets[i]);
	attaches_free(&list);
}

/* Store the attaches that were found. */
static void set_attaches(struct row *row, const struct attach_target *target,
	const struct attach_list *list)
{
	row->attaches = target->attaches;
	row->nattaches = target->nattaches;
	row->missing = target->missing;
	row->page_size = target->page_size;
	row->nopen = 0;
	for (size_t i = 0; i < row->nattaches; i++)
		row->nopen += row->attaches[i].fd >= 0;
	if (row_is_posix(row))
		row->users_error =
			row->segment.tmpfs ? attaches_error(list) : -EOPNOTSUPP;
	row->complete = row_is_posix(row)
		? row->users_error == 0
		: row->missing == 0 && row->nattaches == row->segment.nattch;
}

/* Find the attaches that NEEDS ask for: one of FINDING_PID, _ATTACHES, _USERS, _PAGES. */
static int fill_attaches(struct row *rows, size_t count, unsigned int needs, pid_t pid,
	struct attach_list *list)
{
	struct attach_target CLEANUP_FREE *targets = xcalloc(count, sizeof(*targets));
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	struct row CLEANUP_FREE **sought = xcalloc(count, sizeof(*sought));
	size_t n = 0;
	int r;

	for (size_t i = 0; i < count; i++) {
		bool wanted = row_is_posix(&rows[i]) ? needs != FINDING_PAGES
						     : needs != FINDING_USERS;

		if (!wanted)
			continue;
		sought[n] = &rows[i];
		targets[n++] = row_target(&rows[i]);
	}
	attaches_free(list);
	if (needs == FINDING_PID)
		r = attaches_of_process(pid, targets, n, list);
	else
		r = attaches_find(targets, n,
			needs == FINDING_PAGES ? ATTACH_LIKELY : ATTACH_ALL, list);
	for (size_t i = 0; i < n; i++) {
		set_attaches(sought[i], &targets[i], list);
		if (needs == FINDING_PID)
			sought[i]->used_by_pid = targets[i].nattaches > 0;
	}
	return r;
}

/* Find a process in the namespace of each row; rows of a kind have the same one, unless
 * their process is known. */
static void fill_namespaces(struct row *rows, size_t count)
{
	const enum namespace_kind kinds[] = {
		[SEGMENT_SYSV] = NAMESPACE_IPC,
		[SEGMENT_POSIX] = NAMESPACE_MOUNT,
	};
	pid_t found[] = { [SEGMENT_SYSV] = 0, [SEGMENT_POSIX] = 0 };

	for (size_t i = 0; i < count; i++) {
		enum segment_type type = rows[i].segment.type;

		if (rows[i].ns_pid == 0 && found[type] == 0)
			found[type] = namespace_process(kinds[type], rows[i].ns) ?: -1;
		if (rows[i].ns_pid == 0)
			rows[i].ns_pid = MAX(found[type], 0);
	}
}

static bool creator_runs(const struct row *row)
{
	const struct segment *segment = &row->segment;

	return !row_is_posix(row) &&
		process_state(segment->cpid, segment_existed(segment)) == PROCESS_RUNS;
}

/* Return the findings that lead to unit_pid: none if all creators run. */
static unsigned int unit_needs(const struct row *rows, size_t count)
{
	unsigned int needs = 0;

	for (size_t i = 0; i < count; i++) {
		if (creator_runs(&rows[i]))
			continue;
		needs |= FINDING_NS;
		if (row_is_posix(&rows[i]))
			needs |= FINDING_USERS;
		else if (rows[i].segment.nattch > 0)
			needs |= FINDING_ATTACHES;
	}
	return needs;
}

/* Choose the creator, else the first user. Else, a process in the namespace is in the
 * same container or service, unless they share the namespace. */
static void choose_unit_process(struct row *row)
{
	row->unit_pid = 0;
	row->unit_since = PROCESS_NOW;
	if (creator_runs(row)) {
		row->unit_pid = row->segment.cpid;
		row->unit_since = segment_existed(&row->segment);
	} else if (row->nattaches > 0) {
		row->unit_pid = row->attaches[0].pid;
	} else if (!place_is_shared(row->segment.type, row->ns, row->ns_pid,
			   row->segment.device)) {
		row->unit_pid = row->ns_pid;
	}
}

static bool any_posix(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (row_is_posix(&rows[i]))
			return true;
	}
	return false;
}

int findings_fill(struct row *rows, size_t count, unsigned int needs, pid_t pid,
	struct attach_list *list)
{
	bool huge;
	int r = 0;

	/* Without segments, the process of --pid must still exist. */
	if (count == 0 && !(needs & FINDING_PID))
		return 0;
	if (needs & FINDING_UNIT)
		needs |= unit_needs(rows, count);
	if (!any_posix(rows, count))
		needs &= ~FINDING_USERS;
	/* One search finds both. */
	if ((needs & FINDING_USERS) && (needs & FINDING_PAGES))
		needs |= FINDING_ATTACHES;
	if (needs & FINDING_MEMORY)
		r = fill_memory(rows, count);
	huge = (needs & (FINDING_PAGES | FINDING_MEMORY)) && memory_huge_pages();
	if (huge)
		memory_read_pools();
	if (r == 0 && (needs & FINDING_PID))
		r = fill_attaches(rows, count, FINDING_PID, pid, list);
	if (r == 0 && (needs & FINDING_ATTACHES))
		r = fill_attaches(rows, count, FINDING_ATTACHES, pid, list);
	else if (r == 0 && (needs & FINDING_USERS))
		r = fill_attaches(rows, count, FINDING_USERS, pid, list);
	else if (r == 0 && (needs & FINDING_PAGES) && huge)
		r = fill_attaches(rows, count, FINDING_PAGES, pid, list);
	if (r == 0 && (needs & FINDING_MEMORY) && huge)
		correct_memory(rows, count);
	for (size_t i = 0; i < count; i++) {
		if (huge && !row_is_posix(&rows[i]) && rows[i].page_size == 0)
			rows[i].may_be_huge =
				memory_may_be_huge(&rows[i].memory, &rows[i].segment);
	}
	for (size_t i = 0; i < count; i++) {
		if (needs & FINDING_ORPHAN && !row_is_posix(&rows[i]))
			rows[i].orphan = segment_orphan(&rows[i].segment);
	}
	if (needs & FINDING_NS)
		fill_namespaces(rows, count);
	for (size_t i = 0; i < count; i++) {
		if (needs & FINDING_UNIT)
			choose_unit_process(&rows[i]);
	}
	return r;
}
