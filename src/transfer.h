/*
 * What the commands that move bytes share: the semaphore that they hold meanwhile, the
 * progress that they show, and how they end when a signal comes.
 */
#ifndef SHMTOOL_TRANSFER_H
#define SHMTOOL_TRANSFER_H

#include <popt.h>
#include <stdbool.h>
#include <stdint.h>

#include "data/progress.h"
#include "show/cause.h"
#include "show/meter.h"

/* Options to be included in a command's table: --semaphore and --timeout; --no-progress.
 */
extern struct poptOption transfer_lock_options[];
extern struct poptOption transfer_progress_options[];

/* Reads these options; says what is wrong with them. */
enum exit_status transfer_options(void);

/* Whether a semaphore is held meanwhile, so that bytes have to be out of the segment when
 * the transfer ends. */
bool transfer_locks(void);

/* Starts a transfer of BYTES bytes, or METER_UNKNOWN, which PROGRESS is to count: takes
 * the semaphore, and from now on SIGHUP, SIGINT, SIGPIPE and SIGTERM end functions that
 * are given PROGRESS with -EINTR. QUIET: no line of progress. What fails is said, and
 * then there is nothing to end. */
enum exit_status transfer_begin(struct progress *progress, uint64_t bytes, bool quiet);

/* Whether one of these signals came. */
bool transfer_interrupted(void);

/* Says, unless it was SIGPIPE, that one came, how far PROGRESS got, and, after a
 * semicolon, AFTERWARDS unless that is NULL. OPERAND may be NULL. Returns STATUS_FAILED.
 */
enum exit_status transfer_say_interrupted(
	const char *operand, const struct progress *progress, const char *afterwards);

/* Ends the transfer: gives the semaphore back, and the signals what they did before.
 * STATUS is how it went; what it is now is returned. */
enum exit_status transfer_end(enum exit_status status);

/* Ends the program by the signal that came, if one did. */
void transfer_die(void);

#endif
