#include "select/findings.h"

#include "alloc.h"
#include "cleanup.h"
#include "kernel/enumerate.h"
#include "kernel/memory.h"
#include "kernel/namespace.h"

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
		if (!rows[i].memory.known)
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
		if (!memory_in_doubt(&rows[i].memory, &rows[i].segment))
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

static int fill_attaches(struct row *rows, size_t count, unsigned int needs, pid_t pid,
	struct attach_list *list)
{
	struct attach_target CLEANUP_FREE *targets = xcalloc(count, sizeof(*targets));
	int r;

	for (size_t i = 0; i < count; i++)
		targets[i] = row_target(&rows[i]);
	attaches_free(list);
	if (needs & FINDING_PID)
		r = attaches_of_process(pid, targets, count, list);
	else
		r = attaches_find(targets, count,
			(needs & FINDING_ATTACHES) ? ATTACH_ALL : ATTACH_LIKELY, list);
	for (size_t i = 0; i < count; i++) {
		if (needs & FINDING_PID)
			rows[i].used_by_pid = targets[i].nattaches > 0;
		rows[i].attaches = targets[i].attaches;
		rows[i].nattaches = targets[i].nattaches;
		rows[i].missing = targets[i].missing;
		rows[i].complete = targets[i].missing == 0 &&
			targets[i].nattaches == rows[i].segment.nattch;
		rows[i].page_size = targets[i].page_size;
	}
	return r;
}

int findings_fill(struct row *rows, size_t count, unsigned int needs, pid_t pid,
	struct attach_list *list)
{
	pid_t ns_pid = 0;
	int r = 0;

	if (count == 0)
		return 0;
	if (needs & FINDING_MEMORY)
		r = fill_memory(rows, count);
	if (r == 0 && (needs & FINDING_PID))
		r = fill_attaches(rows, count, FINDING_PID, pid, list);
	if (r == 0 && (needs & FINDING_ATTACHES))
		r = fill_attaches(rows, count, FINDING_ATTACHES, pid, list);
	else if (r == 0 && (needs & FINDING_PAGES) && memory_huge_pages())
		r = fill_attaches(rows, count, FINDING_PAGES, pid, list);
	if (r == 0 && (needs & FINDING_MEMORY))
		correct_memory(rows, count);
	if (needs & FINDING_NS && rows[0].ns_pid == 0)
		ns_pid = namespace_process(rows[0].ns);
	for (size_t i = 0; i < count; i++) {
		if (needs & FINDING_ORPHAN)
			rows[i].orphan = segment_orphan(&rows[i].segment);
		if (needs & FINDING_NS && rows[i].ns_pid == 0)
			rows[i].ns_pid = ns_pid;
	}
	return r;
}
