#include "select/selection.h"

#include <errno.h>
#include <sys/param.h>

#include "alloc.h"
#include "cleanup.h"
#include "condition.h"
#include "kernel/namespace.h"
#include "kernel/posix.h"
#include "kernel/process.h"
#include "kernel/shmfile.h"
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

/* The smallest usual size of huge pages, in bytes. */
#define HUGE_PAGE (UINT64_C(2) << 20)

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
	/* The table may be of a kernel that multiplied the RSS of huge pages. */
	if (source->blank.saved && memory->rss > segment->size &&
		memory->rss - segment->size >= HUGE_PAGE)
		source->blank.memory.known = false;
	if (segment->name) {
		selection->names = xgrow(
			selection->names, selection->nnames, sizeof(*selection->names));
		selection->names[selection->nnames] = xstrdup(segment->name);
		source->blank.segment.name = selection->names[selection->nnames++];
	}
	add_row(selection, &source->blank);
}

/* How to read the segments or objects of one place or of all. */
struct reading {
	struct selection *selection;
	const struct selection_request *request;
	enum segment_type type;
	bool memory;
	/* Several namespaces may have the same /dev/shm, which is read once. */
	struct seen {
		uint64_t device, inode;
	} * seen;
	size_t nseen;
	uint64_t own; /* the device of the /dev/shm of the caller */
};

static int read_here(const struct reading *reading, uint64_t ns, pid_t pid)
{
	const struct selection_request *request = reading->request;
	struct source source = { reading->selection, { .ns = ns, .ns_pid = pid } };

	if (request->visit)
		request->visit(request->data, reading->type, ns, pid);
	return (reading->type == SEGMENT_SYSV ? enumerate_segments : posix_enumerate)(
		reading->memory, add_segment, &source, &reading->selection->gaps);
}

/* Was the place that was entered read before? */
static bool is_seen(struct reading *reading)
{
	struct seen here;

	if (reading->type == SEGMENT_SYSV)
		return false;
	here = (struct seen){ posix_device(), posix_inode() };
	for (size_t i = 0; i < reading->nseen; i++) {
		if (reading->seen[i].device == here.device &&
			reading->seen[i].inode == here.inode)
			return true;
	}
	reading->seen = xgrow(reading->seen, reading->nseen, sizeof(*reading->seen));
	reading->seen[reading->nseen++] = here;
	return false;
}

/* Read a place that was entered. The owner of a /dev/shm decides who may read it, and may
 * be anybody, except for that of the caller. */
static int read_entered(struct reading *reading, const struct namespace *namespace)
{
	struct selection *selection = reading->selection;
	size_t hidden = selection->gaps.hidden_objects;
	int r = read_here(reading, namespace->inode, namespace->pid);

	if (reading->type == SEGMENT_POSIX && posix_device() != reading->own &&
		(r == -EACCES || (r == 0 && selection->gaps.hidden_objects > hidden))) {
		selection->gaps.hidden_objects = hidden;
		selection->unreached[reading->type]++;
		return 0;
	}
	return r;
}

static int read_place(struct reading *reading, const struct namespace *namespace)
{
	struct selection *selection = reading->selection;
	int left, r = place_enter(&selection->places, reading->type, namespace->inode);

	if (r < 0) {
		/* It no longer exists, or has no /dev/shm. */
		selection->unreached[reading->type] += r != -ESRCH && r != -ENOENT;
		selection->hidden_mounts += r == -CONDITION_MOUNT_HIDDEN;
		r = 0;
	} else if (!is_seen(reading)) {
		r = read_entered(reading, namespace);
	}
	left = place_leave();
	return r < 0 ? r : left;
}

/* Return the place to read first: that of the caller. But a /dev/shm that it shares with
 * PID 1 is that of PID 1: a service has a mount namespace for a moment only. */
static const struct namespace *first_place(
	const struct namespace_list *list, enum segment_type type, uint64_t own)
{
	for (size_t i = 0; i < list->count && type == SEGMENT_POSIX; i++) {
		if (list->namespaces[i].pid == 1)
			return &list->namespaces[i];
	}
	return namespaces_get(list, own);
}

/* Read one place after another. -ENOENT: /proc does not show that of the caller. */
static int read_places(struct reading *reading, uint64_t own)
{
	struct selection *selection = reading->selection;
	const struct namespace_list *list = &selection->places.namespaces[reading->type];
	int r = own ? places_find(&selection->places, reading->type) : -ENOENT;
	const struct namespace *first = first_place(list, reading->type, own);

	selection->unseen_processes = MAX(selection->unseen_processes, list->unseen);
	if (r == 0)
		r = read_place(reading, first);
	for (size_t i = 0; i < list->count && r == 0; i++) {
		if (&list->namespaces[i] != first)
			r = read_place(reading, &list->namespaces[i]);
	}
	free(reading->seen);
	return r;
}

/* Read all segments or objects: those here, or those of all places. */
static int read_all(struct selection *selection, const struct selection_request *request,
	enum segment_type type, bool memory)
{
	uint64_t own =
		type == SEGMENT_SYSV ? namespace_own(NAMESPACE_IPC) : posix_namespace();
	struct reading reading = { selection, request, type, memory,
		.own = type == SEGMENT_POSIX ? posix_device() : 0 };

	selection->last_read = type;
	return request->all_namespaces ? read_places(&reading, own)
				       : read_here(&reading, own, 0);
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
	bool memory = needs & FINDING_MEMORY;
	int r = 0;

	if (request->count > 0 && !request->saved && !request->all_namespaces) {
		find_operands(selection, request->operands, request->count);
		return 0;
	}
	if (request->saved) {
		source.blank.saved = true;
		source.blank.unnamed = !request->saved_names;
		r = shmfile_read(request->saved, add_segment, &source, &selection->gaps);
	} else if (request->kinds & SEGMENTS_SYSV) {
		r = read_all(selection, request, SEGMENT_SYSV, memory);
	}
	if (r == 0 && (request->kinds & SEGMENTS_POSIX)) {
		r = read_all(selection, request, SEGMENT_POSIX, memory);
		if (request->kinds & SEGMENTS_SYSV) {
			selection->posix_error = r;
			r = 0;
		}
	}
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
		.row = { .segment = *before,
			.ns = seen->ns,
			.ns_pid = seen->ns_pid,
			.operand = seen->operand },
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
	places_free(&selection->places);
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
