/*
 * The filters of ls, info and rm, which select segments and POSIX objects by their
 * properties.
 */
#ifndef SHMTOOL_SELECT_FILTER_H
#define SHMTOOL_SELECT_FILTER_H

#include <popt.h>
#include <stdbool.h>
#include <stdint.h>

#include "column.h"
#include "row.h"
#include "usage_error.h"

/* All filters: FILTER_(id, option, letter, argument, needs, predicate, help). The
 * predicates are in filter.c. */
// clang-format off
#define FILTER_TABLE(FILTER_) \
	FILTER_(FILTER_USER, "user", 'u', USER, 0, match_user, "Owned by USER (name or number; several with commas)") \
	FILTER_(FILTER_GROUP, "group", 'g', GROUP, 0, match_group, "Owned by GROUP (name or number; several with commas)") \
	FILTER_(FILTER_CREATOR, "creator", '\0', USER, 0, match_creator, "Created by USER (name or number; several with commas)") \
	FILTER_(FILTER_PID, "pid", 'p', PID, FINDING_PID, match_pid, "Used by process PID") \
	FILTER_(FILTER_ORPHANED, "orphaned", '\0', FLAG, FINDING_ORPHAN, match_orphaned, "Left behind: not attached, creator and last user gone") \
	FILTER_(FILTER_CREATOR_GONE, "creator-gone", '\0', FLAG, FINDING_ORPHAN, match_creator_gone, "Created by a process that no longer runs") \
	FILTER_(FILTER_UNATTACHED, "unattached", '\0', FLAG, FINDING_USERS, match_unattached, "Not attached by any process (POSIX: neither mapped nor open)") \
	FILTER_(FILTER_ATTACHED, "attached", '\0', FLAG, FINDING_USERS, match_attached, "Attached by a process (POSIX: mapped or open)") \
	FILTER_(FILTER_DEST, "dest", '\0', FLAG, 0, match_dest, "Marked for destruction") \
	FILTER_(FILTER_LOCKED, "locked", '\0', FLAG, 0, match_locked, "Locked in memory") \
	FILTER_(FILTER_PRIVATE, "private", '\0', FLAG, 0, match_private, "Created with IPC_PRIVATE") \
	FILTER_(FILTER_OLDER_THAN, "older-than", '\0', AGE, 0, match_older_than, "Created or changed longer ago than AGE") \
	FILTER_(FILTER_IDLE, "idle", '\0', AGE, 0, match_idle, "Last attached or detached (POSIX: accessed or modified) longer ago than AGE") \
	FILTER_(FILTER_MIN_SIZE, "min-size", '\0', SIZE, 0, match_min_size, "At least SIZE bytes") \
	FILTER_(FILTER_MAX_SIZE, "max-size", '\0', SIZE, 0, match_max_size, "At most SIZE bytes") \
	FILTER_(FILTER_EXPRESSION, "filter", 'Q', EXPR, 0, match_expression, "Matching EXPR, such as 'SIZE > 1M'")
// clang-format on

#define FILTER_ID(id, ...) id,

enum filter_id { FILTER_TABLE(FILTER_ID) FILTERS };

/* IDs of users or of groups. */
struct id_list {
	unsigned int *ids;
	size_t count;
};

union filter_value {
	uint64_t number; /* a PID, bytes or milliseconds */
	struct id_list list;
	struct expression *expression;
};

/* The filters on the command line; all must match. Never freed. */
struct filters {
	bool given[FILTERS];
	union filter_value values[FILTERS];
	unsigned int kinds; /* of --posix and --sysv, or of operands: SEGMENTS_... */
	unsigned int needs; /* the findings that the given filters read */
};

/* The options, for the tables of commands. */
extern struct poptOption filter_options[];

/* Read the filters on the command line. COLUMNS: the columns for --filter. Return 0,
 * -EINVAL or an error of parse_user() or parse_group(); on error, USAGE_ERROR says what
 * to print. */
int filters_read(struct filters *filters, const struct column *columns,
	struct usage_error *usage_error);

bool filters_given(const struct filters *filters);

/* Apply the filters to segments of these KINDS, which operands have, whatever --posix and
 * --sysv say. -EINVAL: a filter does not apply to POSIX objects; see USAGE_ERROR. */
int filters_set_kinds(
	struct filters *filters, unsigned int kinds, struct usage_error *usage_error);

/* Facts come with one system call for a segment. Findings (memory use, attaches,
 * orphan state) cost more, and are read only if asked for. Filters that read only facts
 * are in the first stage, all others in the second. */
enum filter_stage { FILTER_FACTS, FILTER_FINDINGS };

/* Return the first given filter of STAGE that ROW does not match; FILTERS: it matches
 * all. An unknown value matches no filter. */
enum filter_id filters_first_mismatch(
	const struct filters *filters, const struct row *row, enum filter_stage stage);

/* Return the option of a filter, such as "--user". */
const char *filter_name(enum filter_id id);

#endif
