/*
 * Segments that are just being made or used, which a moment's look does not tell from
 * those that nobody uses.
 */
#ifndef SHMTOOL_SELECT_WATCH_H
#define SHMTOOL_SELECT_WATCH_H

#include "kernel/table.h"

/* Watches for up to 50 ms those of TABLE's segments that nobody has attached and that
 * were made, changed, attached or detached within the last second, and whose creator or
 * last user may still run; says in busy which of them were used meanwhile. A program that
 * makes a segment attaches it next, and one that uses it now and then does so again; and
 * the kernel has no call that removes a segment only if it is unattached, so that one
 * which is attached between the last look and IPC_RMID is marked for destruction. Returns
 * at once where there is no such segment. A segment of size 0, which is none, is passed
 * over. -ENOMEM. */
int segments_watch(struct segment_table *table);

#endif
