#include "select/filter.h"

#include <errno.h>

#include "kernel/attach.h"
#include "kernel/namespace.h"
#include "kernel/process.h"
#include "parse/number.h"
#include "parse/owner.h"
#include "parse/size.h"
#include "select/orphan.h"

static char *user_text, *pid_text, *min_size_text;
static int orphaned_given, unattached_given, attached_given;

struct poptOption filter_options[] = {
	{ "user", 'u', POPT_ARG_STRING, &user_text, 0,
		"owned by USER, a name or a number", "USER" },
	{ "pid", 'p', POPT_ARG_STRING, &pid_text, 0, "that the process PID has attached",
		"PID" },
	{ "orphaned", '\0', POPT_ARG_NONE, &orphaned_given, 0,
		"left behind: no attach, creator and last user gone", NULL },
	{ "unattached", '\0', POPT_ARG_NONE, &unattached_given, 0,
		"that no process has attached", NULL },
	{ "attached", '\0', POPT_ARG_NONE, &attached_given, 0,
		"that a process has attached", NULL },
	{ "min-size", '\0', POPT_ARG_STRING, &min_size_text, 0, "of at least SIZE bytes",
		"SIZE" },
	POPT_TABLEEND,
};

int filter_read(struct filter *filter, struct option_fault *fault)
{
	int r;

	*filter = (struct filter){
		.by_user = user_text,
		.by_pid = pid_text,
		.orphaned = orphaned_given,
		.unattached = unattached_given,
		.attached = attached_given,
		.by_min_size = min_size_text,
	};
	if (user_text) {
		*fault = (struct option_fault){ "--user", user_text, "no such user",
			NULL };
		r = parse_user(user_text, &filter->uid);
		if (r < 0)
			return r;
	}
	if (pid_text) {
		*fault = (struct option_fault){ "--pid", pid_text, "not a process ID",
			NULL };
		if (parse_id(pid_text, &filter->pid) < 0 || filter->pid == 0)
			return -EINVAL;
	}
	if (min_size_text) {
		*fault = (struct option_fault){ "--min-size", min_size_text, NOT_A_SIZE,
			NULL };
		r = parse_size(min_size_text, &filter->min_size);
		if (r < 0)
			return r;
	}
	if (filter->unattached && filter->attached) {
		*fault = (struct option_fault){ "--unattached", NULL,
			"excludes --attached", NULL };
		return -EINVAL;
	}
	return 0;
}

bool filter_any(const struct filter *filter)
{
	return filter->by_user || filter->by_pid || filter->orphaned ||
		filter->unattached || filter->attached || filter->by_min_size;
}

/* What needs no look at any process. */
static bool matches_itself(const struct filter *filter, const struct segment *segment)
{
	if (filter->by_user && segment->uid != filter->uid)
		return false;
	if ((filter->unattached || filter->orphaned) && segment->nattch > 0)
		return false;
	if ((filter->attached || filter->by_pid) && segment->nattch == 0)
		return false;
	if (filter->by_min_size && segment->size < filter->min_size)
		return false;
	return true;
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
	return !filter->orphaned || segment_is_orphan(segment);
}

static int keep_by_processes(const struct filter *filter, struct segment_table *table)
{
	struct attach_list list = { 0 };
	int r = 0;

	if (filter->by_pid)
		r = attaches_of_process(filter->pid, table, &list);
	if (r == 0)
		keep(table, filter, matches_processes);
	for (size_t i = 0; i < table->count; i++) {
		table->segments[i].attaches = NULL;
		table->segments[i].nattaches = 0;
	}
	attaches_free(&list);
	return r;
}

int filter_keep(const struct filter *filter, struct segment_table *table)
{
	keep(table, filter, matches_itself);
	return filter->by_pid || filter->orphaned ? keep_by_processes(filter, table) : 0;
}

int filter_match(const struct filter *filter, const struct segment *segment)
{
	struct segment_table one = { 0 };
	struct segment copy = *segment;
	int r;

	if (!matches_itself(filter, segment))
		return 0;
	if (!filter->by_pid && !filter->orphaned)
		return 1;
	processes_forget();
	copy.ns = namespace_own();
	r = segment_table_add(&one, &copy);
	if (r == 0)
		r = keep_by_processes(filter, &one);
	if (r == 0)
		r = one.count == 1;
	segment_table_free(&one);
	return r;
}
