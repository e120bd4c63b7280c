/*
 * Fill in the findings of rows.
 */
#ifndef SHMTOOL_SELECT_FINDINGS_H
#define SHMTOOL_SELECT_FINDINGS_H

#include "row.h"

/* Fill in the findings NEEDS of COUNT rows, which must not be saved rows. Keep memory use
 * that is known already, and find everything else anew. PID: the process of FINDING_PID.
 * LIST gets the attaches, and owns them; its old attaches are freed. Errors are those of
 * attaches_of_process() and of reading /proc. */
int findings_fill(struct row *rows, size_t count, unsigned int needs, pid_t pid,
	struct attach_list *list);

#endif
