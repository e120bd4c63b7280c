/*
 * hold ID [TIMES]: attaches a segment, says "ready", and keeps it until it is killed.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/shm.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
	int id = argc > 1 ? atoi(argv[1]) : -1;
	int times = argc > 2 ? atoi(argv[2]) : 1;

	for (int i = 0; i < times; i++) {
		if (shmat(id, NULL, SHM_RDONLY) == (void *)-1)
			err(1, "shmat");
	}
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
