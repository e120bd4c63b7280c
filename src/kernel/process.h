/*
 * Processes that the kernel names in its answers about segments.
 *
 * A PID alone is not a process: it may be used again. Each question therefore gives the
 * second by which the process meant must have been running. What was found out of a PID
 * is kept until the end of the program.
 */
#ifndef SHMTOOL_KERNEL_PROCESS_H
#define SHMTOOL_KERNEL_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum process_state {
	PROCESS_GONE, /* ended, a zombie, or another process has its PID now */
	PROCESS_RUNS,
	PROCESS_UNSEEN, /* cannot be known: PID 0, /proc hidden or of another PID
			   namespace */
};

/* For SINCE, where the process that has the PID now is meant. */
#define PROCESS_NOW (INT64_MAX / 1000 - 60)

/* Whether the process that had PID at the second SINCE (since the epoch) still runs. */
enum process_state process_state(pid_t pid, int64_t since);

/* Its command line, arguments separated by blanks, or its name in brackets where it
 * has none; NULL unless it runs and may be seen. Lives as long as the program. */
const char *process_command(pid_t pid, int64_t since);

/* The task through which to look at a process: itself, or, where its main thread ended,
 * the first other that still runs (/proc/TID is there for each); itself where none is. */
pid_t process_task(pid_t pid);

/* Whether PID is that of a process, and not of one of its other threads. */
bool process_leads(pid_t pid);

/* The parent; 0: not known. */
pid_t process_parent(pid_t pid);

/* Whether two processes share their memory, as after vfork(2): kcmp(2). */
bool process_shares_memory(pid_t a, pid_t b);

/* Whether /proc shows the PID namespace that this process is in. */
bool process_proc_is_ours(void);

/* The effective user of a process; (uid_t)-1 where it is gone or may not be seen. */
uid_t process_user(pid_t pid);

/* Calls VISIT with each process of /proc, by ascending PID, until it returns something
 * but 0, and returns that; 0 at the end. Negative errno: /proc cannot be read. */
int processes_walk(int (*visit)(pid_t pid, void *data), void *data);

/* Makes this process the first that the kernel ends where memory runs out, here or in its
 * control group (proc_pid_oom_score_adj(5)): who fills memory shall not end another for
 * it, though what it fills is counted as nobody's. Not where /proc does not let it. */
void process_give_way(void);

/* Forgets what was found out of processes, so that the next question is asked anew. */
void processes_forget(void);

#endif
