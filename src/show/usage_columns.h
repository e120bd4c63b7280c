/*
 * The columns of usage: of the kinds of shared memory, and of single objects.
 */
#ifndef SHMTOOL_SHOW_USAGE_COLUMNS_H
#define SHMTOOL_SHOW_USAGE_COLUMNS_H

#include "column.h"
#include "kernel/shmem.h"
#include "show/output.h"

/* A kind of shared memory or a file system, or a single object. */
struct usage_row {
	const struct shmem_row *sum; /* NULL: this is an object */
	const struct shmem_object *object;
};

/* Rows are struct usage_row. Ends with a column without a name. */
extern const struct column usage_columns[];

/* The sums of some objects. */
struct usage_total {
	uint64_t count, memory, swap; /* bytes */
	bool memory_known, swap_known; /* of every object */
};

/* Add an object to TOTAL, which starts with both values known. */
void usage_total_add(struct usage_total *total, const struct shmem_object *object);

/* Return how to print TOTAL, which must stay valid. */
struct output_total usage_output_total(const struct usage_total *total);

#endif
