#include "kernel/process.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "kernel/cgroup.h"
#include "kernel/version.h"

/* A segment's times are cut to whole seconds, and start times to hundredths: a process
 * may have run at a time SINCE if it started up to this many milliseconds later. */
#define START_SLACK 1100

/* Longer command lines are cut. */
#define COMMAND_MAX 4096

/* Room for the paths of all control groups: there are up to 16 hierarchies. */
#define CGROUP_MAX ((size_t)16 * 4096)

struct process {
	pid_t pid; /* first, for compare_pids() */
	enum process_state state;
	int64_t start; /* milliseconds since the epoch, by the current clock */
	char name[16]; /* TASK_COMM_LEN; kernel threads may have longer ones, cut here */
	char *command; /* NULL: not read yet, or none */
	bool cgroup_read;
	struct cgroup_names cgroup;
	uid_t uid; /* -1: not read yet, or unknown */
};

int compare_pids(const void *a, const void *b)
{
	const pid_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

bool process_proc_is_ours(void)
{
	static pid_t self;
	char link[32] = "";

	if (self == 0 && readlink("/proc/self", link, sizeof(link) - 1) > 0)
		self = (pid_t)strtol(link, NULL, 10);
	return self == getpid();
}

bool process_proc_hides(void)
{
	return access("/proc/1", F_OK) < 0;
}

/* Read up to SIZE - 1 bytes of /proc/PID/NAME, and end them with a NUL. Return how many,
 * or a negative errno. */
static ssize_t read_proc(pid_t pid, const char *name, char *buffer, size_t size)
{
	char path[64];
	int CLEANUP_FD fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, buffer, size - 1);
	if (n < 0)
		return -errno;
	buffer[n] = '\0';
	return n;
}

/* Return when the host started, in milliseconds since the epoch, by the current clock. */
static int64_t boot_time(void)
{
	struct timespec now, boot;

	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return (int64_t)(now.tv_sec - boot.tv_sec) * 1000 +
		(now.tv_nsec - boot.tv_nsec) / 1000000;
}

/* Read state, name and start of a process from /proc/PID/stat (proc_pid_stat(5)). Return
 * its state. */
static enum process_state examine(struct process *process)
{
	char stat[1024], state;
	const char *name, *name_end;
	unsigned long long ticks;
	long threads;

	if (process->pid <= 0)
		return PROCESS_UNNUMBERED;
	if (kill(process->pid, 0) < 0 && errno == ESRCH)
		return PROCESS_GONE;
	if (!process_proc_is_ours())
		return PROCESS_FOREIGN_PROC;
	if (read_proc(process->pid, "stat", stat, sizeof(stat)) < 0)
		return PROCESS_HIDDEN;
	/* The name, field 2, may hold anything, closing parentheses too. Fields 3, 20 and
	 * 22 are state, threads and start. */
	name = strchr(stat, '(');
	name_end = strrchr(stat, ')');
	if (!name || !name_end ||
		sscanf(name_end,
			") %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s"
			" %ld %*s %llu",
			&state, &threads, &ticks) != 3)
		return PROCESS_HIDDEN;
	snprintf(process->name, sizeof(process->name), "%.*s", (int)(name_end - name - 1),
		name + 1);
	process->start = boot_time() +
		(int64_t)(ticks * 1000 / (unsigned long long)sysconf(_SC_CLK_TCK));
	/* A main thread that ended is a zombie while other threads of its process run. */
	return (state == 'Z' && threads <= 1) || state == 'X' ? PROCESS_GONE
							      : PROCESS_RUNS;
}

/* Cache of struct process, by PID: tsearch(3). */
static void *known;

static struct process *process_get(pid_t pid)
{
	struct process *process, **found = tfind(&pid, &known, compare_pids);

	if (found)
		return *found;
	process = xcalloc(1, sizeof(*process));
	process->pid = pid;
	process->uid = (uid_t)-1;
	process->state = examine(process);
	if (!tsearch(process, &known, compare_pids))
		out_of_memory();
	return process;
}

/* Longest time from the start of PID 1 to the mount of its /proc, in milliseconds: the
 * kernel and the initramfs of a large host may take a minute, a container mounts it at
 * once. */
#define MOUNT_DELAY_HOST      60000
#define MOUNT_DELAY_CONTAINER 1000

/* Return how far, at most, the clock may have been set forward without leaving a trace,
 * in milliseconds; INT64_MAX: unknown. PID 1 started before its /proc was mounted, and
 * the root of /proc keeps the time of the mount, by the clock at that time. If the clock
 * was set forward since, PID 1 seems to have started later. A /proc that was mounted much
 * later tells nothing. */
static int64_t hidden_clock_step(void)
{
	const struct process *first = process_get(1);
	struct stat root;
	int64_t delay, longest;

	if (first->state != PROCESS_RUNS || stat("/proc", &root) < 0)
		return INT64_MAX;
	delay = (int64_t)root.st_ctim.tv_sec * 1000 + root.st_ctim.tv_nsec / 1000000 -
		first->start;
	longest = first->start - boot_time() < MOUNT_DELAY_HOST ? MOUNT_DELAY_HOST
								: MOUNT_DELAY_CONTAINER;
	/* Start times are cut to hundredths of a second. */
	if (delay < -20 || delay > longest)
		return INT64_MAX;
	return longest - delay;
}

enum process_state process_state(pid_t pid, int64_t since)
{
	const struct process *process = process_get(pid);
	int64_t latest = since * 1000 + START_SLACK, step;

	/* Since Linux 4.17, CPID and LPID are PIDs in the caller's namespace (ipc/shm.c,
	 * ipc_update_pid); older kernels return PIDs in the process's own namespace. */
	if (since != PROCESS_NOW && !kernel_is_at_least(4, 17))
		return PROCESS_OLD_KERNEL;
	if (process->state != PROCESS_RUNS || process->start <= latest)
		return process->state;
	/* No segment or process is older than the boot: the clock was set forward
	 * since. */
	if (latest < boot_time())
		return PROCESS_CLOCK;
	step = hidden_clock_step();
	if (step < process->start - latest)
		return PROCESS_GONE;
	return process_get(1)->state == PROCESS_RUNS ? PROCESS_CLOCK
						     : PROCESS_HIDDEN_INIT;
}

static char *read_command(pid_t pid)
{
	char text[COMMAND_MAX];
	ssize_t n = read_proc(pid, "cmdline", text, sizeof(text));

	/* NULs separate the arguments, and one or more may end them. */
	while (n > 0 && text[n - 1] == '\0')
		n--;
	for (ssize_t i = 0; i < n; i++) {
		/* NOLINTNEXTLINE(*BinaryOperatorResult): N bytes were read */
		if (text[i] == '\0')
			text[i] = ' ';
	}
	if (n > 0)
		return xstrndup(text, (size_t)n);
	n = read_proc(pid, "comm", text, sizeof(text));
	if (n <= 0)
		return NULL;
	return xasprintf("[%.*s]", (int)strcspn(text, "\n"), text);
}

const char *process_command(pid_t pid, int64_t since)
{
	struct process *process = process_get(pid);

	if (process_state(pid, since) != PROCESS_RUNS)
		return NULL;
	if (!process->command)
		process->command = read_command(pid);
	return process->command;
}

const char *process_name(pid_t pid, int64_t since)
{
	return process_state(pid, since) == PROCESS_RUNS ? process_get(pid)->name : NULL;
}

/* Return the names of a process's control groups; none unless it surely runs. */
static struct cgroup_names get_cgroup(pid_t pid, int64_t since)
{
	struct process *process = process_get(pid);
	char CLEANUP_FREE *text = NULL;

	if (process_state(pid, since) != PROCESS_RUNS)
		return (struct cgroup_names){ NULL, NULL };
	if (!process->cgroup_read) {
		text = xmalloc(CGROUP_MAX);
		if (read_proc(pid, "cgroup", text, CGROUP_MAX) > 0)
			process->cgroup = cgroup_parse(text);
		process->cgroup_read = true;
	}
	return process->cgroup;
}

const char *process_unit(pid_t pid, int64_t since)
{
	return get_cgroup(pid, since).unit;
}

const char *process_container(pid_t pid, int64_t since)
{
	return get_cgroup(pid, since).container;
}

static void free_process(void *data)
{
	struct process *process = data;

	free(process->command);
	free(process->cgroup.unit);
	free(process->cgroup.container);
	free(process);
}

void processes_reset(void)
{
	tdestroy(known, free_process);
	known = NULL;
}

uid_t process_user(pid_t pid)
{
	struct process *process = process_get(pid);
	char status[4096];
	const char *line;
	unsigned int uid;

	if (process->uid != (uid_t)-1 ||
		read_proc(pid, "status", status, sizeof(status)) <= 0)
		return process->uid;
	line = strstr(status, "\nUid:");
	/* real, effective, saved, and of the file system (proc_pid_status(5)) */
	if (line && sscanf(line, "\nUid: %*u %u", &uid) == 1)
		process->uid = uid;
	return process->uid;
}

bool process_is_main_thread(pid_t pid)
{
	/* Signal 0 only checks that PID is a thread of process PID. */
	return syscall(SYS_tgkill, pid, pid, 0) == 0 || errno != ESRCH;
}

pid_t process_next(DIR *proc)
{
	struct dirent *entry;

	while (proc && (errno = 0, entry = readdir(proc))) {
		if (isdigit((unsigned char)entry->d_name[0]))
			return (pid_t)strtol(entry->d_name, NULL, 10);
	}
	return -errno;
}

int process_error(pid_t pid, int error)
{
	char path[64];

	if (error != -EACCES)
		return error;
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	return access(path, F_OK) < 0 && errno == ENOENT ? -ESRCH : error;
}

void process_raise_oom_score(void)
{
	int CLEANUP_FD fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "1000", 4) < 0)
		return; /* without /proc, the OOM score stays as it is */
}
