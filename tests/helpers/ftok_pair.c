/*
 * ftok_pair [TEXT]: creates or opens a segment, as textbooks on ftok(3) do: 1 KiB, mode
 * 0644, the key of ftok("/tmp", 'X'). Writes TEXT into it, or prints its contents.
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
