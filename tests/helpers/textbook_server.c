/*
 * The server of the two programs that every course on System V shared memory shows: 27
 * bytes with the key 5678 and mode 0666. Write the letters a to z and a NUL, and wait
 * until a client changes the first byte to an asterisk.
 */
#include <err.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <unistd.h>

int main(void)
{
	int id = shmget(5678, 27, IPC_CREAT | 0666);
	volatile char *memory;

	if (id < 0)
		err(1, "shmget");
	memory = shmat(id, NULL, 0);
	if (memory == (void *)-1)
		err(1, "shmat");
	for (int i = 0; i < 26; i++)
		memory[i] = (char)('a' + i);
	memory[26] = '\0';
	puts("ready");
	fflush(stdout);
	while (memory[0] != '*')
		usleep(1000);
	puts("answered");
	return 0;
}
