/*
 * A process that stands by while a segment is filled, and removes it where this one is
 * killed: SIGKILL cannot be caught, and is what the kernel sends where memory runs out.
 */
#ifndef SHMTOOL_GUARD_H
#define SHMTOOL_GUARD_H

#include <signal.h>

struct guard {
	volatile sig_atomic_t *safe; /* shared with it: the segment is taken care of;
					NULL: nobody stands by */
	int fd; /* whose end tells it that this process is done, or has ended */
};

/* Has a process stand by for the segment ID. Where none can be had, none does. */
void guard_post(struct guard *guard, int id);

/* Sends it home; the segment stays. Nothing to do where none was posted. */
void guard_dismiss(struct guard *guard);

#endif
