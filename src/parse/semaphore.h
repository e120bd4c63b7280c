/*
 * Text to the number of a semaphore.
 */
#ifndef SHMTOOL_PARSE_SEMAPHORE_H
#define SHMTOOL_PARSE_SEMAPHORE_H

/* SEMID or SEMID:NUM, both decimal; NUM is 0 where it is left out, and at most 65535, as
 * in semop(2). -EINVAL, or -ERANGE for numbers too large. */
int parse_semaphore(const char *text, int *id, unsigned short *number);

#endif
