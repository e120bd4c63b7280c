/*
 * /proc/PID/stat, cmdline, comm and status: whatever the name of a process, its state,
 * start and parent are as the kernel wrote them, and its command line is one line.
 */
#include <inttypes.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "fuzz.h"
#include "kernel/process.h"
#include "proc.h"

/* A process may choose any name, and the kernel puts it in parentheses. */
static void try_stat(struct input *input)
{
	char state = "RSDZXTtI"[take_number(input, 1) % 8];
	long threads = 1 + (long)take_number(input, 1) % 3;
	uint64_t seconds = take_number(input, 2);
	char CLEANUP_FREE *name = take_line(input);
	struct timespec boot, now;
	int64_t started;
	char stat[1024];
	bool gone = (state == 'Z' && threads == 1) || state == 'X';

	/* The kernel has room for 15 bytes, or 63 for its own threads; escaping makes a
	 * name at most four times longer. */
	snprintf(stat, sizeof(stat),
		"%d (%.255s) %c 1 2 3 4 -1 4194560 1 2 3 4 5 6 7 8 20 0 %ld 0 %" PRIu64
		" 2 3 4 5\n",
		(int)getpid(), name, state, threads,
		seconds * (uint64_t)sysconf(_SC_CLK_TCK));
	proc_serve("stat", stat, strlen(stat));
	processes_reset();
	clock_gettime(CLOCK_BOOTTIME, &boot);
	clock_gettime(CLOCK_REALTIME, &now);
	started = now.tv_sec - boot.tv_sec + (int64_t)seconds;
	HOLDS(process_state(getpid(), PROCESS_NOW) ==
		(gone ? PROCESS_GONE : PROCESS_RUNS));
	/* A process that had this PID a minute before was another one, or may have been
	 * if the clock was set forward. */
	HOLDS(seconds < 120 || process_state(getpid(), started - 60) != PROCESS_RUNS);
	HOLDS(process_state(getpid(), started + 1) ==
		(gone ? PROCESS_GONE : PROCESS_RUNS));
}

/* The kernel escapes the name there, so it is one line (fs/proc/array.c, proc_task_name).
 */
static void try_status(struct input *input)
{
	unsigned int parent = (unsigned int)take_number(input, 3);
	unsigned int uid = (unsigned int)take_number(input, 4);
	char CLEANUP_FREE *name = take_line(input);
	char status[1024];

	snprintf(status, sizeof(status),
		"Name:\t%.255s\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t%d\nNgid:\t0\n"
		"Pid:\t%d\nPPid:\t%u\nTracerPid:\t0\nUid:\t1\t%u\t3\t4\nGid:\t5\t6\t7\t8\n",
		name, (int)getpid(), (int)getpid(), parent, uid);
	proc_serve("status", status, strlen(status));
	processes_reset();
	HOLDS(process_user(getpid()) == uid);
}

/* Arguments are separated by blanks. Without arguments, the name is used. */
static void try_command(struct input *input)
{
	char CLEANUP_FREE *name = take_line(input);
	size_t length = input->left, shown;
	char CLEANUP_FREE *words = take_rest(input);
	const char *command;

	proc_serve("comm", name, strlen(name));
	proc_serve("cmdline", words, length);
	proc_serve("stat", NULL, 0);
	processes_reset();
	command = process_command(getpid(), PROCESS_NOW);
	while (length > 0 && words[length - 1] == '\0')
		length--;
	if (length == 0) {
		HOLDS(*name ? command && command[0] == '[' : !command);
		return;
	}
	HOLDS(command);
	shown = strlen(command);
	HOLDS(shown == length || (length > shown && shown >= 4000));
	for (size_t i = 0; i < shown; i++)
		HOLDS(command[i] == (words[i] ? words[i] : ' '));
}

/* Text that no kernel writes does no harm. */
static void try_bytes(struct input *input)
{
	size_t length = input->left;
	char CLEANUP_FREE *text = take_rest(input);

	proc_serve("stat", text, length);
	proc_serve("status", text, length);
	proc_serve("cmdline", text, length);
	proc_serve("comm", text, length);
	processes_reset();
	process_command(getpid(), PROCESS_NOW);
	process_user(getpid());
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };

	switch (take_number(&input, 1)) {
	case 'r':
		try_bytes(&input);
		break;
	case 'c':
		try_command(&input);
		break;
	case 's':
		try_status(&input);
		break;
	default:
		try_stat(&input);
	}
	proc_serve("stat", NULL, 0);
	proc_serve("status", NULL, 0);
	proc_serve("cmdline", NULL, 0);
	proc_serve("comm", NULL, 0);
	processes_reset();
	return 0;
}
