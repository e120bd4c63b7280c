/*
 * The account of Shmem, the shared memory of the host in /proc/meminfo: System V
 * segments, tmpfs mounts, memory files (memfd_create(2)), shared anonymous memory, and
 * deleted files of a tmpfs that are still used. Memory of the kernel itself, such as
 * that of graphics drivers, cannot be attributed, nor can descriptors on their way
 * through a socket.
 *
 * No server of a FUSE or network file system is asked: the number of a device or a mount
 * tells that a file is on a tmpfs before the file is examined.
 */
#ifndef SHMTOOL_KERNEL_SHMEM_H
#define SHMTOOL_KERNEL_SHMEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "kernel/segment.h"
#include "kernel/tmpfs.h"

enum shmem_kind {
	SHMEM_SYSV,
	SHMEM_TMPFS, /* files of mounted file systems, by name */
	SHMEM_MEMFD,
	SHMEM_ANONYMOUS,
	SHMEM_DELETED,
	SHMEM_IGNORED, /* not a regular file, such as a device in /dev */
	SHMEM_OBJECT_KINDS,
	/* For rows only: */
	SHMEM_UNACCOUNTED = SHMEM_OBJECT_KINDS, /* of Shmem, the rest */
	SHMEM_TOTAL, /* Shmem itself */
	SHMEM_HUGE, /* huge pages in use, which are not part of Shmem */
	SHMEM_KINDS,
};

/* Names for programs: "sysv", ... */
extern const char *const shmem_kind_names[SHMEM_KINDS];

struct shmem_object {
	enum shmem_kind kind;
	uint64_t device, inode; /* inode: the ID of a segment */
	uint64_t ns; /* the IPC namespace of a segment; 0: none */
	char *name; /* path, or name of a memory file; NULL: none */
	const struct tmpfs_mount *mount; /* of a file; NULL: none */
	struct file_system *system; /* the same, for shmem.c */
	bool listed; /* a segment from the table of its namespace */
	uint64_t unseen; /* a listed segment: attaches without a mapping that was found */
	bool measured; /* the following are known */
	uid_t uid;
	uint64_t size; /* bytes */
	struct memory_use memory; /* unknown: RSS is memory and swap together */
	bool walked; /* found in the walk through its file system */
	pid_t *pids; /* processes that use it, ascending */
	size_t npids;
};

struct shmem_row {
	enum shmem_kind kind;
	const struct tmpfs_mount *mount; /* SHMEM_TMPFS; NULL: none */
	bool devshm; /* it is /dev/shm of this process */
	int64_t memory; /* bytes; negative where more was counted than there is */
	bool swap_known; /* false: swap is part of MEMORY */
	uint64_t swap; /* bytes */
	bool counted; /* the following are known */
	uint64_t processes;
	bool objects_known;
	uint64_t objects;
};

struct shmem_account {
	struct shmem_object **objects;
	size_t count;
	struct shmem_row *rows; /* System V first, then /dev/shm, mounts by memory */
	size_t nrows;
	uint64_t before, after; /* Shmem before and after shmem_search(), in bytes */
	size_t processes; /* that were examined */
	/* What could not be examined: */
	size_t unseen; /* processes */
	bool hidden; /* processes that /proc does not show */
	size_t namespaces; /* mount namespaces */
	size_t unreached; /* tmpfs file systems that are mounted */
	size_t unread; /* directories of a tmpfs */
	size_t skipped; /* open files on mounts that no visible namespace has */
	size_t unmeasured; /* objects */
	size_t together; /* objects and file systems without a known swap */

	struct shmem_search *search; /* for shmem.c */
};

/* Begin an account. The caller frees it, also after an error of the other functions. */
void shmem_begin(struct shmem_account *account);
void shmem_free(struct shmem_account *account);

/* Add a System V segment of IPC namespace NS. It has small pages, or its memory use is
 * unknown. */
void shmem_add_segment(struct shmem_account *account, const struct segment *segment,
	uint64_t ns, const struct memory_use *memory);

/* How much to find: what the rows need, or every object that takes memory, too. */
enum shmem_detail { SHMEM_ROWS, SHMEM_OBJECTS };

/* Search all processes and mounts, and make the rows. Call PROGRESS, which may be NULL,
 * with the number of processes examined so far. -CONDITION_FOREIGN_PROC, or the error of
 * reading /proc. */
int shmem_search(struct shmem_account *account, enum shmem_detail detail,
	void (*progress)(size_t processes));

#endif
