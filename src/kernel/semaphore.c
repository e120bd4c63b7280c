#include "kernel/semaphore.h"

#include <errno.h>
#include <sys/param.h>
#include <sys/sem.h>

#include "clock.h"
#include "condition.h"

static int change(
	const struct semaphore *semaphore, short by, const struct timespec *limit)
{
	struct sembuf operation = {
		.sem_num = semaphore->number, .sem_op = by, .sem_flg = SEM_UNDO
	};

	if (semtimedop(semaphore->id, &operation, 1, limit) == 0)
		return 0;
	return errno == EFBIG ? -CONDITION_NO_SEMAPHORE : -errno;
}

int semaphore_acquire(const struct semaphore *semaphore, uint64_t timeout)
{
	uint64_t start = clock_now();
	int r;

	/* SIGSTOP and SIGCONT interrupt the call, too. */
	do {
		uint64_t passed = (clock_now() - start) / CLOCK_MILLISECOND;
		uint64_t left = timeout - MIN(passed, timeout);
		struct timespec limit = { .tv_sec = (time_t)(left / 1000),
			.tv_nsec = (long)(left % 1000) * 1000000 };

		r = change(semaphore, -1, timeout == SEMAPHORE_FOREVER ? NULL : &limit);
	} while (r == -EINTR);
	return r;
}

int semaphore_release(const struct semaphore *semaphore)
{
	return change(semaphore, 1, NULL);
}
