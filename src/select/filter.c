#include "select/filter.h"

#include <errno.h>
#include <string.h>
#include <sys/ipc.h>

#include "alloc.h"
#include "condition.h"
#include "parse/duration.h"
#include "parse/number.h"
#include "parse/owner.h"
#include "parse/size.h"
#include "select/expression.h"

/* Return whether at least AGE milliseconds have certainly passed since an event. MEASURE
 * computes the whole seconds since that event, possibly one too many. A saved table does
 * not say when it was saved, so its rows never match. */
static bool is_past(const struct row *row,
	bool (*measure)(const struct segment *segment, uint64_t *seconds), uint64_t age)
{
	uint64_t seconds;

	return !row->saved && measure(&row->segment, &seconds) &&
		(seconds > 0 ? seconds - 1 : 0) >= age / 1000 + (age % 1000 > 0);
}

static bool contains(struct id_list list, unsigned int id)
{
	for (size_t i = 0; i < list.count; i++) {
		if (list.ids[i] == id)
			return true;
	}
	return false;
}

/* Define the function that returns whether ROW matches the filter NAME, whose argument is
 * VALUE. */
#define PREDICATE(name, condition)                                                       \
	static bool match_##name(const struct row *row, union filter_value value)        \
	{                                                                                \
		(void)value;                                                             \
		return condition;                                                        \
	}

/* In a saved table, every ID is taken as it is. On this host, the kernel shows the
 * overflow ID for an owner who is not mapped in this user namespace: that ID matches no
 * filter. */
PREDICATE(user,
	contains(value.list, row->segment.uid) &&
		(row->saved || user_id_known(row->segment.uid)))
PREDICATE(group,
	contains(value.list, row->segment.gid) &&
		(row->saved || group_id_known(row->segment.gid)))
PREDICATE(creator,
	contains(value.list, row->segment.cuid) &&
		(row->saved || user_id_known(row->segment.cuid)))
PREDICATE(pid, row->used_by_pid)
PREDICATE(orphaned, row->orphan.state == ORPHAN_YES)
PREDICATE(creator_gone, row->orphan.creator == PROCESS_GONE)
PREDICATE(unattached, row_is_unattached(row))
PREDICATE(attached, row_is_attached(row))
PREDICATE(dest, row->segment.dest)
PREDICATE(locked, row->segment.locked)
/* Marking for destruction clears the key. */
PREDICATE(private, row->segment.key == IPC_PRIVATE && !row->segment.dest)
PREDICATE(min_size, row->segment.size >= value.number)
PREDICATE(max_size, row->segment.size <= value.number)
PREDICATE(expression, expression_match(value.expression, row))
PREDICATE(older_than, is_past(row, segment_age, value.number))
PREDICATE(idle, is_past(row, segment_idle, value.number))

/* The kind of argument an option takes; FLAG: none. */
enum argument { FLAG, USER, GROUP, PID, AGE, SIZE, EXPR };

static int flags[FILTERS], posix, sysv;
static char *texts[FILTERS];

#define OPTION(id, name, letter, argument, needs, match, help)                           \
	{ name, letter, (argument) == FLAG ? POPT_ARG_NONE : POPT_ARG_STRING,            \
		(argument) == FLAG ? (void *)&flags[id] : (void *)&texts[id], 0, help,   \
		(argument) == FLAG ? NULL : #argument },

struct poptOption filter_options[] = {
	{ "posix", 'P', POPT_ARG_NONE, &posix, 0,
		"Select POSIX objects (/dev/shm) instead of System V segments", NULL },
	{ "sysv", '\0', POPT_ARG_NONE, &sysv, 0,
		"Select System V segments; with --posix, both kinds", NULL },
	FILTER_TABLE(OPTION) POPT_TABLEEND,
};

#define FILTER(id, name, letter, argument, needs, match, help)                           \
	[id] = { "--" name, argument, needs, match },

static const struct filter {
	const char *name;
	enum argument argument;
	unsigned int needs;
	bool (*match)(const struct row *row, union filter_value value);
} table[FILTERS] = { FILTER_TABLE(FILTER) };

/* Filters that cannot be combined: no segment matches both, so it must be a mistake. */
static const struct {
	enum filter_id one, other;
} conflicts[] = {
	{ FILTER_UNATTACHED, FILTER_ATTACHED },
	{ FILTER_ORPHANED, FILTER_ATTACHED },
	{ FILTER_PRIVATE, FILTER_DEST },
};

/* Filters that no POSIX object can match, since the kernel does not record this. */
static const enum filter_id only_sysv[] = {
	FILTER_CREATOR,
	FILTER_ORPHANED,
	FILTER_CREATOR_GONE,
	FILTER_DEST,
	FILTER_LOCKED,
	FILTER_PRIVATE,
};

const char *filter_name(enum filter_id id)
{
	return table[id].name;
}

/* Return the findings that a filter on the command line reads. */
static unsigned int filter_needs(const struct filters *filters, enum filter_id id)
{
	unsigned int needs = id == FILTER_EXPRESSION
		? expression_needs(filters->values[id].expression)
		: table[id].needs;

	return (filters->kinds & SEGMENTS_POSIX) ? needs : needs & ~FINDING_USERS;
}

/* Return the stage in which a filter on the command line is checked. */
static enum filter_stage filter_stage(const struct filters *filters, enum filter_id id)
{
	return filter_needs(filters, id) ? FILTER_FINDINGS : FILTER_FACTS;
}

/* Read names or numbers with commas between them, and split TEXT into them. On error,
 * USAGE_ERROR says what to print. */
static int read_list(int (*parse)(const char *text, unsigned int *id), char *text,
	struct id_list *list, struct usage_error *usage_error)
{
	const char *member;
	unsigned int id = 0;

	while ((member = strsep(&text, ","))) {
		int r = parse(member, &id);

		if (r < 0) {
			usage_error->value = member;
			return r;
		}
		list->ids = xgrow(list->ids, list->count, sizeof(*list->ids));
		list->ids[list->count++] = id;
	}
	return 0;
}

/* Read the argument of a filter. On error, USAGE_ERROR says what to print. */
static int read_value(enum argument argument, char *text, const struct column *columns,
	union filter_value *value, struct usage_error *usage_error)
{
	int pid = 0, r;

	switch (argument) {
	case FLAG:
		return 0;
	case USER:
		r = read_list(parse_user, text, &value->list, usage_error);
		usage_error->why =
			r == -CONDITION_NO_USER ? "no such user" : strerror(-r);
		return r;
	case GROUP:
		r = read_list(parse_group, text, &value->list, usage_error);
		usage_error->why =
			r == -CONDITION_NO_GROUP ? "no such group" : strerror(-r);
		return r;
	case PID:
		usage_error->why = "not a process ID";
		r = parse_id(text, &pid);
		value->number = (uint64_t)pid;
		return r == 0 && pid == 0 ? -EINVAL : r;
	case AGE:
		usage_error->why = NOT_A_DURATION;
		return parse_duration(text, &value->number);
	case SIZE:
		usage_error->why = NOT_A_SIZE;
		return parse_size(text, &value->number);
	default:
		return expression_parse(text, columns, &value->expression, usage_error);
	}
}

/* Refuse combinations of filters that no segment can match. */
static int check_conflicts(const struct filters *filters, struct usage_error *usage_error)
{
	for (size_t i = 0; i < sizeof(conflicts) / sizeof(*conflicts); i++) {
		enum filter_id one = conflicts[i].one, other = conflicts[i].other;

		if (filters->given[one] && filters->given[other]) {
			*usage_error = (struct usage_error){
				.option = table[one].name,
				.conflict = table[other].name,
			};
			return -EINVAL;
		}
	}
	if (filters->given[FILTER_MIN_SIZE] && filters->given[FILTER_MAX_SIZE] &&
		filters->values[FILTER_MIN_SIZE].number >
			filters->values[FILTER_MAX_SIZE].number) {
		*usage_error = (struct usage_error){
			.option = table[FILTER_MIN_SIZE].name,
			.value = texts[FILTER_MIN_SIZE],
			.why = "larger than --max-size",
		};
		return -EINVAL;
	}
	return 0;
}

int filters_read(struct filters *filters, const struct column *columns,
	struct usage_error *usage_error)
{
	int r;

	*filters = (struct filters){ .needs = 0 };
	for (enum filter_id id = 0; id < FILTERS; id++) {
		filters->given[id] = flags[id] || texts[id];
		if (!filters->given[id])
			continue;
		*usage_error = (struct usage_error){ table[id].name, .value = texts[id] };
		r = read_value(table[id].argument, texts[id], columns,
			&filters->values[id], usage_error);
		if (r < 0)
			return r;
	}
	r = check_conflicts(filters, usage_error);
	return r < 0 ? r
		     : filters_set_kinds(filters,
			       (posix ? SEGMENTS_POSIX : 0) |
				       (sysv || !posix ? SEGMENTS_SYSV : 0),
			       usage_error);
}

int filters_set_kinds(
	struct filters *filters, unsigned int kinds, struct usage_error *usage_error)
{
	filters->kinds = kinds;
	filters->needs = 0;
	for (enum filter_id id = 0; id < FILTERS; id++) {
		if (filters->given[id])
			filters->needs |= filter_needs(filters, id);
	}
	if (!(kinds & SEGMENTS_POSIX))
		return 0;
	for (size_t i = 0; i < sizeof(only_sysv) / sizeof(*only_sysv); i++) {
		if (!filters->given[only_sysv[i]])
			continue;
		*usage_error = (struct usage_error){
			.option = table[only_sysv[i]].name,
			.why = "does not apply to POSIX objects",
		};
		return -EINVAL;
	}
	return 0;
}

bool filters_given(const struct filters *filters)
{
	for (size_t i = 0; i < FILTERS; i++) {
		if (filters->given[i])
			return true;
	}
	return false;
}

enum filter_id filters_first_mismatch(
	const struct filters *filters, const struct row *row, enum filter_stage stage)
{
	for (enum filter_id id = 0; id < FILTERS; id++) {
		if (filters->given[id] && filter_stage(filters, id) == stage &&
			!table[id].match(row, filters->values[id]))
			return id;
	}
	return FILTERS;
}
