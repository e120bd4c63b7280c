/*
 * The line on a terminal that tells how far long work has come.
 */
#ifndef SHMTOOL_SHOW_METER_H
#define SHMTOOL_SHOW_METER_H

#include <stdint.h>

/* Where the bytes of the whole work are not known. */
#define METER_UNKNOWN UINT64_MAX

/* Shows, in place of what it showed before, on standard error: DONE of TOTAL bytes, and
 * after MILLISECONDS of work the rate and the time that is left. */
void meter_show(uint64_t done, uint64_t total, uint64_t milliseconds);

/* Clears the line, if there is one. */
void meter_clear(void);

#endif
