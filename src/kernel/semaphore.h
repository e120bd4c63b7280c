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

/* A timeout without a limit. */
#define SEMAPHORE_FOREVER UINT64_MAX

/* Decrement the semaphore by one. The kernel undoes the decrement when this process ends
 * (SEM_UNDO). Wait up to TIMEOUT milliseconds. Return 0 or a negative errno: -EAGAIN:
 * timed out; -EINVAL: no such set; -CONDITION_NO_SEMAPHORE: the set has no such
 * semaphore; -EIDRM: the set was removed; -EACCES: permission denied; -ENOSPC, -ERANGE: a
 * limit of the kernel (semop(2)). */
int semaphore_acquire(const struct semaphore *semaphore, uint64_t timeout);

/* Increment the semaphore by one. -EINVAL, -EIDRM: the set was removed meanwhile. */
int semaphore_release(const struct semaphore *semaphore);

#endif
