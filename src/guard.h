/*
 * The guard: a second process that removes an unfinished segment when this process ends
 * by exit(3), by a signal without a handler, or by SIGKILL.
 *
 * The guard creates the segment itself: a segment never exists without its guard.
 */
#ifndef SHMTOOL_GUARD_H
#define SHMTOOL_GUARD_H

#include <stdbool.h>

#include "kernel/segment.h"
#include "show/cause.h"

/* Start the guard, in a session of its own. Print a message if that fails. */
enum exit_status guard_start(void);

/* Create a segment, like segment_create(). The guard removes it when this process ends,
 * unless guard_keep() was called. Call guard_create() again only after an error. */
int guard_create(key_t key, uint64_t size, int flags, int *id);

/* Keep the segment and end the guard. False: the guard removed the segment. */
bool guard_keep(void);

/* Remove the segment, if there is one, and end the guard. exit(3) does this too. */
void guard_remove(void);

#endif
