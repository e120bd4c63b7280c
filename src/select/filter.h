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

struct filter {
	bool by_user;
	uid_t uid;
	bool unattached, attached;
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

/* Whether SEGMENT is what every filter given asks for. */
bool filter_match(const struct filter *filter, const struct segment *segment);

#endif
