/*
 * The account of the host's shared memory, with the System V segments of every IPC
 * namespace.
 */
#ifndef SHMTOOL_SELECT_ACCOUNT_H
#define SHMTOOL_SELECT_ACCOUNT_H

#include "kernel/shmem.h"
#include "select/selection.h"

struct account {
	struct shmem_account shmem;
	struct selection segments; /* its gaps: what could not be read */
};

/* Read the segments and search all processes and mounts; PROGRESS: see shmem_search().
 * The caller frees the account, also after an error, which is that of selection_read() or
 * shmem_search(). */
int account_read(struct account *account, enum shmem_detail detail,
	void (*progress)(size_t processes));
void account_free(struct account *account);

/* Return how many processes could not be examined. */
size_t account_unseen_processes(const struct account *account);

/* Return how many processes, namespaces, mounts and so on could not be examined. */
size_t account_unexamined(const struct account *account);

#endif
