/*
 * host SERVICES WORKERS MAPPINGS: start services, each a process with WORKERS that it
 * forks. A service has MAPPINGS mappings, which its workers inherit: most of them are of
 * libraries or private memory; others are of memory files, shared anonymous memory, POSIX
 * objects and deleted ones, each of one page in memory. Each process has a dozen
 * descriptors. Print a line when everything is ready. When standard input ends, end and
 * remove the objects.
 */
#include <err.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "processes.h"

/* Of this many mappings, one is of each kind of shared memory. */
#define SHARED_EVERY 30

static int services, workers, mappings;
static glob_t libraries;

static void map(int protection, int flags, int fd)
{
	if (mmap(NULL, 4096, protection, flags, fd, 0) == MAP_FAILED)
		err(1, "mmap");
}

static const char *object_name(int service, int mapping)
{
	static char name[32];

	snprintf(name, sizeof(name), "/host-%d-%d", service, mapping);
	return name;
}

/* Map a page of a file, and close it. A service keeps its first file of each kind. */
static void share(int fd, int number)
{
	if (fd < 0 || ftruncate(fd, 4096) < 0)
		err(1, "shared memory");
	map(PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd);
	if (number >= SHARED_EVERY)
		close(fd);
}

static void make_mapping(int service, int number)
{
	const char *name = object_name(service, number);
	int fd;

	switch (number % SHARED_EVERY) {
	case 0:
		share(memfd_create("host", 0), number);
		break;
	case 1:
		map(PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1);
		break;
	case 2:
		share(shm_open(name, O_RDWR | O_CREAT, 0600), number);
		break;
	case 3:
		share(shm_open(name, O_RDWR | O_CREAT, 0600), number);
		shm_unlink(name);
		break;
	default:
		if (number % 4 == 0) {
			map(PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1);
			break;
		}
		/* A library has several mappings. */
		fd = open(libraries.gl_pathv[(size_t)number / 5 % libraries.gl_pathc],
			O_RDONLY);
		if (fd < 0)
			err(1, "library");
		map(PROT_READ, MAP_PRIVATE, fd);
		close(fd);
	}
}

/* Open what programs have open besides standard input, output and error. */
static void make_descriptors(void)
{
	int ends[2];

	if (open("/proc/self/exe", O_RDONLY) < 0 || open("/dev/null", O_RDWR) < 0 ||
		eventfd(0, 0) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		err(1, "descriptors");
}

/* Write to READY when ready, and run until the other end of LIFE is closed. */
static _Noreturn void serve(int service, int ready, int life)
{
	pid_t pid = 1;
	char byte = 0;

	make_descriptors();
	for (int i = 0; i < mappings; i++)
		make_mapping(service, i);
	for (int i = 0; i < workers && pid > 0; i++)
		pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid > 0 && write(ready, &byte, 1) != 1)
		err(1, "write");
	close(ready);
	if (read(life, &byte, 1) != 0)
		err(1, "read");
	while (wait(NULL) > 0)
		;
	_exit(0);
}

int main(int argc, char *argv[])
{
	int life;

	if (argc != 4)
		errx(2, "usage: host SERVICES WORKERS MAPPINGS");
	services = atoi(argv[1]);
	workers = atoi(argv[2]);
	mappings = atoi(argv[3]);
	if (glob("/usr/lib*/*/lib*.so*", 0, NULL, &libraries) != 0)
		errx(1, "no libraries");
	life = start_processes(services, serve);
	puts("ready");
	fflush(stdout);
	while (getchar() != EOF)
		;
	for (int i = 0; i < services; i++) {
		for (int j = 2; j < mappings; j += SHARED_EVERY)
			shm_unlink(object_name(i, j));
	}
	close(life);
	while (wait(NULL) > 0)
		;
	return 0;
}
