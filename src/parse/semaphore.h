/*
 * Text to the number of a semaphore.
 */
#ifndef SHMTOOL_PARSE_SEMAPHORE_H
#define SHMTOOL_PARSE_SEMAPHORE_H

/* Parse SEMID or SEMID:NUM, in decimal. NUM is at most 65535, as in semop(2), and
 * defaults to 0. -EINVAL: not numbers; -ERANGE: numbers too large. */
int parse_semaphore(const char *text, int *id, unsigned short *number);

#endif
