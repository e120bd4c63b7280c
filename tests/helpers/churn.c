/*
 * churn TIMES [USES]: act like programs while a cleaner runs. Repeat TIMES times: create
 * a segment, attach and detach it USES times (default 1), check each time whether it is
 * marked for destruction while it is attached, and leave it. At the end or at SIGTERM,
 * print how many segments were left, how many were gone before an attach, and how many
 * were marked while attached.
 */
#include <err.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>

static int left, gone, marked;
static volatile sig_atomic_t stop;

static void end(int signal)
{
	(void)signal;
	stop = 1;
}

/* Wait if the system has no more segments: the cleaner will make room. */
static int make(void)
{
	for (;;) {
		int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);

		if (id >= 0)
			return id;
		if (errno != ENOSPC)
			err(1, "shmget");
		sched_yield();
	}
}

static bool is_marked(int id)
{
	struct shmid_ds ds;

	if (shmctl(id, IPC_STAT, &ds) < 0)
		err(1, "shmctl of %d, which is attached", id);
	return ds.shm_perm.mode & SHM_DEST;
}

/* Return false if the segment is marked for destruction or gone. */
static bool use(int id)
{
	char *address = shmat(id, NULL, 0);
	bool mark;

	if (address == (void *)-1) {
		if (errno != EINVAL && errno != EIDRM)
			err(1, "shmat");
		gone++;
		return false;
	}
	mark = is_marked(id);
	memset(address, 1, 4096);
	mark = mark || is_marked(id);
	marked += mark;
	if (shmdt(address) < 0)
		err(1, "shmdt");
	return !mark;
}

int main(int argc, char *argv[])
{
	int times = argc > 1 ? atoi(argv[1]) : 1;
	int uses = argc > 2 ? atoi(argv[2]) : 1;

	signal(SIGTERM, end);
	while (left < times && !stop) {
		int id = make();
		int used = 0;

		while (used < uses && !stop && use(id))
			used++;
		if (used == uses)
			left++;
	}
	printf("%d %d %d\n", left, gone, marked);
	return 0;
}
