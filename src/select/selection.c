#include "select/selection.h"

#include <errno.h>
#include <sys/param.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "condition.h"
#include "kernel/namespace.h"
#include "kernel/posix.h"
#include "kernel/process.h"
#include "kernel/shmfile.h"
#include "kernel/tmpfs.h"
#include "select/findings.h"

static void add_failure(
	struct selection *selection, const struct operand *operand, int error)
{
	selection->failures = xgrow(
		selection->failures, selection->nfailures, sizeof(*selection->failures));
	selection->failures[selection->nfailures++] =
		(struct selection_failure){ operand, error };
}

static void add_row(struct selection *selection, const struct row *row)
{
	selection->rows = xgrow(selection->rows, selection->count, sizeof(*row));
	selection->rows[selection->count++] = *row;
}

/* The data of add_segment(). */
struct source {
	struct selection *selection;
	struct row blank; /* a row with the members that all its rows share */
};

static void add_segment(
	void *data, const struct segment *segment, const struct memory_use *memory)
{
	struct source *source = data;
	struct selection *selection = source->selection;

	source->blank.segment = *segment;
	source->blank.memory = *memory;
	if (segment->name) {
		selection->names = xgrow(
			selection->names, selection->nnames, sizeof(*selection->names));
		selection->names[selection->nnames] = xstrdup(segment->name);
		source->blank.segment.name = selection->names[selection->nnames++];
	}
	add_row(selection, &source->blank);
}

static int read_namespace(struct selection *selection, const struct namespace *namespace,
	uint64_t own, bool memory)
{
	struct source source = { selection,
		{ .ns = namespace->inode, .ns_pid = namespace->pid } };

	if (namespace->inode != own) {
		int CLEANUP_FD fd = namespace_open(namespace);

		if (fd == -ESRCH)
			return 0; /* the namespace no longer exists */
		if (fd < 0 || namespace_enter(fd) < 0) {
			selection->inaccessible_namespaces++;
			return 0;
		}
	}
	return enumerate_segments(memory, add_segment, &source, &selection->gaps);
}

/* Read one namespace after another, and return to the caller's. */
static int read_namespaces(struct selection *selection, bool memory)
{
	int CLEANUP_FD home = namespace_open_path("/proc/self/ns/ipc");
	struct namespace_list list;
	uint64_t own = namespace_own(NAMESPACE_IPC);
	int r;

	if (home < 0)
		return home;
	r = namespaces_find(NAMESPACE_IPC, &list);
	selection->unseen_processes = list.unseen;
	for (size_t i = 0; i < list.count && r == 0; i++) {
		r = read_namespace(selection, &list.namespaces[i], own, memory);
		if (r == 0 && namespace_own(NAMESPACE_IPC) != own)
			r = namespace_enter(home);
	}
	namespaces_free(&list);
	return r;
}

static int read_objects(struct selection *selection, bool memory)
{
	struct source source = { selection, { .ns = posix_namespace() } };

	return posix_enumerate(memory, add_segment, &source, &selection->gaps);
}

/* Read the objects of another mount namespace. *DEVICES: the mounts that were read. */
static int read_mount(struct selection *selection, const struct namespace *namespace,
	bool memory, uint64_t **devices, size_t *count)
{
	struct source source = { selection,
		{ .ns = namespace->inode, .ns_pid = namespace->pid } };
	uint64_t device;
	int CLEANUP_FD fd = devshm_open(namespace->pid, namespace->inode, &device);
	int r;

	/* The process ended, or the namespace has no /dev/shm. */
	if (fd == -ENOENT || fd == -ESRCH)
		return 0;
	if (fd < 0) {
		selection->inaccessible_mounts++;
		return 0;
	}
	for (size_t i = 0; i < *count; i++) {
		if ((*devices)[i] == device)
			return 0;
	}
	*devices = xgrow(*devices, *count, sizeof(**devices));
	(*devices)[(*count)++] = device;
	r = posix_use_directory(fd, namespace->inode);
	if (r == 0)
		r = posix_enumerate(memory, add_segment, &source, &selection->gaps);
	posix_use_own_directory();
	return r;
}

/* Read each /dev/shm once, that of the caller first. */
static int read_mounts(struct selection *selection, bool memory)
{
	const uint64_t own = namespace_own(NAMESPACE_MOUNT);
	uint64_t CLEANUP_FREE *devices = xcalloc(1, sizeof(*devices));
	struct namespace_list list = { 0 };
	size_t count = 1;
	int r = read_objects(selection, memory);

	devices[0] = posix_device();
	if (r == 0)
		r = namespaces_find(NAMESPACE_MOUNT, &list);
	selection->unseen_processes = MAX(selection->unseen_processes, list.unseen);
	for (size_t i = 0; i < list.count && r == 0; i++) {
		if (list.namespaces[i].inode != own)
			r = read_mount(
				selection, &list.namespaces[i], memory, &devices, &count);
	}
	namespaces_free(&list);
	return r;
}

static int read_segments(struct selection *selection, bool all, bool memory)
{
	struct source source = { selection, { .ns = 0 } };

	if (all)
		return read_namespaces(selection, memory);
	source.blank.ns = namespace_own(NAMESPACE_IPC);
	return enumerate_segments(memory, add_segment, &source, &selection->gaps);
}

/* Find the segment of each operand, without reading all segments. */
static void find_operands(
	struct selection *selection, const struct operand *operands, size_t count)
{
	const uint64_t namespaces[] = {
		[SEGMENT_SYSV] = namespace_own(NAMESPACE_IPC),
		[SEGMENT_POSIX] = posix_namespace(),
	};

	for (size_t i = 0; i < count; i++) {
		struct row row = {
			.operand = &operands[i],
			.ns = namespaces[operands[i].type],
		};
		int r = operand_find(&operands[i], &row.segment);

		if (r < 0)
			add_failure(selection, &operands[i], r);
		else
			add_row(selection, &row);
	}
}

/* Keep the rows that operands name, in the order of the operands. */
static void pick_operands(
	struct selection *selection, const struct operand *operands, size_t count)
{
	struct row CLEANUP_FREE *all = selection->rows;
	size_t total = selection->count;

	selection->rows = NULL;
	selection->count = 0;
	for (size_t i = 0; i < count; i++) {
		size_t before = selection->count;

		for (size_t j = 0; j < total; j++) {
			if (!operand_names(&operands[i], &all[j].segment))
				continue;
			all[j].operand = &operands[i];
			add_row(selection, &all[j]);
		}
		if (selection->count == before)
			add_failure(selection, &operands[i],
				operands[i].ftok_error ? operands[i].ftok_error
						       : -CONDITION_MISSING);
	}
}

static int read_rows(struct selection *selection, const struct selection_request *request,
	unsigned int needs)
{
	struct source source = { selection, { .ns = 0 } };
	bool memory = needs & FINDING_MEMORY, all = request->all_namespaces;
	int r = 0;

	if (request->count > 0 && !request->saved && !all) {
		find_operands(selection, request->operands, request->count);
		return 0;
	}
	if (request->saved) {
		source.blank.saved = true;
		source.blank.unnamed = !request->saved_names;
		r = shmfile_read(request->saved, add_segment, &source, &selection->gaps);
	} else if (request->kinds & SEGMENTS_SYSV) {
		r = read_segments(selection, all, memory);
	}
	if (r == 0 && (request->kinds & SEGMENTS_POSIX))
		r = (all ? read_mounts : read_objects)(selection, memory);
	if (r == 0 && request->count > 0)
		pick_operands(selection, request->operands, request->count);
	return r;
}

static void add_unmatched(
	struct selection *selection, const struct row *row, enum filter_id unmatched)
{
	selection->unmatched = xgrow(selection->unmatched, selection->nunmatched,
		sizeof(*selection->unmatched));
	selection->unmatched[selection->nunmatched++] = (struct examination){
		.row = *row,
		.verdict = VERDICT_UNMATCHED,
		.unmatched = unmatched,
	};
}

static void keep_matching(struct selection *selection,
	const struct selection_request *request, const struct filters *filters,
	enum filter_stage stage)
{
	size_t kept = 0;

	if (!filters_given(filters))
		return;
	for (size_t i = 0; i < selection->count; i++) {
		const struct row *row = &selection->rows[i];
		enum filter_id unmatched = filters_first_mismatch(filters, row, stage);

		if (unmatched == FILTERS)
			selection->rows[kept++] = *row;
		else if (request->keep_unmatched)
			add_unmatched(selection, row, unmatched);
	}
	selection->count = kept;
}

/* Fill in findings; count all attaches, and the attaches not found. */
static int fill(struct selection *selection, unsigned int needs, pid_t pid,
	struct attach_list *list)
{
	int r = findings_fill(selection->rows, selection->count, needs, pid, list);

	if (!(needs & (FINDING_ATTACHES | FINDING_USERS)))
		return r;
	selection->sought = list;
	for (size_t i = 0; i < selection->count; i++) {
		const struct row *row = &selection->rows[i];

		if (row_is_posix(row))
			selection->sought_users = true;
		if (!(needs & FINDING_ATTACHES))
			continue;
		selection->sought_attaches += row->segment.nattch;
		selection->unseen_attaches += row->missing;
	}
	return r;
}

static pid_t filtered_pid(const struct filters *filters)
{
	return (pid_t)filters->values[FILTER_PID].number;
}

int selection_read(struct selection *selection, const struct selection_request *request)
{
	static const struct filters no_filters;
	const struct filters *filters = request->filters ? request->filters : &no_filters;
	unsigned int asked = request->saved ? 0 : filters->needs;
	unsigned int shown = request->saved ? 0 : request->needs;
	int r;

	*selection = (struct selection){ 0 };
	r = read_rows(selection, request, asked | shown);
	if (r < 0)
		return r;
	keep_matching(selection, request, filters, FILTER_FACTS);
	if (asked)
		r = fill(
			selection, asked, filtered_pid(filters), &selection->attaches[0]);
	if (r < 0)
		return r;
	keep_matching(selection, request, filters, FILTER_FINDINGS);
	shown &= ~asked;
	/* Every attach is known, and tells the page size. */
	if (asked & FINDING_ATTACHES)
		shown &= ~(FINDING_PAGES | FINDING_USERS);
	if (shown)
		r = fill(selection, shown, 0, &selection->attaches[1]);
	return r;
}

/* Check the filters of a stage. */
static void check_filters(const struct filters *filters, struct examination *examined,
	enum filter_stage stage)
{
	if (examined->verdict != VERDICT_MATCHES)
		return;
	examined->unmatched = filters_first_mismatch(filters, &examined->row, stage);
	if (examined->unmatched != FILTERS)
		examined->verdict = VERDICT_UNMATCHED;
}

void selection_check_motion(struct examination *examined)
{
	if (examined->verdict != VERDICT_MATCHES || examined->row.operand)
		return;
	examined->motion = segment_motion(&examined->row.segment);
	if (examined->motion != MOTION_NONE)
		examined->verdict = VERDICT_IN_MOTION;
}

void selection_decide(const struct filters *filters, struct examination *examined)
{
	examined->verdict = VERDICT_MATCHES;
	check_filters(filters, examined, FILTER_FACTS);
	check_filters(filters, examined, FILTER_FINDINGS);
	selection_check_motion(examined);
}

/* Examine the facts of one row. */
static void examine_facts(const struct filters *filters, const struct row *seen,
	struct examination *examined)
{
	const struct segment *before = &seen->segment, *now = &examined->row.segment;
	int r;

	*examined = (struct examination){
		.row = { .segment = *before, .ns = seen->ns, .operand = seen->operand },
		.verdict = VERDICT_MISSING,
	};
	r = segment_stat(before, &examined->row.segment);
	if (r < 0) {
		examined->error = r == -CONDITION_MISSING ? 0 : r;
		return;
	}
	examined->verdict = VERDICT_MATCHES;
	if (!segment_same(before, now) || before->uid != now->uid ||
		before->gid != now->gid || before->mode != now->mode)
		examined->verdict = VERDICT_CHANGED;
	check_filters(filters, examined, FILTER_FACTS);
	if (examined->verdict == VERDICT_MATCHES && !seen->operand &&
		!row_is_attached(seen) && !segment_unchanged(before, now))
		examined->verdict = VERDICT_USED;
}

/* Examine the findings of the rows whose facts match. */
static int examine_findings(const struct filters *filters, struct examination *examined,
	size_t count, struct attach_list *list)
{
	struct row CLEANUP_FREE *matching = xcalloc(count, sizeof(*matching));
	size_t nmatching = 0, next = 0;
	int r;

	for (size_t i = 0; i < count; i++) {
		if (examined[i].verdict == VERDICT_MATCHES)
			matching[nmatching++] = examined[i].row;
	}
	r = findings_fill(
		matching, nmatching, filters->needs, filtered_pid(filters), list);
	for (size_t i = 0; i < count && r == 0; i++) {
		if (examined[i].verdict != VERDICT_MATCHES)
			continue;
		examined[i].row = matching[next++];
		check_filters(filters, &examined[i], FILTER_FINDINGS);
	}
	return r;
}

int selection_examine(const struct filters *filters, const struct row *rows,
	struct examination *examined, size_t count, struct attach_list *list)
{
	int r = 0;

	processes_reset();
	segment_ages_reset();
	for (size_t i = 0; i < count; i++)
		examine_facts(filters, &rows[i], &examined[i]);
	if (filters->needs)
		r = examine_findings(filters, examined, count, list);
	for (size_t i = 0; i < count; i++)
		selection_check_motion(&examined[i]);
	return r;
}

void selection_free(struct selection *selection)
{
	attaches_free(&selection->attaches[0]);
	attaches_free(&selection->attaches[1]);
	free(selection->rows);
	free(selection->unmatched);
	free(selection->failures);
	for (size_t i = 0; i < selection->nnames; i++)
		free(selection->names[i]);
	free(selection->names);
	selection->names = NULL;
	selection->nnames = 0;
	selection->rows = NULL;
	selection->unmatched = NULL;
	selection->failures = NULL;
}
