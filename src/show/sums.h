/*
 * Segments summed up by place, owner and state, and POSIX objects by place and owner.
 */
#ifndef SHMTOOL_SHOW_SUMS_H
#define SHMTOOL_SHOW_SUMS_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/limits.h"
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

/* The segments or objects of a namespace that belong to the same container. */
struct place_sums {
	uint64_t ns; /* inode number; 0: not told apart from others */
	char *container; /* printable; empty: none */
	struct owner_sums *owners; /* in the order of their names */
	size_t count;
	struct limit limits[LIMITS_MAX]; /* of the namespace */
	size_t nlimits;
};

/* Users may create any number of namespaces, and in them segments of many owners. These
 * are the most places and owners of a kind that are told apart in all namespaces; others
 * are summed up as namespace or owner OTHER. */
#define PLACES_MAX 256
#define OWNERS_MAX 500
#define OTHER      "other"

/* Of either kind. Starts as zeros, but for OWNERS_LEFT. */
struct sums {
	struct place_sums *places;
	size_t count;
	size_t owners_left; /* how many more owners are told apart, in all places */
};

/* Return the sums of a place, valid until the next call; add them if they are missing.
 * CONTAINER: as in the column; NULL: none. If there are PLACES_MAX already, and for NS 0,
 * return those with ns 0. */
struct place_sums *sums_place(struct sums *sums, uint64_t ns, const char *container);

/* Add a segment or object to those of a place. Its findings FINDING_ORPHAN and
 * FINDING_MEMORY must be filled in. */
void sums_add(struct sums *sums, struct place_sums *place, const struct row *row);

void sums_free(struct sums *sums);

#endif
