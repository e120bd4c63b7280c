/*
 * shared KIND SIZE [NAME] [COUNT]: take SIZE bytes of shared memory, print "ready", and
 * wait to be killed. KIND:
 *   memfd      a memory file, open
 *   mapped     a memory file, only mapped
 *   anonymous  shared anonymous memory, in COUNT processes
 *   deleted    a deleted file NAME, open
 *   unlinked   a deleted file NAME, only mapped
 *   private    a deleted file NAME, only mapped, privately
 *   paged      a file NAME, only mapped, and paged out
 *   pagedfd    a memory file, only mapped, and paged out
 *   nothing    none
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

static int create(const char *kind, const char *name)
{
	int fd;

	if (strcmp(kind, "memfd") == 0 || strcmp(kind, "mapped") == 0 ||
		strcmp(kind, "pagedfd") == 0)
		return memfd_create(name, MFD_CLOEXEC);
	fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (strcmp(kind, "paged") != 0)
		unlink(name);
	return fd;
}

static void *mapped; /* the last mapping */

static void map(int fd, size_t size, int flags)
{
	mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_POPULATE, fd, 0);
	if (mapped == MAP_FAILED)
		err(1, "mmap");
}

static void take(const char *kind, size_t size, const char *name)
{
	int fd = create(kind, name);

	if (fd < 0 || posix_fallocate(fd, 0, (off_t)size) != 0)
		err(1, "%s", name);
	if (strcmp(kind, "memfd") == 0 || strcmp(kind, "deleted") == 0)
		return;
	map(fd, size, strcmp(kind, "private") == 0 ? MAP_PRIVATE : MAP_SHARED);
	close(fd);
	if (strncmp(kind, "paged", strlen("paged")) == 0 &&
		madvise(mapped, size, MADV_PAGEOUT) < 0)
		err(1, "madvise");
}

int main(int argc, char **argv)
{
	size_t size = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	int count = argc > 4 ? atoi(argv[4]) : 1;

	if (argc < 3)
		errx(2, "usage: shared KIND SIZE [NAME] [COUNT]");
	if (strcmp(argv[1], "anonymous") == 0)
		map(-1, size, MAP_SHARED | MAP_ANONYMOUS);
	else if (strcmp(argv[1], "nothing") != 0)
		take(argv[1], size, argc > 3 ? argv[3] : "test");
	for (int i = 1; i < count; i++) {
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			pause();
		}
	}
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}
