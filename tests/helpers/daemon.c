/*
 * daemon KEY SIZE TEXT: use shared memory like a server. Create a segment with KEY and a
 * private one, attach both, write TEXT into the first, print their IDs, and wait to be
 * killed. Killed with SIGKILL, it leaves both segments.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <unistd.h>

static char *make(key_t key, size_t size, int *id)
{
	char *address;

	*id = shmget(key, size, IPC_CREAT | IPC_EXCL | 0640);
	if (*id < 0)
		err(1, "shmget");
	address = shmat(*id, NULL, 0);
	if (address == (void *)-1)
		err(1, "shmat");
	return address;
}

int main(int argc, char *argv[])
{
	int table, cache;
	size_t size;
	char *text;

	if (argc != 4)
		errx(2, "usage: daemon KEY SIZE TEXT");
	size = strtoul(argv[2], NULL, 0);
	if (strlen(argv[3]) >= size)
		errx(2, "TEXT does not fit into SIZE");
	text = make((key_t)strtoul(argv[1], NULL, 0), size, &table);
	strcpy(text, argv[3]);
	memset(make(IPC_PRIVATE, 1 << 20, &cache), 1, 1 << 18);
	printf("%d %d\n", table, cache);
	fflush(stdout);
	for (;;)
		pause();
}
