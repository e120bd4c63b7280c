/*
 * pageout ID|FILE OFFSET LENGTH: attach a segment or map a file, whose path begins with a
 * slash, tell the kernel to move a part of it to swap, print "ready", and wait to be
 * killed.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21 /* Linux 5.4 */
#endif

static char *map_file(const char *path)
{
	int fd = open(path, O_RDWR);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		err(1, "%s", path);
	return mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

int main(int argc, char *argv[])
{
	size_t offset, length, sum = 0;
	char *address;

	if (argc != 4)
		errx(2, "usage: pageout ID|FILE OFFSET LENGTH");
	offset = strtoul(argv[2], NULL, 0);
	length = strtoul(argv[3], NULL, 0);
	address = *argv[1] == '/' ? map_file(argv[1]) : shmat(atoi(argv[1]), NULL, 0);
	if (address == (void *)-1)
		err(1, "shmat or mmap");
	/* Only pages that this process maps can be moved. */
	for (size_t at = 0; at < length; at += 4096)
		sum += *(volatile unsigned char *)(address + offset + at);
	if (madvise(address + offset, length, MADV_PAGEOUT) < 0)
		err(1, "madvise");
	printf("ready %zu\n", sum);
	fflush(stdout);
	for (;;)
		pause();
}
