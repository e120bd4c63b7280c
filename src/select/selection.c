#include "select/selection.h"

#include <errno.h>
#include <stdlib.h>

#include "alloc.h"
#include "cleanup.h"
#include "clock.h"
#include "kernel/enumerate.h"
#include "kernel/memory.h"
#include "kernel/namespace.h"
#include "kernel/process.h"
#include "kernel/shmfile.h"
#include "select/orphan.h"

static int add_failure(struct selection *selection, const struct operand *operand,
	int error, size_t most)
{
	if (!selection->failures)
		selection->failures = calloc(most, sizeof(*selection->failures));
	if (!selection->failures)
		return -ENOMEM;
	selection->failures[selection->nfailures++] =
		(struct selection_failure){ operand, error };
	return 0;
}

/* Asks the kernel for each operand alone. */
static int find_operands(
	struct selection *selection, const struct operand *operands, size_t count)
{
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		struct segment segment;

		r = operand_find(&operands[i], &segment);
		if (r < 0)
			r = add_failure(selection, &operands[i], r, count);
		else
			r = segment_table_add(&selection->table, &segment);
	}
	return r;
}

/* Takes what the operands name from a table that was read. */
static int pick_operands(
	struct selection *selection, const struct operand *operands, size_t count)
{
	struct segment_table picked = selection->table;
	int r = 0;

	picked.segments = NULL;
	picked.count = picked.capacity = 0;
	for (size_t i = 0; i < count && r == 0; i++) {
		size_t before = picked.count;

		for (size_t j = 0; j < selection->table.count && r == 0; j++) {
			if (operand_names(&operands[i], &selection->table.segments[j]))
				r = segment_table_add(
					&picked, &selection->table.segments[j]);
		}
		if (r == 0 && picked.count == before)
			r = add_failure(selection, &operands[i],
				operands[i].ftok_error       ? operands[i].ftok_error
					: operands[i].by_key ? -ENOENT
							     : -EINVAL,
				count);
	}
	free(selection->table.segments);
	selection->table = picked;
	return r;
}

/* Moves the segments of ONE to the end of ALL, as those of a namespace. */
static int append(struct segment_table *all, struct segment_table *one,
	const struct ipc_namespace *namespace)
{
	int r = 0;

	for (size_t i = 0; i < one->count && r == 0; i++) {
		one->segments[i].ns = namespace->inode;
		one->segments[i].ns_pid = namespace->pid;
		r = segment_table_add(all, &one->segments[i]);
	}
	all->hidden += one->hidden;
	all->bad_lines += one->bad_lines;
	if (all->first_bad_line == 0)
		all->first_bad_line = one->first_bad_line;
	segment_table_free(one);
	return r;
}

/* Reads the table of one namespace; counts it where it cannot be entered. */
static int read_namespace(struct selection *selection,
	const struct ipc_namespace *namespace, uint64_t own, bool memory)
{
	struct segment_table one;
	int r;

	if (namespace->inode != own) {
		int CLEANUP_FD fd = namespace_open(namespace);

		if (fd == -ESRCH)
			return 0; /* it has ended */
		if (fd < 0 || namespace_enter(fd) < 0) {
			selection->closed_namespaces++;
			return 0;
		}
	}
	r = enumerate_segments(&one, memory);
	if (r == 0)
		return append(&selection->table, &one, namespace);
	segment_table_free(&one);
	return r;
}

/* Reads one namespace after another, and returns to the one it was in. */
static int read_namespaces(struct selection *selection, bool memory)
{
	int CLEANUP_FD home = namespace_open_path("/proc/self/ns/ipc");
	struct namespace_list list;
	uint64_t own = namespace_own();
	int r;

	if (home < 0)
		return home;
	r = namespaces_find(&list);
	selection->unseen_processes = list.unseen;
	for (size_t i = 0; i < list.count && r == 0; i++) {
		r = read_namespace(selection, &list.namespaces[i], own, memory);
		if (r == 0 && namespace_own() != own)
			r = namespace_enter(home);
	}
	namespaces_free(&list);
	return r;
}

static int read_saved(
	struct selection *selection, const struct selection_request *request)
{
	struct segment_table *table = &selection->table;
	int r = shmfile_read(request->saved, table);

	for (size_t i = 0; i < table->count; i++) {
		table->segments[i].saved = true;
		table->segments[i].unnamed = !request->saved_names;
	}
	return r;
}

/* What the filter asks of, among the costly parts. */
static unsigned int needs_to_ask(const struct selection_request *request)
{
	const struct filter *filter = request->filter;

	return filter && filter->ask && !request->saved ? filter->needs : 0;
}

/* Fills the table with all that the operands or their absence ask for. */
static int read_segments(
	struct selection *selection, const struct selection_request *request)
{
	struct segment_table *table = &selection->table;
	bool memory = (request->needs | needs_to_ask(request)) & SEGMENT_MEMORY;
	int r;

	if (request->saved)
		r = read_saved(selection, request);
	else if (request->all_namespaces)
		r = read_namespaces(selection, memory);
	else if (request->count > 0)
		return find_operands(selection, request->operands, request->count);
	else
		r = enumerate_segments(table, memory);
	if (r == 0 && request->count > 0)
		r = pick_operands(selection, request->operands, request->count);
	return r;
}

/* Takes rss and swap of the segments named from ALL, which are ordered by ID. */
static void take_memory(struct segment_table *named, const struct segment_table *all)
{
	for (size_t i = 0; i < named->count; i++) {
		struct segment *segment = &named->segments[i];
		const struct segment *found = segment_table_find(all, segment->id);

		if (!found || !found->has_memory)
			continue;
		segment->has_memory = true;
		segment->rss = found->rss;
		segment->swap = found->swap;
	}
	named->bad_lines = all->bad_lines;
	named->first_bad_line = all->first_bad_line;
}

/* The same from the table of all, which only the kernel can say and which is long: it is
 * read again when the last reading is ten times as old as it took, so that asking for one
 * segment after another takes no time that grows with the square of their number. */
static int add_memory(struct segment_table *named)
{
	static struct segment_table all;
	static uint64_t begun, taken;
	uint64_t now = clock_now();
	int r = 0;

	if (begun == 0 || now - begun > taken * 10) {
		segment_table_free(&all);
		r = enumerate_segments(&all, true);
		segment_table_order(&all);
		begun = r < 0 ? 0 : now;
		taken = clock_now() - now;
	}
	if (r == 0)
		take_memory(named, &all);
	return r;
}

/* How many attaches were looked for, and how many of them not found. */
static void count_attaches(struct selection *selection)
{
	for (size_t i = 0; i < selection->table.count; i++) {
		const struct segment *segment = &selection->table.segments[i];

		selection->sought_attaches += segment->nattch;
		if (segment->nattaches < segment->nattch)
			selection->unseen_attaches +=
				segment->nattch - segment->nattaches;
	}
}

static bool any_attached(const struct segment_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		if (table->segments[i].nattch > 0)
			return true;
	}
	return false;
}

static int find_attaches(
	struct segment_table *table, enum attach_scope scope, struct attach_list *list)
{
	struct attach_target CLEANUP_FREE *targets =
		xcalloc(table->count, sizeof(*targets));
	int r;

	for (size_t i = 0; i < table->count; i++)
		targets[i] = (struct attach_target){ .segment = &table->segments[i],
			.ns = table->segments[i].ns };
	r = attaches_find(targets, table->count, scope, list);
	for (size_t i = 0; i < table->count; i++) {
		struct segment *segment = &table->segments[i];

		segment->attaches = targets[i].attaches;
		segment->nattaches = targets[i].nattaches;
		segment->page_size = targets[i].page_size;
	}
	return r;
}

static void correct_memory(struct segment_table *table)
{
	struct memory_target CLEANUP_FREE *targets =
		xcalloc(table->count, sizeof(*targets));

	for (size_t i = 0; i < table->count; i++)
		targets[i] = (struct memory_target){ &table->segments[i],
			table->segments[i].ns, table->segments[i].page_size };
	memory_correct(targets, table->count);
	for (size_t i = 0; i < table->count; i++)
		table->segments[i].page_size = targets[i].page_size;
}

/* What is known only by looking at processes. */
static int add_processes(struct selection *selection, unsigned int needs)
{
	struct segment_table *table = &selection->table;
	int r = 0;

	if (needs & SEGMENT_ATTACHES)
		r = find_attaches(table, ATTACH_ALL, &selection->attaches);
	else if ((needs & SEGMENT_PAGES) && any_attached(table) && memory_huge_pages())
		r = find_attaches(table, ATTACH_LIKELY, &selection->attaches);
	if (r == 0 && (needs & SEGMENT_MEMORY))
		correct_memory(table);
	for (size_t i = 0; i < table->count && (needs & SEGMENT_ORPHAN); i++)
		table->segments[i].orphan = !table->segments[i].saved &&
			segment_orphan(&table->segments[i]) == ORPHAN_YES;
	return r;
}

static void add_namespace_process(struct segment_table *table)
{
	pid_t pid = namespace_process(namespace_own());

	for (size_t i = 0; i < table->count; i++)
		table->segments[i].ns_pid = pid;
}

/* Fills in what costs more than a look at the segments. */
static int fill(struct selection *selection, const struct selection_request *request,
	unsigned int needs)
{
	struct segment_table *table = &selection->table;
	int r = 0;

	if (needs == 0 || table->count == 0)
		return 0;
	if (request->count > 0 && !request->all_namespaces && (needs & SEGMENT_MEMORY))
		r = add_memory(table);
	if (!request->all_namespaces && (needs & SEGMENT_NS))
		add_namespace_process(table);
	return r < 0 ? r : add_processes(selection, needs);
}

/* Fills in what is shown and what the filter asks of, and asks it. */
static int fill_and_ask(
	struct selection *selection, const struct selection_request *request)
{
	const struct filter *filter = request->filter;
	unsigned int shown = request->saved ? 0 : request->needs;
	unsigned int asked = needs_to_ask(request);
	int r = fill(selection, request, shown | asked);

	/* An attach that was not seen matters to what asks for it, or else to what shows
	 * it. */
	if (asked & SEGMENT_ATTACHES)
		count_attaches(selection);
	if (r == 0 && filter && filter->ask)
		r = filter_keep_asked(filter, &selection->table);
	if ((shown & ~asked) & SEGMENT_ATTACHES)
		count_attaches(selection);
	return r;
}

int selection_read(struct selection *selection, const struct selection_request *request)
{
	struct segment_table *table = &selection->table;
	uint64_t own = namespace_own();
	int r;

	*selection = (struct selection){ 0 };
	r = read_segments(selection, request);
	for (size_t i = 0; i < table->count; i++) {
		if (!request->saved && table->segments[i].ns == 0)
			table->segments[i].ns = own;
	}
	if (r == 0 && request->filter)
		r = filter_keep(request->filter, table);
	return r < 0 ? r : fill_and_ask(selection, request);
}

int selection_match(const struct filter *filter, const struct segment *seen,
	const struct segment *now)
{
	const struct selection_request request = { .count = 1 };
	struct selection one = { 0 };
	int r = filter_match(filter, seen, now);

	if (r <= 0 || !filter->ask)
		return r;
	processes_reset();
	r = segment_table_add(&one.table, now);
	if (r == 0) {
		one.table.segments->ns = namespace_own();
		r = fill(&one, &request, filter->needs);
	}
	if (r == 0)
		r = filter->ask(filter->data, one.table.segments);
	selection_free(&one);
	return r;
}

void selection_forget_missing(struct selection *selection)
{
	size_t kept = 0;

	for (size_t i = 0; i < selection->nfailures; i++) {
		const struct selection_failure *failure = &selection->failures[i];

		if (!operand_missing(failure->operand, failure->error))
			selection->failures[kept++] = *failure;
	}
	selection->nfailures = kept;
}

void selection_free(struct selection *selection)
{
	segment_table_free(&selection->table);
	attaches_free(&selection->attaches);
	free(selection->failures);
	selection->failures = NULL;
}
