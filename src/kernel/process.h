/*
 * Processes that the kernel reports as creators and last users of segments.
 *
 * A PID alone does not identify a process: it may be used again. SINCE, in seconds since
 * the epoch, is a time at which the process was running.
 */
#ifndef SHMTOOL_KERNEL_PROCESS_H
#define SHMTOOL_KERNEL_PROCESS_H

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* All but the first two mean that it is not known whether the process runs, and why. */
enum process_state {
	PROCESS_GONE = 1, /* ended, a zombie, or another process has its PID now */
	PROCESS_RUNS,
	PROCESS_UNNUMBERED, /* PID 0: it is in another PID namespace */
	PROCESS_FOREIGN_PROC, /* /proc shows another PID namespace */
	PROCESS_HIDDEN, /* /proc does not show it */
	PROCESS_OLD_KERNEL, /* before Linux 4.17, PIDs may be those of another namespace
			     */
	PROCESS_HIDDEN_INIT, /* its PID is used, by it or by a later process: the clock
				may have been set, and PID 1, which would tell, is hidden
			      */
	PROCESS_CLOCK, /* the same, and PID 1 does not tell */
};

/* For SINCE: the process that has the PID now. */
#define PROCESS_NOW (INT64_MAX / 1000 - 60)

/* Return the state of the process that had PID at the time SINCE. The result is cached
 * until processes_reset(). A process that CRIU restored counts as another process. */
enum process_state process_state(pid_t pid, int64_t since);

/* Return the command line of a process, arguments separated by blanks, or the name of the
 * process in brackets if it has no command line; NULL unless the process is known to run
 * and may be examined. Valid until processes_reset(). */
const char *process_command(pid_t pid, int64_t since);

/* Return the name of a process, such as "Xvfb"; NULL unless it surely runs and may be
 * examined. Valid until processes_reset(). */
const char *process_name(pid_t pid, int64_t since);

/* Return the systemd unit of a process, such as "postgresql.service", and the outermost
 * container that it is in, by 12 digits of its ID or its name (cgroup.h says who chooses
 * them); NULL if there is none or unless it surely runs. Valid until processes_reset().
 */
const char *process_unit(pid_t pid, int64_t since);
const char *process_container(pid_t pid, int64_t since);

/* Drop all cached results, so that the next call asks the kernel. */
void processes_reset(void);

/* Compare two pid_t, for qsort(3). */
int compare_pids(const void *a, const void *b);

/* Return whether PID is the main thread of a process, not another thread. */
bool process_is_main_thread(pid_t pid);

/* Return whether /proc shows the PID namespace that this process is in. */
bool process_proc_is_ours(void);

/* Return whether /proc hides PID 1, and so probably other processes (proc(5), hidepid).
 */
bool process_proc_hides(void);

/* Return the effective user of a process; (uid_t)-1 if it ended or may not be examined.
 */
uid_t process_user(pid_t pid);

/* Return the next process of PROC, an open directory stream of /proc, by ascending PID
 * (fs/proc/base.c, next_tgid); 0 at the end, or a negative errno. NULL: opendir(3) just
 * failed; return its error. With a stream of /proc/PID/task, return the next thread. */
pid_t process_next(DIR *proc);

/* Return ERROR, that of examining a process, or -ESRCH if the process has ended: the
 * kernel then also refuses access (fs/proc/namespaces.c, proc_ns_readlink()). */
int process_error(pid_t pid, int error);

/* Make the kernel kill this process first when memory runs out, on the host or in its
 * control group (proc_pid_oom_score_adj(5)). Segment memory is not charged to this
 * process, so the OOM killer would choose another. Do nothing if /proc does not allow
 * this. */
void process_raise_oom_score(void);

#endif
