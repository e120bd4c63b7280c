/*
 * pageout ID OFFSET LENGTH: attach a segment, tell the kernel to move a part of it to
 * swap, print "ready", and wait to be killed.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21 /* Linux 5.4 */
#endif

int main(int argc, char *argv[])
{
	size_t offset, length, sum = 0;
	char *address;

	if (argc != 4)
		errx(2, "usage: pageout ID OFFSET LENGTH");
	offset = strtoul(argv[2], NULL, 0);
	length = strtoul(argv[3], NULL, 0);
	address = shmat(atoi(argv[1]), NULL, 0);
	if (address == (void *)-1)
		err(1, "shmat");
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
