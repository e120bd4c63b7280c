#include "kernel/process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <search.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"

/* A segment's times are cut to whole seconds, and clocks may be slewed between then and
 * now: what started within this many milliseconds of such a second is taken for the same
 * process, which errs towards "still runs". */
#define START_SLACK 2000

/* Command lines longer than this are cut. */
#define COMMAND_MAX 4096

struct process {
	pid_t pid;
	enum process_state state;
	int64_t start; /* milliseconds since the epoch */
	char *command; /* NULL: not read yet, or none */
};

static int compare_pid(const void *a, const void *b)
{
	const struct process *left = a, *right = b;

	return (left->pid > right->pid) - (left->pid < right->pid);
}

bool process_proc_is_ours(void)
{
	static enum { UNKNOWN, YES, NO } ours;

	if (ours == UNKNOWN) {
		char link[32] = "";

		ours = readlink("/proc/self", link, sizeof(link) - 1) > 0 &&
				strtol(link, NULL, 10) == getpid()
			? YES
			: NO;
	}
	return ours == YES;
}

/* Up to SIZE - 1 bytes of /proc/PID/NAME, a NUL behind them; how many, or -errno. */
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

static int64_t milliseconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* When a process started that did so TICKS after the boot, in milliseconds since the
 * epoch. */
static int64_t start_time(unsigned long long ticks)
{
	return milliseconds(CLOCK_REALTIME) - milliseconds(CLOCK_BOOTTIME) +
		(int64_t)(ticks * 1000 / (unsigned long long)sysconf(_SC_CLK_TCK));
}

/* State, threads and start, fields 3, 20 and 22 of /proc/PID/stat (proc_pid_stat(5)). The
 * name in field 2 may hold anything, closing parentheses too: the last one ends it. */
static bool parse_stat(
	const char *text, char *state, long *threads, unsigned long long *ticks)
{
	const char *p = strrchr(text, ')');

	return p &&
		sscanf(p + 1,
			" %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s"
			" %ld %*s %llu",
			state, threads, ticks) == 3;
}

static void examine(struct process *process)
{
	char stat[1024], state;
	unsigned long long ticks;
	long threads;

	process->state = PROCESS_UNSEEN;
	if (process->pid <= 0)
		return;
	if (kill(process->pid, 0) < 0 && errno == ESRCH) {
		process->state = PROCESS_GONE;
		return;
	}
	if (!process_proc_is_ours() ||
		read_proc(process->pid, "stat", stat, sizeof(stat)) < 0 ||
		!parse_stat(stat, &state, &threads, &ticks))
		return;
	/* A main thread that ended is a zombie for as long as others of its process run.
	 */
	process->state = (state == 'Z' && threads <= 1) || state == 'X' ? PROCESS_GONE
									: PROCESS_RUNS;
	process->start = start_time(ticks);
}

/* The struct process found so far, by PID. */
static void *known;

/* What is known of PID, found out where that is new; NULL without memory. */
static struct process *process_get(pid_t pid)
{
	struct process probe = { .pid = pid }, **slot, *process;

	slot = tfind(&probe, &known, compare_pid);
	if (slot)
		return *slot;
	process = calloc(1, sizeof(*process));
	if (!process)
		return NULL;
	process->pid = pid;
	examine(process);
	if (!tsearch(process, &known, compare_pid)) {
		free(process);
		return NULL;
	}
	return process;
}

/* Whether the clock was surely set forward since /proc was mounted: the first process of
 * a PID namespace is older than any mount of its /proc, whose root keeps the time of that
 * mount, by the clock of then. */
static bool clock_was_set_forward(void)
{
	const struct process *first = process_get(1);
	struct stat root;

	/* NOLINTNEXTLINE(analyzer-malloc-leak): it is in the tree */
	return first && first->state == PROCESS_RUNS && stat("/proc", &root) == 0 &&
		(int64_t)root.st_ctim.tv_sec * 1000 + START_SLACK < first->start;
}

static enum process_state state_since(const struct process *process, int64_t since)
{
	if (process->state != PROCESS_RUNS)
		return process->state;
	/* Nothing here is older than the boot: the clock was set forward in between, and
	 * times of then and now cannot be compared. */
	if (since * 1000 + START_SLACK <
		milliseconds(CLOCK_REALTIME) - milliseconds(CLOCK_BOOTTIME))
		return PROCESS_UNSEEN;
	if (process->start > since * 1000 + START_SLACK)
		return clock_was_set_forward() ? PROCESS_UNSEEN : PROCESS_GONE;
	return PROCESS_RUNS;
}

enum process_state process_state(pid_t pid, int64_t since)
{
	const struct process *process = process_get(pid);

	/* NOLINTNEXTLINE(analyzer-malloc-leak): it is in the tree */
	return process ? state_since(process, since) : PROCESS_UNSEEN;
}

static char *read_command(pid_t pid)
{
	char text[COMMAND_MAX];
	char *command;
	ssize_t n = read_proc(pid, "cmdline", text, sizeof(text));

	if (n > 0) {
		/* NULs separate the arguments, and one or more may end them. */
		while (n > 0 && text[n - 1] == '\0')
			n--;
		for (ssize_t i = 0; i < n; i++) {
			/* NOLINTNEXTLINE(*BinaryOperatorResult): N bytes were read */
			if (text[i] == '\0')
				text[i] = ' ';
		}
		text[n] = '\0';
	}
	if (n > 0)
		return strdup(text);
	n = read_proc(pid, "comm", text, sizeof(text));
	if (n <= 0)
		return NULL;
	if (text[n - 1] == '\n')
		text[n - 1] = '\0';
	return asprintf(&command, "[%s]", text) < 0 ? NULL : command;
}

const char *process_command(pid_t pid, int64_t since)
{
	struct process *process = process_get(pid);

	/* NOLINTNEXTLINE(analyzer-malloc-leak): it is in the tree */
	if (!process || state_since(process, since) != PROCESS_RUNS)
		return NULL;
	if (!process->command)
		process->command = read_command(pid);
	return process->command;
}

static void forget(void *process)
{
	free(((struct process *)process)->command);
	free(process);
}

void processes_forget(void)
{
	tdestroy(known, forget);
	known = NULL;
}

/* The first number behind NAME in /proc/PID/status (proc_pid_status(5)), or the one after
 * SKIP others. False: there is none. */
static bool status_number(pid_t pid, const char *name, int skip, unsigned int *number)
{
	char status[4096];
	const char *p;

	if (read_proc(pid, "status", status, sizeof(status)) <= 0)
		return false;
	p = strstr(status, name);
	if (!p)
		return false;
	p += strlen(name);
	for (; skip >= 0; skip--) {
		char *end;

		*number = (unsigned int)strtoul(p, &end, 10);
		if (end == p)
			return false;
		p = end;
	}
	return true;
}

uid_t process_user(pid_t pid)
{
	unsigned int uid;

	/* real, effective, saved, and of the file system */
	return status_number(pid, "\nUid:", 1, &uid) ? uid : (uid_t)-1;
}

pid_t process_parent(pid_t pid)
{
	unsigned int parent;

	return status_number(pid, "\nPPid:", 0, &parent) ? (pid_t)parent : 0;
}

bool process_leads(pid_t pid)
{
	unsigned int leader;

	return status_number(pid, "\nTgid:", 0, &leader) && (pid_t)leader == pid;
}

bool process_shares_memory(pid_t a, pid_t b)
{
	return syscall(SYS_kcmp, a, b, KCMP_VM, 0, 0) == 0;
}

/* Whether a task still has its namespaces, which one that ended has not. */
static bool has_namespaces(pid_t task)
{
	char path[64], link[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/ipc", (int)task);
	return readlink(path, link, sizeof(link)) > 0 || errno != ENOENT;
}

pid_t process_task(pid_t pid)
{
	pid_t found = pid;
	struct dirent *entry;
	char path[64];
	DIR *tasks;

	if (has_namespaces(pid))
		return pid;
	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	while (tasks && found == pid && (entry = readdir(tasks))) {
		pid_t task = (pid_t)strtol(entry->d_name, NULL, 10);

		if (task > 0 && task != pid && has_namespaces(task))
			found = task;
	}
	if (tasks)
		closedir(tasks);
	return found;
}

void process_give_way(void)
{
	int CLEANUP_FD fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "1000", 4) < 0)
		return; /* then it is as likely as others */
}

int processes_walk(int (*visit)(pid_t pid, void *data), void *data)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int r = 0;

	if (!proc)
		return -errno;
	/* The kernel lists them in ascending order (fs/proc/base.c, next_tgid). */
	while (r == 0) {
		errno = 0;
		entry = readdir(proc);
		if (!entry) {
			r = -errno; /* 0 at the end */
			break;
		}
		if (isdigit((unsigned char)entry->d_name[0]))
			r = visit((pid_t)strtol(entry->d_name, NULL, 10), data);
	}
	closedir(proc);
	return r;
}
