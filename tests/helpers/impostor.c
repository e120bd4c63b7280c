/*
 * impostor KEY [DIR]: map memory that only looks like a segment with KEY: shared
 * anonymous memory, memory files with the names SYSVkey and "x /SYSVkey", and with DIR a
 * removed file DIR/SYSVkey. Print the inode numbers of the anonymous memory, of the
 * removed file, and of the memory file with a blank in its name, and wait to be killed.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE 4096

static void *map(int fd)
{
	void *address = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
		MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);

	if (address == MAP_FAILED)
		err(1, "mmap");
	return address;
}

static void *map_memory_file(const char *name)
{
	int fd = memfd_create(name, 0);

	if (fd < 0 || ftruncate(fd, SIZE) < 0)
		err(1, "memfd_create");
	return map(fd);
}

/* Return the inode number of a mapping. */
static unsigned long inode_of(const void *address)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start, inode, found = 0;
	char line[512];

	while (maps && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%*x %*s %*x %*s %lu", &start, &inode) == 2 &&
			start == (unsigned long)address)
			found = inode;
	}
	if (found == 0)
		errx(1, "no such mapping");
	fclose(maps);
	return found;
}

int main(int argc, char *argv[])
{
	char name[32], path[512];
	unsigned long of_file = 0;
	void *anonymous, *blank;
	int fd;

	if (argc < 2)
		errx(2, "usage: impostor KEY [DIR]");
	snprintf(name, sizeof(name), "/SYSV%08lx", strtoul(argv[1], NULL, 0));
	/* cppcheck-suppress leakReturnValNotUsed ; it stays mapped */
	map_memory_file(name + 1);
	snprintf(path, sizeof(path), "x %s", name);
	blank = map_memory_file(path);
	snprintf(path, sizeof(path), "%s%s", argc > 2 ? argv[2] : "", name);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd >= 0) {
		if (unlink(path) < 0 || ftruncate(fd, SIZE) < 0)
			err(1, "%s", path);
		of_file = inode_of(map(fd));
	}
	anonymous = map(-1);
	printf("%lu %lu %lu\n", inode_of(anonymous), of_file, inode_of(blank));
	fflush(stdout);
	for (;;)
		pause();
}
