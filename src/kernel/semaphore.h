/*
 * A System V semaphore as a lock: semop(2).
 */
#ifndef SHMTOOL_KERNEL_SEMAPHORE_H
#define SHMTOOL_KERNEL_SEMAPHORE_H

#include <stdint.h>

struct semaphore {
	int id; /* of the set */
	unsigned short number; /* in the set */
};

/* Waits without a limit. */
#define SEMAPHORE_FOREVER UINT64_MAX

/* Takes the semaphore down by one; the kernel puts it back if this process ends without
 * that (SEM_UNDO). Waits up to TIMEOUT milliseconds. 0 or a negative errno: -EAGAIN: not
 * free in that time; -EINVAL: no such set; -EFBIG: the set has no
 * such number; -EIDRM: the set was removed; -EACCES: no permission to change it; -ENOSPC,
 * -ERANGE: a limit of the kernel (semop(2)). */
int semaphore_take(const struct semaphore *semaphore, uint64_t timeout);

/* Puts it back. -EINVAL, -EIDRM: the set was removed meanwhile. */
int semaphore_give(const struct semaphore *semaphore);

#endif
