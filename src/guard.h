/*
 * The guard: a second process that removes an unfinished segment when this process ends
 * by exit(3), by a signal without a handler, or by SIGKILL.
 *
 * The guard creates the segment itself: a segment never exists without its guard.
 */
#ifndef SHMTOOL_GUARD_H
#define SHMTOOL_GUARD_H

#include <stdbool.h>

#include "kernel/posix.h"
#include "show/cause.h"

/* Start the guard, in a session of its own. Print a message if that fails. */
enum exit_status guard_start(void);

/* A new System V segment or, with a name, a new POSIX object, which is empty at first. */
struct guard_request {
	mode_t mode; /* permission bits */
	char name[POSIX_NAME_MAX + 1]; /* POSIX; "": System V */
	/* System V, see sysv_create(): */
	uint64_t size; /* bytes */
	key_t key;
	int flags;
};

/* Create a segment, like sysv_create() or posix_create(). Of a System V segment, only the
 * ID is set. The name in SEGMENT is that of REQUEST, which must stay. The guard removes
 * the segment when this process ends, unless guard_keep() was called. Call guard_create()
 * again only after an error. */
int guard_create(const struct guard_request *request, struct segment *segment);

/* Keep the segment and end the guard. False: the guard removed the segment. */
bool guard_keep(void);

/* Remove the segment, if there is one, and end the guard. exit(3) does this too. */
void guard_remove(void);

#endif
