/*
 * Segments summed up by owner and state, and POSIX objects by owner.
 */
#ifndef SHMTOOL_SHOW_SUMS_H
#define SHMTOOL_SHOW_SUMS_H

#include <stddef.h>
#include <stdint.h>

#include "row.h"

/* The state of a segment, in the order of the names. Of several that fit, the first one
 * counts. */
enum segment_state {
	STATE_ATTACHED, /* attached, and not marked for destruction */
	STATE_DEST, /* marked for destruction */
	STATE_ORPHAN, /* see kernel/orphan.h */
	STATE_UNATTACHED, /* not attached, and not an orphan */
	STATES,
	/* Whether an object is used is unknown without a search of all processes. */
	STATE_OBJECT = 0,
};

extern const char *const segment_state_names[STATES];

/* Bytes are floating point, as they are in Prometheus: exact up to 2^53, and not too
 * small beyond 2^64, which a few segments of untouched memory can exceed. */
struct sum {
	uint64_t segments; /* or objects, as below */
	uint64_t unknown; /* segments with unknown rss and swap */
	double size, rss, swap; /* rss and swap: of segments where they are known */
};

struct owner_sums {
	char *owner; /* as in the column OWNER; several users may share a name */
	struct sum states[STATES];
};

/* Of either kind. Starts as zeros. */
struct sums {
	struct owner_sums *owners; /* in the order of their names */
	size_t count;
};

/* Add a segment or object. Its findings FINDING_ORPHAN and FINDING_MEMORY must be filled
 * in. */
void sums_add(struct sums *sums, const struct row *row);

void sums_free(struct sums *sums);

#endif
