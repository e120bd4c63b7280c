#include "select/filter.h"

#include <errno.h>
#include <sys/ipc.h>

#include "parse/duration.h"
#include "parse/number.h"
#include "parse/owner.h"
#include "parse/size.h"
#include "select/expression.h"

/* Whether SECONDS, which may be one too many, are surely as long as AGE in
 * milliseconds. */
static bool is_past(uint64_t seconds, uint64_t age)
{
	return (seconds > 0 ? seconds - 1 : 0) >= age / 1000 + (age % 1000 > 0);
}

static bool match_user(const struct row *row, union filter_value value)
{
	return row->segment.uid == value.number &&
		(row->saved || user_id_known(row->segment.uid));
}

static bool match_group(const struct row *row, union filter_value value)
{
	return row->segment.gid == value.number &&
		(row->saved || group_id_known(row->segment.gid));
}

static bool match_creator(const struct row *row, union filter_value value)
{
	return row->segment.cuid == value.number &&
		(row->saved || user_id_known(row->segment.cuid));
}

static bool match_pid(const struct row *row, union filter_value value)
{
	(void)value;
	return row->used_by_pid;
}

static bool match_orphaned(const struct row *row, union filter_value value)
{
	(void)value;
	return row->orphan == ORPHAN_YES;
}

static bool match_unattached(const struct row *row, union filter_value value)
{
	(void)value;
	return row->segment.nattch == 0;
}

static bool match_attached(const struct row *row, union filter_value value)
{
	(void)value;
	return row->segment.nattch > 0;
}

static bool match_dest(const struct row *row, union filter_value value)
{
	(void)value;
	return row->segment.dest;
}

static bool match_locked(const struct row *row, union filter_value value)
{
	(void)value;
	return row->segment.locked;
}

/* Marking for destruction clears the key. */
static bool match_private(const struct row *row, union filter_value value)
{
	(void)value;
	return row->segment.key == IPC_PRIVATE && !row->segment.dest;
}

static bool match_older_than(const struct row *row, union filter_value value)
{
	uint64_t seconds;

	return !row->saved && segment_age(&row->segment, &seconds) &&
		is_past(seconds, value.number);
}

static bool match_idle(const struct row *row, union filter_value value)
{
	uint64_t seconds;

	return !row->saved && segment_idle(&row->segment, &seconds) &&
		is_past(seconds, value.number);
}

static bool match_min_size(const struct row *row, union filter_value value)
{
	return row->segment.size >= value.number;
}

static bool match_max_size(const struct row *row, union filter_value value)
{
	return row->segment.size <= value.number;
}

static bool match_expression(const struct row *row, union filter_value value)
{
	return expression_match(value.expression, row);
}

/* What follows an option. */
enum argument { FLAG, USER, GROUP, PID, AGE, SIZE, EXPR };

/* One line a filter: FLAG_(id, option, letter, needs, predicate, help), or VALUE_() with
 * the kind of argument after the letter. */
// clang-format off
#define FILTER_TABLE(FLAG_, VALUE_)                                                                     \
	VALUE_(FILTER_USER, "user", 'u', USER, 0, match_user, "Owned by USER (name or number)")         \
	VALUE_(FILTER_GROUP, "group", 'g', GROUP, 0, match_group, "Owned by GROUP (name or number)")    \
	VALUE_(FILTER_CREATOR, "creator", '\0', USER, 0, match_creator, "Created by USER (name or number)") \
	VALUE_(FILTER_PID, "pid", 'p', PID, FINDING_PID, match_pid, "Attached by process PID")          \
	FLAG_(FILTER_ORPHANED, "orphaned", '\0', FINDING_ORPHAN, match_orphaned, "Left behind: not attached, creator and last user gone") \
	FLAG_(FILTER_UNATTACHED, "unattached", '\0', 0, match_unattached, "Not attached by any process") \
	FLAG_(FILTER_ATTACHED, "attached", '\0', 0, match_attached, "Attached by a process")            \
	FLAG_(FILTER_DEST, "dest", '\0', 0, match_dest, "Marked for destruction")                       \
	FLAG_(FILTER_LOCKED, "locked", '\0', 0, match_locked, "Locked in memory")                       \
	FLAG_(FILTER_PRIVATE, "private", '\0', 0, match_private, "Created with IPC_PRIVATE")            \
	VALUE_(FILTER_OLDER_THAN, "older-than", '\0', AGE, 0, match_older_than, "Created or changed longer ago than AGE") \
	VALUE_(FILTER_IDLE, "idle", '\0', AGE, 0, match_idle, "Not attached or detached for longer than AGE") \
	VALUE_(FILTER_MIN_SIZE, "min-size", '\0', SIZE, 0, match_min_size, "At least SIZE bytes")       \
	VALUE_(FILTER_MAX_SIZE, "max-size", '\0', SIZE, 0, match_max_size, "At most SIZE bytes")        \
	VALUE_(FILTER_EXPRESSION, "filter", 'Q', EXPR, 0, match_expression, "Matching EXPR, such as 'SIZE > 1M'")
// clang-format on

static int flags[FILTERS];
static char *texts[FILTERS];

#define FLAG_OPTION(id, name, letter, needs, match, help)                                \
	{ name, letter, POPT_ARG_NONE, &flags[id], 0, help, NULL },
#define VALUE_OPTION(id, name, letter, argument, needs, match, help)                     \
	{ name, letter, POPT_ARG_STRING, &texts[id], 0, help, #argument },

struct poptOption filter_options[] = {
	FILTER_TABLE(FLAG_OPTION, VALUE_OPTION) POPT_TABLEEND,
};

#define FLAG_FILTER(id, name, letter, needs, match, help)                                \
	[id] = { "--" name, FLAG, needs, match },
#define VALUE_FILTER(id, name, letter, argument, needs, match, help)                     \
	[id] = { "--" name, argument, needs, match },

static const struct filter {
	const char *name;
	enum argument argument;
	unsigned int needs;
	bool (*match)(const struct row *row, union filter_value value);
} table[FILTERS] = { FILTER_TABLE(FLAG_FILTER, VALUE_FILTER) };

/* No segment can match both. */
static const struct {
	enum filter_id one, other;
} conflicts[] = {
	{ FILTER_UNATTACHED, FILTER_ATTACHED },
	{ FILTER_ORPHANED, FILTER_ATTACHED },
	{ FILTER_PRIVATE, FILTER_DEST },
};

const char *filter_name(enum filter_id id)
{
	return table[id].name;
}

/* Read the argument of one filter; FAULT is what to say if that fails. */
static int read_value(enum argument argument, const char *text,
	const struct column *columns, union filter_value *value,
	struct option_fault *fault)
{
	unsigned int id = 0;
	int pid = 0, r;

	switch (argument) {
	case USER:
		fault->why = "no such user";
		r = parse_user(text, &id);
		value->number = id;
		return r;
	case GROUP:
		fault->why = "no such group";
		r = parse_group(text, &id);
		value->number = id;
		return r;
	case PID:
		fault->why = "not a process ID";
		r = parse_id(text, &pid);
		value->number = (uint64_t)pid;
		return r == 0 && pid == 0 ? -EINVAL : r;
	case AGE:
		fault->why = NOT_A_DURATION;
		return parse_duration(text, &value->number);
	case SIZE:
		fault->why = NOT_A_SIZE;
		return parse_size(text, &value->number);
	default:
		return expression_read(text, columns, &value->expression, fault);
	}
}

static int check_conflicts(const struct filters *filters, struct option_fault *fault)
{
	for (size_t i = 0; i < sizeof(conflicts) / sizeof(*conflicts); i++) {
		enum filter_id one = conflicts[i].one, other = conflicts[i].other;

		if (filters->given[one] && filters->given[other]) {
			*fault = (struct option_fault){
				.option = table[one].name,
				.conflict = table[other].name,
			};
			return -EINVAL;
		}
	}
	if (filters->given[FILTER_MIN_SIZE] && filters->given[FILTER_MAX_SIZE] &&
		filters->values[FILTER_MIN_SIZE].number >
			filters->values[FILTER_MAX_SIZE].number) {
		*fault = (struct option_fault){
			.option = table[FILTER_MIN_SIZE].name,
			.value = texts[FILTER_MIN_SIZE],
			.why = "larger than --max-size",
		};
		return -EINVAL;
	}
	return 0;
}

int filters_read(
	struct filters *filters, const struct column *columns, struct option_fault *fault)
{
	*filters = (struct filters){ .needs = 0 };
	for (size_t i = 0; i < FILTERS; i++) {
		filters->given[i] = flags[i] || texts[i];
		if (!filters->given[i])
			continue;
		*fault = (struct option_fault){ table[i].name, .value = texts[i] };
		if (texts[i]) {
			int r = read_value(table[i].argument, texts[i], columns,
				&filters->values[i], fault);

			if (r < 0)
				return r;
		}
		filters->needs |= table[i].needs;
	}
	if (filters->given[FILTER_EXPRESSION])
		filters->needs |=
			expression_needs(filters->values[FILTER_EXPRESSION].expression);
	return check_conflicts(filters, fault);
}

bool filters_given(const struct filters *filters)
{
	for (size_t i = 0; i < FILTERS; i++) {
		if (filters->given[i])
			return true;
	}
	return false;
}

static enum filter_stage stage_of(const struct filters *filters, enum filter_id id)
{
	unsigned int needs = table[id].needs;

	if (id == FILTER_EXPRESSION)
		needs = expression_needs(filters->values[id].expression);
	return needs ? FILTER_FINDINGS : FILTER_FACTS;
}

enum filter_id filters_unmatched(
	const struct filters *filters, const struct row *row, enum filter_stage stage)
{
	for (enum filter_id id = 0; id < FILTERS; id++) {
		if (filters->given[id] && stage_of(filters, id) == stage &&
			!table[id].match(row, filters->values[id]))
			return id;
	}
	return FILTERS;
}
