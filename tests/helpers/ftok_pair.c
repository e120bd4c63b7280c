/*
 * ftok_pair [TEXT]: the other pair of programs that courses show. Write TEXT into a
 * segment of 1 KiB with the key of ftok("/tmp", 'X') and mode 0644, or print its text.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>

int main(int argc, char *argv[])
{
	key_t key = ftok("/tmp", 'X');
	char *memory;
	int id;

	if (key == -1)
		err(1, "ftok");
	id = shmget(key, 1024, IPC_CREAT | 0644);
	if (id < 0)
		err(1, "shmget");
	memory = shmat(id, NULL, 0);
	if (memory == (void *)-1)
		err(1, "shmat");
	if (argc > 1)
		strncpy(memory, argv[1], 1024);
	else
		printf("%.1024s\n", memory);
	return 0;
}
