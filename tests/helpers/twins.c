/*
 * twins ID: attach a segment in a process that starts two others in its own memory
 * (clone(2), CLONE_VM) and ends. Print the PIDs of these two, which keep the attach until
 * this program is killed.
 */
#include <err.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK_SIZE 65536

static int life[2], told[2];

/* Live until the program ends. */
static int keep(void *unused)
{
	char byte;

	(void)unused;
	close(life[1]);
	_exit(read(life[0], &byte, 1) != 0 ? 1 : 0);
}

static _Noreturn void start_twins(int id)
{
	static char stacks[2][STACK_SIZE] __attribute__((aligned(16)));
	pid_t pids[2];

	if (shmat(id, NULL, SHM_RDONLY) == (void *)-1)
		err(1, "shmat");
	for (int i = 0; i < 2; i++) {
		pids[i] = clone(keep, stacks[i] + STACK_SIZE, CLONE_VM | SIGCHLD, NULL);
		if (pids[i] < 0)
			err(1, "clone");
	}
	if (write(told[1], pids, sizeof(pids)) != sizeof(pids))
		err(1, "write");
	_exit(0);
}

int main(int argc, char *argv[])
{
	pid_t parent, pids[2];

	if (argc != 2)
		errx(2, "usage: twins ID");
	if (pipe(life) < 0 || pipe(told) < 0)
		err(1, "pipe");
	parent = fork();
	if (parent < 0)
		err(1, "fork");
	if (parent == 0)
		start_twins(atoi(argv[1]));
	if (read(told[0], pids, sizeof(pids)) != sizeof(pids) ||
		waitpid(parent, NULL, 0) != parent)
		errx(1, "no twins");
	printf("%d %d\n", (int)pids[0], (int)pids[1]);
	fflush(stdout);
	for (;;)
		pause();
}
