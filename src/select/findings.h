/*
 * Filling in the findings of rows.
 */
#ifndef SHMTOOL_SELECT_FINDINGS_H
#define SHMTOOL_SELECT_FINDINGS_H

#include "row.h"

/* Fill in the findings NEEDS of COUNT rows, which are not saved ones. Memory use that is
 * known already stays; all else is found anew. PID: the process of FINDING_PID. LIST gets
 * the attaches, and owns them; it replaces what it had. Errors are those of
 * attaches_of_process() and of reading /proc. */
int findings_fill(struct row *rows, size_t count, unsigned int needs, pid_t pid,
	struct attach_list *list);

#endif
