/*
 * Whether a segment is an orphan or in motion, judged by its creator and its last user.
 */
#ifndef SHMTOOL_KERNEL_ORPHAN_H
#define SHMTOOL_KERNEL_ORPHAN_H

#include "kernel/segment.h"

enum orphan { ORPHAN_NO, ORPHAN_YES, ORPHAN_UNKNOWN };

/* Return whether SEGMENT is an orphan: unattached, creator and last user gone.
 * ORPHAN_UNKNOWN: neither is known to run, and the state of at least one is unknown. */
enum orphan segment_orphan(const struct segment *segment);

/* Return whether SEGMENT was attached or detached within the last second or two while its
 * last user still runs, or created or changed while its creator still runs. *PID: that
 * process, which may be about to attach. A process that cannot be examined counts as
 * running. */
bool segment_in_motion(const struct segment *segment, pid_t *pid);

#endif
