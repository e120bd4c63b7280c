/*
 * fill COUNT [stay]: create COUNT private segments of 4096 bytes each. With "stay", print
 * "ready" then, and run until standard input ends.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/shm.h>

int main(int argc, char *argv[])
{
	int count = argc > 1 ? atoi(argv[1]) : 0;

	for (int i = 0; i < count; i++) {
		if (shmget(IPC_PRIVATE, 4096, 0600) < 0)
			err(1, "shmget");
	}
	if (argc < 3)
		return 0;
	puts("ready");
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
