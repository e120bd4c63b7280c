/*
 * Why filters select a segment or leave it out, in words for people. The caller frees the
 * texts.
 */
#ifndef SHMTOOL_SHOW_REASON_H
#define SHMTOOL_SHOW_REASON_H

#include "row.h"

/* "not attached", "attached once", "attached 3 times"; for a POSIX object, which needs
 * FINDING_USERS, "neither mapped nor open", "mapped twice, open once" */
char *reason_attaches(const struct row *row);

/* Why a segment is an orphan, or not, or why that is not known; needs FINDING_ORPHAN. */
char *reason_orphan(const struct row *row);

/* That its creator runs, or why that is not known; needs FINDING_ORPHAN. */
char *reason_creator(const struct row *row);

/* "in motion: used less than 2 seconds ago by PID 90 (Xvfb)" */
char *reason_motion(const struct segment *segment, enum motion motion);

/* "owned by alice" */
char *reason_owner(const struct segment *segment);

#endif
