/*
 * Places: the IPC namespaces with their System V segments, and the mount namespaces whose
 * /dev/shm has POSIX objects. A program is in one place of each kind; the kernel's
 * functions in segment.h work there.
 */
#ifndef SHMTOOL_SELECT_PLACE_H
#define SHMTOOL_SELECT_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/namespace.h"
#include "row.h"

struct place_list {
	struct namespace_list namespaces[2]; /* by enum segment_type */
};

/* Find the places of one kind. The caller frees the list, also after an error, which is
 * that of reading /proc. */
int places_find(struct place_list *list, enum segment_type type);
void places_free(struct place_list *list);

/* Do services of the whole host share the place? Then no process in it tells the
 * container of its segments. PID: the lowest in the namespace. DEVICE: of its /dev/shm.
 */
bool place_is_shared(enum segment_type type, uint64_t ns, pid_t pid, uint64_t device);

/* Go to the place of a row. -ESRCH: it no longer exists; -ENOENT: the mount namespace has
 * no /dev/shm; or the errors of namespace_open(), namespace_enter() and devshm_open(). */
int place_enter(const struct place_list *list, enum segment_type type, uint64_t ns);

/* Return to the places of the caller, after place_enter() or an error of it. */
int place_leave(void);

#endif
