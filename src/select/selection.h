/*
 * Which segments a command works on: those that operands name, or all of the
 * namespace, and of these the ones that match the filters.
 */
#ifndef SHMTOOL_SELECT_SELECTION_H
#define SHMTOOL_SELECT_SELECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/table.h"
#include "select/filter.h"
#include "select/operand.h"

/* An operand whose segment could not be found. */
struct selection_failure {
	const struct operand *operand;
	int error; /* negative errno of operand_find() */
};

struct selection {
	struct segment_table table; /* the segments; and what the reading left out */
	struct selection_failure *failures;
	size_t nfailures;
};

/* Selects from COUNT operands, in their order, or from all segments where COUNT is 0.
 * FILTER may be NULL. NEEDS: the costly parts to fill, such as SEGMENT_MEMORY. The caller
 * frees the selection, also after an error: that of enumerate_segments(). */
int selection_read(struct selection *selection, const struct operand *operands,
	size_t count, const struct filter *filter, unsigned int needs);

/* Drops the failures of operands whose segment does not exist. */
void selection_forget_missing(struct selection *selection);

void selection_free(struct selection *selection);

#endif
