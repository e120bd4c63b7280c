/*
 * The files that a process has mapped or open.
 */
#ifndef SHMTOOL_KERNEL_PROCESS_FILES_H
#define SHMTOOL_KERNEL_PROCESS_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* One mapping of a file. */
struct file_mapping {
	uint64_t start, end; /* addresses */
	int protection; /* PROT_READ, PROT_WRITE, PROT_EXEC */
	bool shared;
	dev_t device;
	uint64_t inode;
	const char *name; /* as in /proc/PID/maps, on the mounts of backing.h; "" if it is
			   * longer than names of memory files and segments */
};

/* What to visit, as flags. */
#define VISIT_DESCRIPTORS (1u << 0)
#define VISIT_SHARED      (1u << 1) /* shared mappings of files */
#define VISIT_PRIVATE     (1u << 2) /* private mappings of files; only with the former */

/* Functions that receive the files of a process, with the DATA of process_files(). */
struct file_visitor {
	/* Begin with a process of IPC namespace NS, or begin again with it. TASK: the
	 * PID, or the thread to examine it through. Return what to visit. */
	unsigned int (*begin)(void *data, pid_t task, uint64_t ns);
	/* Receive a descriptor: the link NUMBER in DIRECTORY, which is /proc/TASK/fd. */
	void (*descriptor)(void *data, int directory, const char *number);
	void (*mapping)(void *data, const struct file_mapping *mapping);
};

/* Visit the descriptors of a process, those of threads with a table of their own
 * (unshare(2), CLONE_FILES) included, and then its mappings: programs map a file and then
 * close it, so in the other order a file could be missed in both. -ESRCH: the process
 * ended; -EACCES, -EPERM: it may not be examined; -EAGAIN: its threads ended faster than
 * they could be examined; or another errno. */
int process_files(pid_t pid, const struct file_visitor *visitor, void *data);

#endif
