/*
 * recreate PROCESSES [MS]: act like many programs that use segments with the same keys at
 * once: create, attach, fill, check, detach and remove them, again and again until
 * standard input ends. Print "ready" first and the number of rounds at the end. A segment
 * stays in each state up to MS milliseconds (default 12).
 *
 * The 16 keys start at 0x7a000000. The attributes of a segment follow from its key, its
 * content from its ID, as below; tests/helpers/races.py uses the same rules. Keys 0-3:
 * others may remove it. 4-7: nobody else may. 8-11: nobody else may, but others may
 * change owner and mode. 12-15: others may also create and remove it. A message ends the
 * program if a segment is gone that nobody else may remove, or if one differs from how it
 * was created.
 */
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BASE       0x7a000000
#define MOST       8
#define AROUND_UID 20100

static int processes, self;
static long stay = 12;
static volatile sig_atomic_t stop;

static void end(int signal)
{
	(void)signal;
	stop = 1;
}

static size_t size_of(int k)
{
	return 4097 + 1000 * (size_t)k;
}

static unsigned int uid_of(int k)
{
	return k < 12 ? 20000 + (unsigned int)k : 0;
}

static int mode_of(int k)
{
	return k < 12 ? 0600 | (k & 7) : 0600;
}

static unsigned char content_of(int id)
{
	unsigned long number = (unsigned long)(id ^ id >> 15);

	return (unsigned char)(number * 31 % 251 + 1);
}

static bool may_go(int k)
{
	return k < 4 || k >= 12;
}

static bool is_gone(int error)
{
	return error == EINVAL || error == EIDRM;
}

/* Give others time to find it in every state. */
static void linger(void)
{
	struct timespec time = { .tv_nsec = random() % (stay * 1000000) };

	nanosleep(&time, NULL);
}

/* Create segments as user UID and the group of that number. */
static void be(unsigned int uid)
{
	if (seteuid(0) < 0 || setegid(uid) < 0 || seteuid(uid) < 0)
		err(1, "seteuid");
}

/* Owner and group are right from the start. -1: another process has created it. */
static int make(int k)
{
	int id;

	be(uid_of(k));
	id = shmget(BASE + k, size_of(k), IPC_CREAT | IPC_EXCL | mode_of(k));
	/* No other process uses this segment. */
	if (id < 0 && (errno != EEXIST || !may_go(k)))
		err(1, "shmget of key %d", k);
	be(0);
	return id;
}

static void check(int k, int id, const struct shmid_ds *ds)
{
	bool dest = ds->shm_perm.mode & SHM_DEST;

	if (ds->shm_segsz != size_of(k) || ds->shm_perm.cuid != uid_of(k))
		errx(1, "segment %d of key %d is another", id, k);
	if (!may_go(k) && (dest || ds->shm_perm.__key != BASE + k))
		errx(1, "segment %d of key %d was removed by somebody", id, k);
}

/* Return whether the segment existed. */
static bool use(int k, int id)
{
	unsigned char *bytes = shmat(id, NULL, 0);
	struct shmid_ds ds;

	if (bytes == (void *)-1) {
		if (!may_go(k) || !is_gone(errno))
			err(1, "shmat of key %d", k);
		return false;
	}
	memset(bytes, content_of(id), size_of(k));
	if (random() % 2)
		linger();
	if (shmctl(id, IPC_STAT, &ds) < 0)
		err(1, "shmctl of %d, which is attached", id);
	check(k, id, &ds);
	for (size_t i = 0; i < size_of(k); i++) {
		if (bytes[i] != content_of(id) && bytes[i] != 0)
			errx(1, "segment %d holds %d", id, bytes[i]);
	}
	if (shmdt(bytes) < 0)
		err(1, "shmdt");
	return true;
}

static void recreate(int k)
{
	int id = make(k);

	/* Remove it, whichever process created it. */
	if (id < 0)
		id = shmget(BASE + k, 0, 0);
	if (id < 0)
		return;
	if (use(k, id))
		linger();
	if (shmctl(id, IPC_RMID, NULL) < 0 && (!may_go(k) || !is_gone(errno)))
		err(1, "segment %d of key %d was removed by somebody", id, k);
}

/* The kernel gives slots to new segments in turn, at least 64 (ipc/util.c,
 * ipc_min_cycle). Go around once, so that a slot that was just released soon gets another
 * segment: this uncovers code that confuses the two. */
static void go_around(void)
{
	be(AROUND_UID);
	for (int i = 0; i < 64; i++) {
		int id = shmget(IPC_PRIVATE, 1, IPC_CREAT | 0600);

		if (id < 0)
			err(1, "shmget");
		sched_yield();
		if (shmctl(id, IPC_RMID, NULL) < 0)
			err(1, "private segment %d was removed by somebody", id);
	}
	be(0);
}

/* Recreate segments until SIGTERM. Each process has one key whose segment no other
 * process may remove, and shares the other keys. */
static int run(void)
{
	int count = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGTERM, end);
	srandom((unsigned int)self);
	for (; !stop; count++) {
		go_around();
		recreate(random() % 2 ? 4 + self : (12 + (int)(random() % 8)) % 16);
	}
	return printf("%d\n", count) > 0 ? 0 : 1;
}

/* Wait until standard input ends, or until a child ends, which is a failure. */
static int watch(const pid_t *pids)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	int status, worst = 0;

	while (poll(&input, 1, 100) == 0) {
		if (waitpid(-1, &status, WNOHANG) != 0)
			return 1;
	}
	for (int i = 0; i < processes; i++)
		kill(pids[i], SIGTERM);
	for (int i = 0; i < processes; i++) {
		waitpid(pids[i], &status, 0);
		worst |= status;
	}
	return worst != 0;
}

int main(int argc, char *argv[])
{
	pid_t pids[MOST] = { 0 };

	processes = argc > 1 ? atoi(argv[1]) : 1;
	if (processes < 1 || processes > MOST)
		errx(1, "1 to %d processes", MOST);
	stay = argc > 2 ? atol(argv[2]) : stay;
	if (stay < 1 || stay >= 1000)
		errx(1, "1 to 999 ms");
	puts("ready");
	fflush(stdout);
	for (self = 0; self < processes; self++) {
		pids[self] = fork();
		if (pids[self] == 0)
			return run();
	}
	return watch(pids);
}
