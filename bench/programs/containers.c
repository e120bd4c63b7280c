/*
 * containers NAMESPACES SEGMENTS PROCESSES: make IPC namespaces, each with segments of
 * 4096 bytes and with processes that attach all of them. Print a line when everything is
 * ready. When standard input ends, end; the kernel then removes the segments.
 */
#include <err.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include "processes.h"

static int segments, processes;

static void wait_for_end(int life)
{
	char byte;

	if (read(life, &byte, 1) != 0)
		err(1, "read");
}

/* Make a namespace, and fork after attaching: children inherit attaches. */
static _Noreturn void contain(int number, int ready, int life)
{
	char byte = 0;

	(void)number;
	if (unshare(CLONE_NEWIPC) < 0)
		err(1, "unshare");
	for (int i = 0; i < segments; i++) {
		int id = shmget(IPC_PRIVATE, 4096, 0600);

		if (id < 0 || shmat(id, NULL, 0) == (void *)-1)
			err(1, "shmget");
	}
	for (int i = 1; i < processes; i++) {
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork");
		if (pid == 0) {
			wait_for_end(life);
			_exit(0);
		}
	}
	if (write(ready, &byte, 1) != 1)
		err(1, "write");
	wait_for_end(life);
	while (wait(NULL) > 0)
		;
	_exit(0);
}

int main(int argc, char *argv[])
{
	int life;

	if (argc != 4)
		errx(2, "usage: containers NAMESPACES SEGMENTS PROCESSES");
	segments = atoi(argv[2]);
	processes = atoi(argv[3]);
	life = start_processes(atoi(argv[1]), contain);
	puts("ready");
	fflush(stdout);
	while (getchar() != EOF)
		;
	close(life);
	while (wait(NULL) > 0)
		;
	return 0;
}
