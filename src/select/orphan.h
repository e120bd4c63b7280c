/*
 * Orphans: segments that were left behind.
 */
#ifndef SHMTOOL_SELECT_ORPHAN_H
#define SHMTOOL_SELECT_ORPHAN_H

#include "kernel/segment.h"

enum orphan {
	ORPHAN_NO,
	ORPHAN_YES, /* not attached, and neither its creator nor its last user runs */
	ORPHAN_UNKNOWN, /* not attached, and it cannot be known of one of them */
};

/* Classify a segment of this host. */
enum orphan segment_orphan(const struct segment *segment);

#endif
