/*
 * hold ID [TIMES [CHILDREN]]: attach a segment TIMES times, start CHILDREN processes that
 * inherit these attaches, print "ready", and wait to be killed.
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
	int id = argc > 1 ? atoi(argv[1]) : -1;
	int times = argc > 2 ? atoi(argv[2]) : 1;
	int children = argc > 3 ? atoi(argv[3]) : 0;

	for (int i = 0; i < times; i++) {
		if (shmat(id, NULL, SHM_RDONLY) == (void *)-1)
			err(1, "shmat");
	}
	for (int i = 0; i < children; i++) {
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
	}
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
