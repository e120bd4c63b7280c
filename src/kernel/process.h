/*
 * Processes that the kernel names in its answers about segments.
 *
 * A PID alone is not a process: it may be used again. Each question therefore gives the
 * second by which the process meant must have been running. What was found out of a PID
 * is kept until the end of the program.
 */
#ifndef SHMTOOL_KERNEL_PROCESS_H
#define SHMTOOL_KERNEL_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

enum process_state {
	PROCESS_GONE, /* ended, a zombie, or another process has its PID now */
	PROCESS_RUNS,
	PROCESS_UNSEEN, /* cannot be known: PID 0, /proc hidden or of another PID
			   namespace */
};

/* Whether the process that had PID at the second SINCE (since the epoch) still runs. */
enum process_state process_state(pid_t pid, int64_t since);

/* Its command line, arguments separated by blanks, or its name in brackets where it
 * has none; NULL unless it runs and may be seen. Lives as long as the program. */
const char *process_command(pid_t pid, int64_t since);

#endif
