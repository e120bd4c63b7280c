/*
 * Which segments a command works on: those that operands name, or all of a namespace, of
 * all namespaces, or of a saved table; and of these the ones that match the filters.
 */
#ifndef SHMTOOL_SELECT_SELECTION_H
#define SHMTOOL_SELECT_SELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "kernel/attach.h"
#include "kernel/table.h"
#include "select/filter.h"
#include "select/operand.h"

/* What is asked for. All but NEEDS may be left out. */
struct selection_request {
	const struct operand *operands;
	size_t count;
	const struct filter *filter;
	unsigned int needs; /* the costly parts to fill, such as SEGMENT_MEMORY */
	bool all_namespaces;
	FILE *saved; /* a copy of /proc/sysvipc/shm, to be read instead of the kernel's */
	bool saved_names; /* its owners have the names that they have here */
};

/* An operand whose segment could not be found. */
struct selection_failure {
	const struct operand *operand;
	int error; /* negative errno of operand_find() */
};

struct selection {
	struct segment_table table; /* the segments; and what the reading left out */
	struct attach_list attaches; /* those of the segments, where they were needed */
	uint64_t sought_attaches; /* how many they should be, where they were needed */
	uint64_t unseen_attaches; /* how many of these were not found */
	struct selection_failure *failures;
	size_t nfailures;
	size_t closed_namespaces; /* that could not be entered */
	size_t unseen_processes; /* whose namespace may not be looked at */
};

/* Selects in the order of the operands, or else in the kernel's. The caller frees the
 * selection, also after an error: that of enumerate_segments(), of reading the saved
 * table, of looking at processes, or of filter_keep(). */
int selection_read(struct selection *selection, const struct selection_request *request);

/* Whether a segment that was selected matches the filter still, all asked anew. SEEN: how
 * it was then; NOW: how it is. RSS and SWAP may be as old as ten readings of the kernel's
 * table take. 1, 0, or a negative errno as above. */
int selection_match(const struct filter *filter, const struct segment *seen,
	const struct segment *now);

/* Drops the failures of operands whose segment does not exist. */
void selection_forget_missing(struct selection *selection);

void selection_free(struct selection *selection);

#endif
