/*
 * Which parts of a segment are in memory, drawn as a bar.
 */
#ifndef SHMTOOL_SHOW_BAR_H
#define SHMTOOL_SHOW_BAR_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/memory.h"

/* Fills BAR with WIDTH characters and a NUL. Each stands for an equal part of SIZE bytes:
 * '#' where at least half of it is in memory, 's' where at least half is in swap, '+'
 * where less than that is in either, '.' where nothing was ever touched. */
void bar_draw(char *bar, size_t width, uint64_t size, const struct memory_range *ranges,
	size_t count);

/* The columns of the terminal that standard output is, or 80. */
size_t bar_terminal_width(void);

#endif
