/*
 * crowd PROCESSES MAPPINGS SEGMENTS [OBJECTS]: create SEGMENTS segments and OBJECTS POSIX
 * objects of 4096 bytes, and start processes, itself included. Each attaches all
 * segments, has its share of the objects mapped and open, and has MAPPINGS other
 * mappings, half of them of a file, like libraries. Print the segments' IDs in a line
 * when everything is ready. When standard input ends, end and remove segments and
 * objects.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include "processes.h"

static int processes, mappings, segments, objects, *ids;

/* Adjacent mappings differ in kind, so the kernel cannot merge them. */
static void make_mappings(void)
{
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (file < 0)
		err(1, "/proc/self/exe");
	for (int i = 0; i < mappings; i++) {
		int kind = i % 2 ? MAP_PRIVATE : MAP_PRIVATE | MAP_ANONYMOUS;

		if (mmap(NULL, 4096, PROT_READ, kind, i % 2 ? file : -1, 0) == MAP_FAILED)
			err(1, "mmap");
	}
	close(file);
	for (int i = 0; i < segments; i++) {
		if (shmat(ids[i], NULL, 0) == (void *)-1)
			err(1, "shmat");
	}
}

static const char *object_name(int number)
{
	static char name[32];

	snprintf(name, sizeof(name), "/object-%05d", number);
	return name;
}

/* Create the objects of process NUMBER, and keep them mapped and open. */
static void make_objects(int number)
{
	for (int i = number; i < objects; i += processes) {
		int fd = shm_open(object_name(i), O_RDWR | O_CREAT, 0600);

		if (fd < 0 || ftruncate(fd, 4096) < 0 ||
			mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED)
			err(1, "%s", object_name(i));
	}
}

/* Write to READY when ready, and run until the other end of LIFE is closed. */
static _Noreturn void follow(int number, int ready, int life)
{
	char byte = 0;

	make_mappings();
	make_objects(number + 1);
	if (write(ready, &byte, 1) != 1)
		err(1, "write");
	_exit(read(life, &byte, 1) != 0);
}

int main(int argc, char *argv[])
{
	int life;

	if (argc < 4 || argc > 5)
		errx(2, "usage: crowd PROCESSES MAPPINGS SEGMENTS [OBJECTS]");
	processes = atoi(argv[1]);
	mappings = atoi(argv[2]);
	segments = atoi(argv[3]);
	objects = argc > 4 ? atoi(argv[4]) : 0;
	ids = calloc((size_t)segments + 1, sizeof(*ids));
	if (!ids)
		err(1, "calloc");
	for (int i = 0; i < segments; i++) {
		ids[i] = shmget(IPC_PRIVATE, 4096, 0600);
		if (ids[i] < 0)
			err(1, "shmget");
	}
	life = start_processes(processes - 1, follow);
	make_mappings();
	make_objects(0);
	for (int i = 0; i < segments; i++)
		printf("%d ", ids[i]);
	puts("");
	fflush(stdout);
	while (getchar() != EOF)
		;
	/* The measured command may have removed some. */
	for (int i = 0; i < segments; i++)
		shmctl(ids[i], IPC_RMID, NULL);
	for (int i = 0; i < objects; i++)
		shm_unlink(object_name(i));
	close(life);
	while (wait(NULL) > 0)
		;
	return 0;
}
