/*
 * The account of the host's shared memory, with the System V segments of every IPC
 * namespace.
 */
#ifndef SHMTOOL_SELECT_ACCOUNT_H
#define SHMTOOL_SELECT_ACCOUNT_H

#include "kernel/shmem.h"
#include "select/selection.h"

/* What could not be examined. */
enum account_gap {
	GAP_PROCESSES,
	GAP_IPC_NAMESPACES,
	GAP_SEGMENTS,
	GAP_MOUNT_NAMESPACES,
	GAP_MOUNTS, /* of a tmpfs */
	GAP_DIRECTORIES, /* of a tmpfs */
	GAP_OBJECTS,
	GAP_FILES, /* open on a mount that is not known */
	GAPS,
};

struct account {
	struct shmem_account shmem;
	struct selection segments;
	size_t gaps[GAPS];
};

/* Read the segments and search all processes and mounts; PROGRESS: see shmem_search().
 * The caller frees the account, also after an error, which is that of selection_read() or
 * shmem_search(). */
int account_read(struct account *account, enum shmem_detail detail,
	void (*progress)(size_t processes));
void account_free(struct account *account);

#endif
