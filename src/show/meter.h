/*
 * The progress line of long work on a terminal.
 */
#ifndef SHMTOOL_SHOW_METER_H
#define SHMTOOL_SHOW_METER_H

#include <stddef.h>
#include <stdint.h>

/* The total number of bytes is unknown. */
#define METER_UNKNOWN UINT64_MAX

/* Show DONE of TOTAL bytes, the rate after MILLISECONDS of work and the time left, in
 * place of the previous line on standard error. */
void meter_show(uint64_t done, uint64_t total, uint64_t milliseconds);

/* Show how many processes a search has examined, in the same place. */
void meter_show_processes(size_t count);

/* Clear the line, if there is one. */
void meter_clear(void);

#endif
