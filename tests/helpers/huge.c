/*
 * huge [PAGES]: makes a segment of huge pages, of the host's default size, that are not
 * reserved, and prints its ID. While the pool is empty, its memory cannot be had.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/shm.h>

int main(int argc, char *argv[])
{
	size_t pages = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;
	int id = shmget(
		IPC_PRIVATE, pages << 21, IPC_CREAT | SHM_HUGETLB | SHM_NORESERVE | 0600);

	if (id < 0)
		err(1, "shmget");
	printf("%d\n", id);
	return 0;
}
