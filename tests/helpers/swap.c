/*
 * swap KEY DIR: create a file DIR/SYSVkey, remove it, and print its inode number. Then
 * read the ID of a segment and attach it. At the next line, map the file in its place,
 * and wait to be killed.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
	struct shmid_ds ds;
	char path[512], line[64];
	struct stat st;
	void *address;
	int fd, id;

	if (argc != 3)
		errx(2, "usage: swap KEY DIR");
	snprintf(path, sizeof(path), "%s/SYSV%08lx", argv[2], strtoul(argv[1], NULL, 0));
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || unlink(path) < 0 || fstat(fd, &st) < 0)
		err(1, "%s", path);
	printf("%lu\n", (unsigned long)st.st_ino);
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		errx(1, "no ID");
	id = atoi(line);
	address = shmat(id, NULL, 0);
	if (address == (void *)-1 || shmctl(id, IPC_STAT, &ds) < 0)
		err(1, "%d", id);
	if (!fgets(line, sizeof(line), stdin))
		errx(1, "no order");
	if (ftruncate(fd, (off_t)ds.shm_segsz) < 0 || write(fd, "x", 1) != 1 ||
		/* cppcheck-suppress leakReturnValNotUsed ; it stays mapped */
		mmap(address, ds.shm_segsz, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)
		err(1, "mmap");
	for (;;)
		pause();
}
