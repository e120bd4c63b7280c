#include "kernel/semaphore.h"

#include <errno.h>
#include <sys/sem.h>
#include <time.h>

static int change(const struct semaphore *semaphore, short by, uint64_t timeout)
{
	struct sembuf operation = {
		.sem_num = semaphore->number, .sem_op = by, .sem_flg = SEM_UNDO
	};
	struct timespec limit = { .tv_sec = (time_t)(timeout / 1000),
		.tv_nsec = (long)(timeout % 1000) * 1000000 };
	int r = semtimedop(semaphore->id, &operation, 1,
		timeout == SEMAPHORE_FOREVER ? NULL : &limit);

	return r < 0 ? -errno : 0;
}

int semaphore_take(const struct semaphore *semaphore, uint64_t timeout)
{
	return change(semaphore, -1, timeout);
}

int semaphore_give(const struct semaphore *semaphore)
{
	return change(semaphore, 1, SEMAPHORE_FOREVER);
}
