/*
 * A row: the facts of a segment, and its findings, which cost more to get. Columns and
 * filters read rows. select/, show/ and commands/ may include it.
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

struct row {
	struct segment segment;
	const struct operand *operand; /* the operand that names it; NULL: none */
	uint64_t ns; /* inode number of its IPC namespace; 0: unknown */
	bool saved; /* read from a file: its processes and times are past */
	bool unnamed; /* saved, and its IDs have no names on this host */

	struct memory_use memory;
	struct orphan orphan;
	const struct attach *attaches; /* by PID and address; not owned */
	size_t nattaches;
	uint64_t missing; /* of nattch, attaches that were not found */
	bool complete; /* exactly nattch attaches were found, none counted twice through
			  shared memory (CLONE_VM) */
	uint64_t page_size; /* bytes; 0: unknown */
	pid_t ns_pid; /* a process in the namespace; 0: none is known */
	bool used_by_pid; /* attached by the process of --pid */
};

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
