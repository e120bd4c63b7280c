/*
 * What the processes that the kernel names say of a segment: whether it was left behind,
 * or is in motion.
 */
#ifndef SHMTOOL_KERNEL_ORPHAN_H
#define SHMTOOL_KERNEL_ORPHAN_H

#include "kernel/segment.h"

enum orphan { ORPHAN_NO, ORPHAN_YES, ORPHAN_UNKNOWN };

/* Return whether SEGMENT has no attach, and neither its creator nor its last user still
 * runs. */
enum orphan segment_orphan(const struct segment *segment);

/* Return whether SEGMENT was created, changed, attached or detached within the last
 * second, which may be two since times are cut, by a process that still runs: *PID. A
 * process that cannot be examined counts as running. Such a process may be about to
 * attach. */
bool segment_in_motion(const struct segment *segment, pid_t *pid);

#endif
