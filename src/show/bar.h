/*
 * A bar that shows which parts of a segment are in memory.
 */
#ifndef SHMTOOL_SHOW_BAR_H
#define SHMTOOL_SHOW_BAR_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/memory.h"

/* Fill BAR with WIDTH characters and a NUL. Each stands for an equal part of SIZE bytes:
 * '#' if at least half of it is in memory, 's' if at least half is in swap, '+' if less
 * than that is in memory or swap, '.' if it was never touched. RANGES are in order and do
 * not overlap. */
void bar_draw(char *bar, size_t width, uint64_t size, const struct memory_range *ranges,
	size_t count);

#endif
