/*
 * What Prometheus is told of the segments and limits of an IPC namespace, in its text
 * exposition format (version 0.0.4).
 */
#ifndef SHMTOOL_SHOW_METRICS_H
#define SHMTOOL_SHOW_METRICS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "kernel/limits.h"
#include "show/sums.h"

struct metrics {
	struct sums sums;
	struct limit limits[LIMITS_MAX];
	size_t nlimits;
	struct timespec time; /* of the scan: its start, since the epoch */
	uint64_t duration; /* of the scan, in nanoseconds */
};

/* Writes all that is known to FILE; a failed write is left in ferror(FILE). Text from
 * outside is valid UTF-8 then, without control characters. */
void metrics_write(const struct metrics *metrics, FILE *file);

/* Writes the names of the metrics, their labels, and what each is. */
void metrics_help(FILE *file);

#endif
