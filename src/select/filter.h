/*
 * The filters of ls and rm: which segments, by their properties.
 */
#ifndef SHMTOOL_SELECT_FILTER_H
#define SHMTOOL_SELECT_FILTER_H

#include <popt.h>
#include <stdbool.h>
#include <stdint.h>

#include "column.h"
#include "fault.h"
#include "row.h"

enum filter_id {
	FILTER_USER,
	FILTER_GROUP,
	FILTER_CREATOR,
	FILTER_PID,
	FILTER_ORPHANED,
	FILTER_UNATTACHED,
	FILTER_ATTACHED,
	FILTER_DEST,
	FILTER_LOCKED,
	FILTER_PRIVATE,
	FILTER_OLDER_THAN,
	FILTER_IDLE,
	FILTER_MIN_SIZE,
	FILTER_MAX_SIZE,
	FILTER_EXPRESSION,
	FILTERS
};

union filter_value {
	uint64_t number; /* an ID, a PID, bytes or milliseconds */
	struct expression *expression;
};

/* The filters that were given; all must match. Lives as long as the program. */
struct filters {
	bool given[FILTERS];
	union filter_value values[FILTERS];
	unsigned int needs; /* the findings that they read */
};

/* The options, to be included in a command's table. */
extern struct poptOption filter_options[];

/* Read the filters that were given. COLUMNS: those that --filter may name. -EINVAL, or
 * the error of looking up a user: FAULT says what is wrong. */
int filters_read(struct filters *filters, const struct column *columns,
	struct option_fault *fault);

bool filters_given(const struct filters *filters);

/* Filters that read facts alone, and those that read findings. */
enum filter_stage { FILTER_FACTS, FILTER_FINDINGS };

/* Return the first given filter of STAGE that ROW does not match; FILTERS: none. A value
 * that is unknown matches no filter. */
enum filter_id filters_unmatched(
	const struct filters *filters, const struct row *row, enum filter_stage stage);

/* Return the option of a filter, such as "--user". */
const char *filter_name(enum filter_id id);

#endif
