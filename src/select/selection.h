/*
 * The segments and POSIX objects that a command works on. Operands name them, or they are
 * all of a namespace, of all namespaces or of a saved table. Filters leave out some of
 * them.
 */
#ifndef SHMTOOL_SELECT_SELECTION_H
#define SHMTOOL_SELECT_SELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "kernel/enumerate.h"
#include "row.h"
#include "select/filter.h"
#include "select/operand.h"
#include "select/place.h"

struct selection_request {
	const struct operand *operands;
	size_t count;
	unsigned int kinds; /* without operands: SEGMENTS_... */
	const struct filters *filters; /* NULL: none */
	unsigned int needs; /* the findings to fill in */
	bool keep_unmatched; /* list the segments that a filter left out */
	bool all_namespaces;
	/* Unless operands or a saved table were given: called in each place that is read,
	 * before its segments are. PID: the lowest in the namespace, if that is known. */
	void (*visit)(void *data, enum segment_type type, uint64_t ns, pid_t pid);
	void *data;
	FILE *saved; /* read this copy of /proc/sysvipc/shm, to its end; NULL: none */
	bool saved_names; /* its user and group IDs have the same names on this host */
};

/* An operand whose segment was not found. */
struct selection_failure {
	const struct operand *operand;
	int error; /* of operand_find() */
};

/* What an examination found. */
enum verdict {
	VERDICT_MATCHES,
	VERDICT_MISSING, /* the segment no longer exists */
	VERDICT_CHANGED, /* another segment has its ID, or its owner or mode changed */
	VERDICT_USED, /* attached, detached, locked or unlocked since */
	VERDICT_UNMATCHED, /* a filter does not match, see unmatched */
	VERDICT_IN_MOTION, /* selected by filters alone, and in motion, see motion */
	VERDICT_DENIED, /* selected by filters alone, and the caller may not remove it;
			   for rm, which finds this out */
};

/* A segment and what filters say of it. */
struct examination {
	struct row row; /* as it is now */
	enum verdict verdict;
	enum filter_id unmatched;
	enum motion motion;
	int error; /* of segment_stat(), other than a missing segment; 0: none */
};

struct selection {
	struct row *rows;
	size_t count;
	struct examination *unmatched; /* left out by filters */
	size_t nunmatched;
	char **names; /* of the POSIX objects */
	size_t nnames;
	struct attach_list attaches[2]; /* for the filters, for the request's needs */
	const struct attach_list *sought; /* from a search for all attaches, or NULL */
	bool sought_users; /* it was a search for users of POSIX objects, too */
	uint64_t sought_attaches; /* total nattch of the rows */
	uint64_t unseen_attaches; /* attaches not found */
	struct selection_failure *failures;
	size_t nfailures;
	struct enumeration_gaps gaps;
	struct place_list places; /* with all_namespaces */
	size_t unreached[2]; /* places that could not be entered, by enum segment_type */
	size_t hidden_mounts; /* of these, IPC namespaces with -CONDITION_MOUNT_HIDDEN */
	size_t unseen_processes; /* those of struct namespace_list */
	enum segment_type last_read; /* what an error of reading is about */
	int posix_error; /* of reading objects, if segments could be read; 0: none */
};

/* Select segments, in the order of the operands or else of the kernel. The caller frees
 * the selection, also after an error: that of enumerate_segments(), posix_enumerate(), of
 * reading the saved table, or of findings_fill(). */
int selection_read(struct selection *selection, const struct selection_request *request);

/* Examine COUNT selected rows again, and fill in EXAMINED for each. Read everything anew,
 * and use nothing that was read before. Unless an operand named it, a segment that was
 * unattached must not have been used since. LIST owns the attaches; the caller frees it.
 * Errors are those of findings_fill(). */
int selection_examine(const struct filters *filters, const struct row *rows,
	struct examination *examined, size_t count, struct attach_list *list);

/* Change VERDICT_MATCHES to VERDICT_IN_MOTION if no operand named the segment and it is
 * in motion. The functions above and below call this, too. */
void selection_check_motion(struct examination *examined);

/* Decide whether FILTERS select the row of EXAMINED, whose findings for them are filled
 * in: set its verdict to VERDICT_MATCHES, _UNMATCHED or _IN_MOTION. */
void selection_decide(const struct filters *filters, struct examination *examined);

void selection_free(struct selection *selection);

#endif
