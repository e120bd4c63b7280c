/*
 * object /NAME HOW [SIZE]: use a POSIX object, print "ready", and wait to be killed. HOW:
 *   map      map it shared, with no descriptor; print the address instead of "ready"
 *   private  map it privately, with no descriptor
 *   read     open it for reading
 *   write    open it for reading and writing
 *   move     open it; after SIGUSR1, map it, close it, and print the address
 *   thread   open it in a thread with a table of descriptors of its own
 * With SIZE, create the object first.
 */
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_object(const char *name, int flags)
{
	int fd = shm_open(name, flags, 0600);

	if (fd < 0)
		err(1, "%s", name);
	return fd;
}

/* Map the object, print the address, and close the descriptor. */
static void map(int fd, int flags)
{
	struct stat st;
	void *address;

	fstat(fd, &st);
	address = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (address == MAP_FAILED)
		err(1, "mmap");
	close(fd);
	printf("%p\n", address);
	fflush(stdout);
}

static void move(int fd)
{
	sigset_t set;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	puts("ready");
	fflush(stdout);
	sigwait(&set, &number);
	map(fd, MAP_SHARED);
}

static void say(const char *text)
{
	puts(text);
	fflush(stdout);
	for (;;)
		pause();
}

static void *open_in_thread(void *name)
{
	if (unshare(CLONE_FILES) < 0)
		err(1, "unshare");
	open_object(name, O_RDONLY);
	say("ready");
	return NULL;
}

int main(int argc, char *argv[])
{
	char *name = argv[1];
	const char *how = argc > 2 ? argv[2] : "";
	pthread_t thread;

	if (argc > 3) {
		int fd = open_object(name, O_RDWR | O_CREAT);

		if (ftruncate(fd, atoll(argv[3])) < 0)
			err(1, "ftruncate");
		close(fd);
	}
	if (strcmp(how, "thread") == 0) {
		pthread_create(&thread, NULL, open_in_thread, name);
		for (;;)
			pause();
	}
	if (strcmp(how, "map") == 0)
		map(open_object(name, O_RDWR), MAP_SHARED);
	else if (strcmp(how, "private") == 0)
		map(open_object(name, O_RDWR), MAP_PRIVATE);
	else if (strcmp(how, "move") == 0)
		move(open_object(name, O_RDWR));
	else if (strcmp(how, "read") == 0)
		open_object(name, O_RDONLY);
	else if (strcmp(how, "write") == 0)
		open_object(name, O_RDWR);
	else
		errx(1, "%s: not a way to use an object", how);
	say("ready");
}
