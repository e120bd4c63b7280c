/*
 * Whether a segment is an orphan or in motion, judged by its creator and its last user.
 */
#ifndef SHMTOOL_KERNEL_ORPHAN_H
#define SHMTOOL_KERNEL_ORPHAN_H

#include "kernel/process.h"
#include "kernel/segment.h"

enum orphan_state {
	ORPHAN_NO, /* attached, or the creator or the last user runs */
	ORPHAN_YES, /* unattached, creator and last user gone */
	ORPHAN_UNKNOWN, /* neither is known to run, and the state of at least one is not
			   known */
};

/* The state, and what decides it. */
struct orphan {
	enum orphan_state state;
	enum process_state creator;
	enum process_state
		last_user; /* of an unattached segment; gone if there was none */
};

struct orphan segment_orphan(const struct segment *segment);

/* What a process that may be about to attach a segment did within the last second or
 * two. */
enum motion {
	MOTION_NONE,
	MOTION_USED, /* attached or detached by its last user, which still runs */
	MOTION_CREATED, /* created or changed, and its creator still runs */
};

/* A process that cannot be examined counts as running. */
enum motion segment_motion(const struct segment *segment);

#endif
