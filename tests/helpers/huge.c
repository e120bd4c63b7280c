/*
 * huge: makes a segment of one huge page that is not reserved, and prints its ID. While
 * the pool is empty, its memory cannot be had.
 */
#include <err.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/shm.h>

int main(void)
{
	int id = shmget(
		IPC_PRIVATE, 2 << 20, IPC_CREAT | SHM_HUGETLB | SHM_NORESERVE | 0600);

	if (id < 0)
		err(1, "shmget");
	printf("%d\n", id);
	return 0;
}
