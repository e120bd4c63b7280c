/*
 * The client of textbook_server.c: print the letters up to the NUL, and answer with an
 * asterisk.
 */
#include <err.h>
#include <stdio.h>
#include <sys/shm.h>

int main(void)
{
	int id = shmget(5678, 27, 0666);
	char *memory;

	if (id < 0)
		err(1, "shmget");
	memory = shmat(id, NULL, 0);
	if (memory == (void *)-1)
		err(1, "shmat");
	puts(memory);
	*memory = '*';
	return 0;
}
