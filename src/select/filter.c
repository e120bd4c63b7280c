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

/* Whether ROW matches the filter NAME, whose argument is VALUE. */
#define PREDICATE(name, condition)                                                       \
	static bool match_##name(const struct row *row, union filter_value value)        \
	{                                                                                \
		(void)value;                                                             \
		return condition;                                                        \
	}

PREDICATE(user,
	row->segment.uid == value.number &&
		(row->saved || user_id_known(row->segment.uid)))
PREDICATE(group,
	row->segment.gid == value.number &&
		(row->saved || group_id_known(row->segment.gid)))
PREDICATE(creator,
	row->segment.cuid == value.number &&
		(row->saved || user_id_known(row->segment.cuid)))
PREDICATE(pid, row->used_by_pid)
PREDICATE(orphaned, row->orphan == ORPHAN_YES)
PREDICATE(unattached, row->segment.nattch == 0)
PREDICATE(attached, row->segment.nattch > 0)
PREDICATE(dest, row->segment.dest)
PREDICATE(locked, row->segment.locked)
/* Marking for destruction clears the key. */
PREDICATE(private, row->segment.key == IPC_PRIVATE && !row->segment.dest)
PREDICATE(min_size, row->segment.size >= value.number)
PREDICATE(max_size, row->segment.size <= value.number)
PREDICATE(expression, expression_match(value.expression, row))

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

/* What follows an option. */
enum argument { FLAG, USER, GROUP, PID, AGE, SIZE, EXPR };

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

/* Read the argument of one filter; USAGE_ERROR is what to say if that fails. */
static int read_value(enum argument argument, const char *text,
	const struct column *columns, union filter_value *value,
	struct usage_error *usage_error)
{
	unsigned int id = 0;
	int pid = 0, r;

	switch (argument) {
	case USER:
		usage_error->why = "no such user";
		r = parse_user(text, &id);
		value->number = id;
		return r;
	case GROUP:
		usage_error->why = "no such group";
		r = parse_group(text, &id);
		value->number = id;
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
		return expression_read(text, columns, &value->expression, usage_error);
	}
}

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
	*filters = (struct filters){ .needs = 0 };
	for (size_t i = 0; i < FILTERS; i++) {
		filters->given[i] = flags[i] || texts[i];
		if (!filters->given[i])
			continue;
		*usage_error = (struct usage_error){ table[i].name, .value = texts[i] };
		if (texts[i]) {
			int r = read_value(table[i].argument, texts[i], columns,
				&filters->values[i], usage_error);

			if (r < 0)
				return r;
		}
		filters->needs |= table[i].needs;
	}
	if (filters->given[FILTER_EXPRESSION])
		filters->needs |=
			expression_needs(filters->values[FILTER_EXPRESSION].expression);
	return check_conflicts(filters, usage_error);
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
