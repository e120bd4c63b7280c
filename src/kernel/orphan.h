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

/* Return whether SEGMENT was attached or detached within the last second or two while its
 * last user still runs, or created or changed while its creator still runs. *PID: that
 * process, which may be about to attach. A process that cannot be examined counts as
 * running. */
bool segment_in_motion(const struct segment *segment, pid_t *pid);

#endif
