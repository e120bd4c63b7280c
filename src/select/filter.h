/*
 * The filters of ls and rm: which segments are meant, said by what they are.
 */
#ifndef SHMTOOL_SELECT_FILTER_H
#define SHMTOOL_SELECT_FILTER_H

#include <popt.h>
#include <stdbool.h>
#include <stdint.h>

#include "fault.h"
#include "kernel/segment.h"
#include "kernel/table.h"

struct filter {
	bool by_user, by_group, by_creator;
	uid_t uid, cuid;
	gid_t gid;
	bool by_pid;
	pid_t pid;
	bool orphaned, unattached, attached, dest, locked, private;
	bool by_older_than, by_idle;
	uint64_t older_than, idle; /* milliseconds */
	bool by_min_size, by_max_size;
	uint64_t min_size, max_size; /* bytes */
	const char *expression; /* of --filter, for the caller to read; NULL: none */
	/* What the caller asks beyond that: 1, 0 or a negative errno. NULL: nothing. */
	int (*ask)(void *data, const struct segment *segment);
	void *data;
	unsigned int needs; /* the costly parts of a segment to fill before that */
};

/* The options, to be included in a command's table. */
extern struct poptOption filter_options[];

/* Fills FILTER from the options that were given. -EINVAL, or the error of a user's
 * look-up: FAULT says what is wrong. */
int filter_read(struct filter *filter, struct option_fault *fault);

/* Whether any filter was given. */
bool filter_any(const struct filter *filter);

/* Whether an answer costs more than a look at the segment itself. */
bool filter_costs(const struct filter *filter);

/* Keeps in TABLE what every filter given asks for, in its order, all but ask(). -ENOMEM;
 * or, of the process of --pid: -ESRCH: there is none; -EACCES: it may not be looked at;
 * -CONDITION_FOREIGN_PROC: /proc shows another PID namespace. */
int filter_keep(const struct filter *filter, struct segment_table *table);

/* Keeps in TABLE that of which ask() says so. -ENOMEM. */
int filter_keep_asked(const struct filter *filter, struct segment_table *table);

/* The question of filter_keep() about one segment, asked anew of the processes too. SEEN:
 * how it was when it was chosen; NOW: how it is. 1, 0, or an error as above. */
int filter_match(const struct filter *filter, const struct segment *seen,
	const struct segment *now);

#endif
