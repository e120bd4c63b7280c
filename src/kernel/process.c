#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"

/* A start is known to 1/100 s, and computed through two clocks read one after the
 * other; the segment's times are cut to whole seconds. What lies within this many
 * seconds is taken for the same process, which errs towards "still runs". */
#define START_SLACK 2

/* Command lines longer than this are cut. */
#define COMMAND_MAX 4096

struct process {
	pid_t pid;
	enum process_state state;
	int64_t start; /* second since the epoch */
	char *command; /* NULL: not read yet, or none */
};

static int compare_pid(const void *a, const void *b)
{
	const struct process *left = a, *right = b;

	return (left->pid > right->pid) - (left->pid < right->pid);
}

/* Whether /proc shows the PID namespace that this process is in. */
static bool proc_is_ours(void)
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

/* The second since the epoch at which a process started TICKS after the boot. */
static int64_t start_second(unsigned long long ticks)
{
	struct timespec boot, real;

	clock_gettime(CLOCK_BOOTTIME, &boot);
	clock_gettime(CLOCK_REALTIME, &real);
	return real.tv_sec - boot.tv_sec +
		(int64_t)(ticks / (unsigned long long)sysconf(_SC_CLK_TCK));
}

/* State and start, fields 3 and 22 of /proc/PID/stat (proc_pid_stat(5)). The name in
 * field 2 may hold anything, closing parentheses too: the last one ends it. */
static bool parse_stat(const char *text, char *state, unsigned long long *ticks)
{
	const char *p = strrchr(text, ')');

	return p &&
		sscanf(p + 1,
			" %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s"
			" %*s %*s %llu",
			state, ticks) == 2;
}

static void examine(struct process *process)
{
	char stat[1024], state;
	unsigned long long ticks;

	process->state = PROCESS_UNSEEN;
	if (process->pid <= 0)
		return;
	if (kill(process->pid, 0) < 0 && errno == ESRCH) {
		process->state = PROCESS_GONE;
		return;
	}
	if (!proc_is_ours() || read_proc(process->pid, "stat", stat, sizeof(stat)) < 0 ||
		!parse_stat(stat, &state, &ticks))
		return;
	process->state = state == 'Z' || state == 'X' ? PROCESS_GONE : PROCESS_RUNS;
	process->start = start_second(ticks);
}

/* What is known of PID, found out where that is new; NULL without memory. */
static struct process *process_get(pid_t pid)
{
	static void *known;
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

static enum process_state state_since(const struct process *process, int64_t since)
{
	if (process->state == PROCESS_RUNS && process->start > since + START_SLACK)
		return PROCESS_GONE;
	return process->state;
}

enum process_state process_state(pid_t pid, int64_t since)
{
	const struct process *process = process_get(pid);

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

	if (!process || state_since(process, since) != PROCESS_RUNS)
		return NULL;
	if (!process->command)
		process->command = read_command(pid);
	return process->command;
}
