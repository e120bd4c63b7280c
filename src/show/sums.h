/*
 * Segments summed up by owner and state.
 */
#ifndef SHMTOOL_SHOW_SUMS_H
#define SHMTOOL_SHOW_SUMS_H

#include <stddef.h>
#include <stdint.h>

#include "row.h"

/* Each segment has exactly one, so that sums count nothing twice. In the order of their
 * names. */
enum segment_state {
	STATE_ATTACHED, /* by whomever, unless it is DEST */
	STATE_DEST, /* marked for destruction */
	STATE_ORPHAN, /* left behind; see select/orphan.h */
	STATE_UNATTACHED, /* by nobody, and no orphan */
	STATES,
};

extern const char *const segment_state_names[STATES];

enum segment_state segment_state(const struct row *row);

/* Sums of 32,768 sizes of nearly 64 bits, or of as many pages in bytes, need more. Where
 * sizes have 32 bits, there are no such numbers, and no need for them. */
#ifdef __SIZEOF_INT128__
typedef unsigned __int128 whole_number;
#else
typedef uint64_t whole_number;
#endif

struct sum {
	uint64_t segments;
	uint64_t unknown; /* of them, those whose rss and swap are not known */
	whole_number size, rss, swap; /* bytes; the latter two of those that are known */
};

struct owner_sums {
	char *owner; /* as the column OWNER has it, which several users may have in common
		      */
	struct sum states[STATES];
};

struct sums {
	struct owner_sums *owners; /* by their names */
	size_t count;
};

/* Sums up the segments of TABLE, whose orphans are known, and leaves them in another
 * order. The caller frees the sums, also after an error: -ENOMEM. */
int sums_make(struct sums *sums, struct row *rows, size_t count);

void sums_free(struct sums *sums);

#endif
