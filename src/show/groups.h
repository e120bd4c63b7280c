/*
 * Sums of segments: of all, or of those with the same value in a column.
 */
#ifndef SHMTOOL_SHOW_GROUPS_H
#define SHMTOOL_SHOW_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "column.h"
#include "row.h"
#include "show/output.h"

/* Some rows, summed up. A sum above 64 bits is UINT64_MAX. */
struct row_group {
	const struct column
		*column; /* in which the rows have the same value; NULL: none */
	const struct row *first; /* one of the rows; NULL: there is none */
	uint64_t count, nattch;
	uint64_t objects; /* of count: POSIX objects */
	uint64_t size, rss, swap; /* bytes */
	bool memory_unknown; /* rss and swap lack a row whose memory use is unknown */
	bool users_unknown; /* nattch lacks a row whose users are unknown */
};

/* The columns COUNT, SIZE, RSS, SWAP and NATTCH. Rows are struct row_group. */
#define SUM_COLUMNS 5
extern const struct column sum_columns[SUM_COLUMNS];

/* Return the columns of groups by COLUMN: COLUMN itself and the sums, except for a sum of
 * COLUMN. Rows are struct row_group. Valid until the next call. */
const struct column *group_columns(const struct column *column);

/* Sum up COUNT rows. */
struct row_group total_of(const struct row *rows, size_t count);

/* Return how to print SUMS, which must stay valid, as a total. KINDS: SEGMENTS_..., which
 * the rows were selected from. */
struct output_total output_total_of(const struct row_group *sums, unsigned int kinds);

/* Sum up COUNT rows by their values in COLUMN, in the order of the values, and set
 * *NGROUPS. The caller frees the result, which points into ROWS. */
struct row_group *groups_of(const struct column *column, const struct row *rows,
	size_t count, size_t *ngroups);

#endif
