/*
 * A row: the facts of a segment or POSIX object, and its findings, which cost more to
 * get. Columns and filters read rows. select/, show/ and commands/ may include it.
 */
#ifndef SHMTOOL_ROW_H
#define SHMTOOL_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/attach.h"
#include "kernel/orphan.h"
#include "kernel/segment.h"

/* Findings, as flags for what columns and filters need. */
#define FINDING_MEMORY   (1u << 0) /* memory: reads the table of all segments */
#define FINDING_ORPHAN   (1u << 1) /* orphan: examines creators and last users */
#define FINDING_ATTACHES (1u << 2) /* attaches, complete: reads mappings of processes */
#define FINDING_PAGES    (1u << 3) /* page_size: reads mappings of some processes */
#define FINDING_NS       (1u << 4) /* ns_pid: reads namespaces of processes */
#define FINDING_PID      (1u << 5) /* used_by_pid: reads mappings of one process */
#define FINDING_USERS    (1u << 6) /* attaches of POSIX objects: examines processes */
#define FINDING_UNIT     (1u << 7) /* unit_pid: examines creators, or users */

struct row {
	struct segment segment;
	const struct operand *operand; /* the operand that names it; NULL: none */
	uint64_t ns; /* inode number of its namespace (IPC for System V, mount for
			POSIX); 0: unknown */
	bool saved; /* read from a file: its processes and times are past */
	bool unnamed; /* saved, and its IDs have no names on this host */

	struct memory_use memory;
	struct orphan orphan;
	const struct attach *attaches; /* by PID, mappings before descriptors; not owned
					*/
	size_t nattaches;
	size_t nopen; /* of these, descriptors of a POSIX object */
	uint64_t missing; /* of nattch, attaches that were not found */
	bool complete; /* System V: exactly nattch attaches were found, none counted twice
			  through shared memory (CLONE_VM); POSIX: every process was
			  examined */
	int users_error; /* POSIX: why not every process was examined: that of
			    attaches_error(), or -EOPNOTSUPP without tmpfs; 0: COMPLETE */
	uint64_t page_size; /* bytes; 0: unknown */
	bool may_be_huge; /* PAGE_SIZE is unknown, and its pages may be huge */
	pid_t ns_pid; /* a process in the namespace; 0: none is known */
	bool used_by_pid; /* attached by the process of --pid */
	pid_t unit_pid; /* the process whose unit and container are shown; 0: none */
	int64_t unit_since; /* a time at which it ran, see process.h */
};

static inline bool row_is_posix(const struct row *row)
{
	return row->segment.type == SEGMENT_POSIX;
}

/* Return the number of attaches; of a POSIX object, the mappings that were found. */
static inline uint64_t row_nattch(const struct row *row)
{
	return row_is_posix(row) ? row->nattaches - row->nopen : row->segment.nattch;
}

/* Return whether a process has it attached, mapped or open; false if that is unknown. */
static inline bool row_is_attached(const struct row *row)
{
	return row_is_posix(row) ? row->nattaches > 0 : row->segment.nattch > 0;
}

/* Return whether no process has it attached, mapped or open; false if that is unknown. */
static inline bool row_is_unattached(const struct row *row)
{
	return row_is_posix(row) ? row->complete && row->nattaches == 0
				 : row->segment.nattch == 0;
}

static inline struct attach_target row_target(const struct row *row)
{
	return (struct attach_target){
		.segment = &row->segment,
		.ns = row->ns,
		.attaches = row->attaches,
		.nattaches = row->nattaches,
		.page_size = row->page_size,
		.missing = row->missing,
	};
}

#endif
