/*
 * huge [PAGES]: create a segment of unreserved huge pages of the host's default size, and
 * print its ID. While the pool is empty, its pages cannot be allocated.
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
