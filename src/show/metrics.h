/*
 * The segments, POSIX objects and limits of one or all namespaces in the text exposition
 * format of Prometheus (version 0.0.4).
 */
#ifndef SHMTOOL_SHOW_METRICS_H
#define SHMTOOL_SHOW_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "kernel/limits.h"
#include "kernel/shmem.h"
#include "show/sums.h"

struct metrics {
	bool all_namespaces; /* label values with their place */
	struct sums sums[2]; /* by enum segment_type */
	struct limit limits[LIMITS_MAX]; /* of the host */
	size_t nlimits;
	size_t unreached; /* namespaces not entered, processes whose namespace is unknown
			   */
	const struct shmem_account *shmem; /* NULL: not requested */
	size_t unexamined; /* by the search for SHMEM: processes, mounts and so on */
	struct timespec time; /* start of the scan, since the epoch */
	uint64_t duration; /* of the scan, in nanoseconds */
};

/* Write all known values to FILE; a failed write is left in ferror(FILE). Owners are
 * written as valid UTF-8 without control characters. */
void metrics_write(const struct metrics *metrics, FILE *file);

/* Write the name, the labels and the help of each metric. */
void metrics_help(FILE *file);

#endif
