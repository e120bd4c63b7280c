#include "select/filter.h"

#include <errno.h>
#include <sys/ipc.h>

#include "alloc.h"
#include "cleanup.h"
#include "kernel/attach.h"
#include "kernel/namespace.h"
#include "kernel/process.h"
#include "parse/duration.h"
#include "parse/number.h"
#include "parse/owner.h"
#include "parse/size.h"
#include "select/orphan.h"

static char *user_text, *group_text, *creator_text, *pid_text, *older_than_text,
	*idle_text;
static char *min_size_text, *max_size_text, *expression_text;
static int orphaned_given, unattached_given, attached_given;
static int dest_given, locked_given, private_given;

struct poptOption filter_options[] = {
	{ "user", 'u', POPT_ARG_STRING, &user_text, 0,
		"owned by USER, a name or a number", "USER" },
	{ "group", 'g', POPT_ARG_STRING, &group_text, 0,
		"owned by GROUP, a name or a number", "GROUP" },
	{ "creator", '\0', POPT_ARG_STRING, &creator_text, 0,
		"created by USER, a name or a number", "USER" },
	{ "pid", 'p', POPT_ARG_STRING, &pid_text, 0, "that the process PID has attached",
		"PID" },
	{ "orphaned", '\0', POPT_ARG_NONE, &orphaned_given, 0,
		"left behind: no attach, creator and last user gone", NULL },
	{ "unattached", '\0', POPT_ARG_NONE, &unattached_given, 0,
		"that no process has attached", NULL },
	{ "attached", '\0', POPT_ARG_NONE, &attached_given, 0,
		"that a process has attached", NULL },
	{ "dest", '\0', POPT_ARG_NONE, &dest_given, 0, "marked for destruction", NULL },
	{ "locked", '\0', POPT_ARG_NONE, &locked_given, 0, "locked in memory", NULL },
	{ "private", '\0', POPT_ARG_NONE, &private_given, 0,
		"without a key, and not for being marked", NULL },
	{ "older-than", '\0', POPT_ARG_STRING, &older_than_text, 0,
		"created or changed longer ago than AGE", "AGE" },
	{ "idle", '\0', POPT_ARG_STRING, &idle_text, 0,
		"neither attached nor detached for longer than AGE", "AGE" },
	{ "min-size", '\0', POPT_ARG_STRING, &min_size_text, 0, "of at least SIZE bytes",
		"SIZE" },
	{ "max-size", '\0', POPT_ARG_STRING, &max_size_text, 0, "of at most SIZE bytes",
		"SIZE" },
	{ "filter", 'Q', POPT_ARG_STRING, &expression_text, 0,
		"for which the expression of columns holds: scols-filter(5)", "EXPR" },
	POPT_TABLEEND,
};

static int read_owners(struct filter *filter, struct option_fault *fault)
{
	int r = 0;

	if (user_text) {
		*fault = (struct option_fault){ "--user", user_text, "no such user",
			NULL };
		r = parse_user(user_text, &filter->uid);
	}
	if (r == 0 && group_text) {
		*fault = (struct option_fault){ "--group", group_text, "no such group",
			NULL };
		r = parse_group(group_text, &filter->gid);
	}
	if (r == 0 && creator_text) {
		*fault = (struct option_fault){ "--creator", creator_text, "no such user",
			NULL };
		r = parse_user(creator_text, &filter->cuid);
	}
	return r;
}

static int read_pid(struct filter *filter, struct option_fault *fault)
{
	if (!pid_text)
		return 0;
	*fault = (struct option_fault){ "--pid", pid_text, "not a process ID", NULL };
	return parse_id(pid_text, &filter->pid) < 0 || filter->pid == 0 ? -EINVAL : 0;
}

static int read_ages(struct filter *filter, struct option_fault *fault)
{
	int r = 0;

	if (older_than_text) {
		*fault = (struct option_fault){ "--older-than", older_than_text,
			NOT_A_DURATION, NULL };
		r = parse_duration(older_than_text, &filter->older_than);
	}
	if (r == 0 && idle_text) {
		*fault = (struct option_fault){ "--idle", idle_text, NOT_A_DURATION,
			NULL };
		r = parse_duration(idle_text, &filter->idle);
	}
	return r;
}

static int read_sizes(struct filter *filter, struct option_fault *fault)
{
	int r = 0;

	if (min_size_text) {
		*fault = (struct option_fault){ "--min-size", min_size_text, NOT_A_SIZE,
			NULL };
		r = parse_size(min_size_text, &filter->min_size);
	}
	if (r == 0 && max_size_text) {
		*fault = (struct option_fault){ "--max-size", max_size_text, NOT_A_SIZE,
			NULL };
		r = parse_size(max_size_text, &filter->max_size);
	}
	if (r == 0 && min_size_text && max_size_text &&
		filter->min_size > filter->max_size) {
		*fault = (struct option_fault){ "--min-size", min_size_text,
			"more than --max-size, so no segment can be meant", NULL };
		r = -EINVAL;
	}
	return r;
}

/* Filters of which no segment can match both. */
static int read_states(const struct filter *filter, struct option_fault *fault)
{
	if (filter->unattached && filter->attached)
		*fault = (struct option_fault){ "--unattached", NULL,
			"excludes --attached", NULL };
	else if (filter->orphaned && filter->attached)
		*fault = (struct option_fault){ "--orphaned", NULL, "excludes --attached",
			NULL };
	else if (filter->private && filter->dest)
		*fault = (struct option_fault){ "--private", NULL,
			"excludes --dest, which takes a segment's key away", NULL };
	else
		return 0;
	return -EINVAL;
}

int filter_read(struct filter *filter, struct option_fault *fault)
{
	int r;

	*filter = (struct filter){
		.by_user = user_text,
		.by_group = group_text,
		.by_creator = creator_text,
		.by_pid = pid_text,
		.orphaned = orphaned_given,
		.unattached = unattached_given,
		.attached = attached_given,
		.dest = dest_given,
		.locked = locked_given,
		.private = private_given,
		.by_older_than = older_than_text,
		.by_idle = idle_text,
		.by_min_size = min_size_text,
		.by_max_size = max_size_text,
		.expression = expression_text,
	};
	r = read_owners(filter, fault);
	if (r == 0)
		r = read_pid(filter, fault);
	if (r == 0)
		r = read_ages(filter, fault);
	if (r == 0)
		r = read_sizes(filter, fault);
	return r < 0 ? r : read_states(filter, fault);
}

bool filter_any(const struct filter *filter)
{
	return filter->by_user || filter->by_group || filter->by_creator ||
		filter->by_pid || filter->orphaned || filter->unattached ||
		filter->attached || filter->dest || filter->locked || filter->private ||
		filter->by_older_than || filter->by_idle || filter->by_min_size ||
		filter->by_max_size || filter->expression;
}

bool filter_costs(const struct filter *filter)
{
	return filter->by_pid || filter->orphaned || filter->ask;
}

/* Whether SECONDS, which may be one too many, are surely as long as AGE, in
 * milliseconds. */
static bool is_past(uint64_t seconds, uint64_t age)
{
	return (seconds > 0 ? seconds - 1 : 0) >= age / 1000 + (age % 1000 > 0);
}

static bool matches_owners(const struct filter *filter, const struct segment *segment)
{
	if (filter->by_user && segment->uid != filter->uid)
		return false;
	if (filter->by_group && segment->gid != filter->gid)
		return false;
	return !filter->by_creator || segment->cuid == filter->cuid;
}

static bool matches_state(const struct filter *filter, const struct segment *segment)
{
	if ((filter->unattached || filter->orphaned) && segment->nattch > 0)
		return false;
	if ((filter->attached || filter->by_pid) && segment->nattch == 0)
		return false;
	if ((filter->dest && !segment->dest) || (filter->locked && !segment->locked))
		return false;
	/* One that is marked for destruction has lost its key, if it had one. */
	return !filter->private || (segment->key == IPC_PRIVATE && !segment->dest);
}

static bool matches_ages(const struct filter *filter, const struct segment *segment)
{
	uint64_t seconds;

	if (filter->by_older_than &&
		(!segment_age(segment, &seconds) ||
			!is_past(seconds, filter->older_than)))
		return false;
	return !filter->by_idle ||
		(segment_idle(segment, &seconds) && is_past(seconds, filter->idle));
}

/* What needs no look at any process. */
static bool matches_itself(const struct filter *filter, const struct segment *segment)
{
	if (filter->by_min_size && segment->size < filter->min_size)
		return false;
	if (filter->by_max_size && segment->size > filter->max_size)
		return false;
	return matches_owners(filter, segment) && matches_state(filter, segment) &&
		matches_ages(filter, segment);
}

/* Calls MATCHES with each segment, and keeps those of which it is true. */
static void keep(struct segment_table *table, const struct filter *filter,
	bool (*matches)(const struct filter *filter, const struct segment *segment))
{
	size_t kept = 0;

	for (size_t i = 0; i < table->count; i++) {
		if (matches(filter, &table->segments[i]))
			table->segments[kept++] = table->segments[i];
	}
	table->count = kept;
}

static bool matches_processes(const struct filter *filter, const struct segment *segment)
{
	if (filter->by_pid && segment->nattaches == 0)
		return false;
	return !filter->orphaned || segment_orphan(segment) == ORPHAN_YES;
}

static int keep_by_processes(const struct filter *filter, struct segment_table *table)
{
	struct attach_target CLEANUP_FREE *targets =
		xcalloc(table->count, sizeof(*targets));
	struct attach_list list = { 0 };
	uint64_t own = namespace_own();
	int r = 0;

	for (size_t i = 0; i < table->count; i++)
		targets[i] = (struct attach_target){ .segment = &table->segments[i],
			.ns = table->segments[i].ns ? table->segments[i].ns : own };
	if (filter->by_pid)
		r = attaches_of_process(filter->pid, targets, table->count, &list);
	for (size_t i = 0; i < table->count; i++) {
		struct segment *segment = &table->segments[i];

		segment->nattaches = targets[i].nattaches;
		if (segment->nattaches == 0)
			continue;
		segment->held_start = targets[i].attaches->start;
		segment->held_end = targets[i].attaches->end;
		segment->page_size = targets[i].page_size;
	}
	if (r == 0)
		keep(table, filter, matches_processes);
	for (size_t i = 0; i < table->count; i++)
		table->segments[i].nattaches = 0;
	attaches_free(&list);
	return r;
}

int filter_keep(const struct filter *filter, struct segment_table *table)
{
	keep(table, filter, matches_itself);
	return filter->by_pid || filter->orphaned ? keep_by_processes(filter, table) : 0;
}

int filter_keep_asked(const struct filter *filter, struct segment_table *table)
{
	size_t kept = 0;

	for (size_t i = 0; i < table->count; i++) {
		int r = filter->ask(filter->data, &table->segments[i]);

		if (r < 0)
			return r;
		if (r > 0)
			table->segments[kept++] = table->segments[i];
	}
	table->count = kept;
	return 0;
}

/* Asks the processes about one segment. */
static int match_processes(const struct filter *filter, const struct segment *now)
{
	struct segment_table one = { 0 };
	int r = segment_table_add(&one, now);

	if (r == 0)
		r = keep_by_processes(filter, &one);
	if (r == 0)
		r = one.count == 1;
	segment_table_free(&one);
	return r;
}

int filter_match(const struct filter *filter, const struct segment *seen,
	const struct segment *now)
{
	struct segment copy = *now;

	if (!matches_itself(filter, now))
		return 0;
	if (!filter->by_pid && !filter->orphaned)
		return 1;
	processes_reset();
	copy.ns = seen->ns ? seen->ns : namespace_own();
	/* A process with many attaches is not searched again for each of them. */
	if (filter->by_pid && !filter->orphaned && seen->held_end > 0 &&
		attach_remains(&(struct attach){ .pid = filter->pid,
				       .start = seen->held_start,
				       .end = seen->held_end,
				       .page_size = seen->page_size },
			&(struct attach_target){ .segment = &copy, .ns = copy.ns }))
		return 1;
	return match_processes(filter, &copy);
}
