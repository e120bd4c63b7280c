/*
 * Allocate memory and free it, so that the next program gets memory that is ready to use.
 * The host of a virtual machine may have reclaimed free memory, and its first user then
 * pays many times the usual cost. Argument: number of MiB.
 */
#include <err.h>
#include <stdlib.h>
#include <sys/mman.h>

int main(int argc, char *argv[])
{
	size_t size = (argc > 1 ? strtoul(argv[1], NULL, 10) : 0) << 20;

	if (mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0) == MAP_FAILED)
		err(1, "mmap");
	return 0;
}
