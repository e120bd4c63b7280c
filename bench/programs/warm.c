/*
 * Takes memory and gives it back, so that what runs next gets memory that is really
 * there: where the machine is a virtual one, its host may have taken back what was free,
 * and the first to use it pays many times what it costs otherwise. Argument: how many
 * MiB.
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
