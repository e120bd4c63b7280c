/*
 * Orphans: segments that were left behind.
 */
#ifndef SHMTOOL_SELECT_ORPHAN_H
#define SHMTOOL_SELECT_ORPHAN_H

#include <stdbool.h>

#include "kernel/segment.h"

/* Whether SEGMENT has no attach, and neither its creator nor the last process to use it
 * runs any more. Where one of them cannot be seen, it is not called an orphan. */
bool segment_is_orphan(const struct segment *segment);

#endif
