/*
 * A thread that writes into a mapping, beside the one that reads what is to be written:
 * for each page that is written for the first time, the kernel has to find memory, clear
 * it and map it, which takes longer than to read what goes there.
 */
#ifndef SHMTOOL_DATA_HELPER_H
#define SHMTOOL_DATA_HELPER_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/mapping.h"

struct helper;

/* The bytes of a piece, at most, and at least: a smaller one is written faster than it is
 * handed over. */
#define HELPER_PIECE ((size_t)128 << 10)
#define HELPER_LEAST ((size_t)16 << 10)

/* Has one begin; mapping_poke() must be usable. NULL: this process has a single
 * processor, or may not have a thread, or the memory. Signals are not for the thread. */
struct helper *helper_begin(const struct mapping *mapping);

/* Room for the next piece. */
char *helper_room(struct helper *helper);

/* Has LENGTH bytes of that room written to OFFSET, which is behind all pieces before. 1:
 * they will be; 0: they are too few, or the helper has enough to do, and the caller has
 * to; or a negative errno: a piece before could not be written. */
int helper_take(struct helper *helper, size_t length, uint64_t offset);

/* Waits until it has written what it took, and ends it. What is between the offsets START
 * and END, which is what both threads wrote, is not mapped then. 0, or a negative errno:
 * from *FAILED on there are bytes that could not be written, -EFAULT: for want of memory.
 */
int helper_end(struct helper *helper, uint64_t start, uint64_t end, uint64_t *failed);

#endif
