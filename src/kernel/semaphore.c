#include "kernel/semaphore.h"

#include <errno.h>
#include <sys/sem.h>
#include <time.h>

static int change(
	const struct semaphore *semaphore, short by, const struct timespec *limit)
{
	struct sembuf operation = {
		.sem_num = semaphore->number, .sem_op = by, .sem_flg = SEM_UNDO
	};

	return semtimedop(semaphore->id, &operation, 1, limit) < 0 ? -errno : 0;
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

int semaphore_take(const struct semaphore *semaphore, uint64_t timeout)
{
	uint64_t start = now(), passed = 0;
	int r = -EINTR;

	/* Being stopped and continued ends the call too, without any handler. */
	while (r == -EINTR) {
		uint64_t left = passed < timeout ? timeout - passed : 0;
		struct timespec limit = { .tv_sec = (time_t)(left / 1000),
			.tv_nsec = (long)(left % 1000) * 1000000 };

		r = change(semaphore, -1, timeout == SEMAPHORE_FOREVER ? NULL : &limit);
		passed = now() - start;
	}
	return r;
}

int semaphore_give(const struct semaphore *semaphore)
{
	return change(semaphore, 1, NULL);
}
