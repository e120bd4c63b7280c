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
	bool by_user;
	uid_t uid;
	bool by_pid;
	pid_t pid;
	bool orphaned, unattached, attached;
	bool by_min_size;
	uint64_t min_size; /* bytes */
};

/* The options, to be included in a command's table. */
extern struct poptOption filter_options[];

/* Fills FILTER from the options that were given. -EINVAL, or the error of a user's
 * look-up: FAULT says what is wrong. */
int filter_read(struct filter *filter, struct option_fault *fault);

/* Whether any filter was given. */
bool filter_any(const struct filter *filter);

/* Keeps in TABLE what every filter given asks for, in its order. -ENOMEM; or, of the
 * process of --pid: -ESRCH: there is none; -EACCES: it may not be looked at. */
int filter_keep(const struct filter *filter, struct segment_table *table);

/* The same question of one segment, asked anew of the processes too: 1, 0, or an error
 * as above. */
int filter_match(const struct filter *filter, const struct segment *segment);

#endif
