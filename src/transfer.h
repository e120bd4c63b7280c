/*
 * The parts of a transfer that cat, write and create share: the semaphore, the progress
 * line, and the signals that interrupt a transfer.
 */
#ifndef SHMTOOL_TRANSFER_H
#define SHMTOOL_TRANSFER_H

#include <popt.h>
#include <stdbool.h>
#include <stdint.h>

#include "data/progress.h"
#include "show/cause.h"
#include "show/meter.h"

/* Options for a command's table: --semaphore and --timeout; --no-progress. */
extern struct poptOption transfer_lock_options[];
extern struct poptOption transfer_progress_options[];

/* Parse these options. Print a message if they are wrong. */
enum exit_status transfer_options(void);

/* Return whether --semaphore was given. If so, all bytes must be copied out of the
 * segment when the transfer ends. */
bool transfer_locks(void);

enum transfer_output { TRANSFER_SHOW, TRANSFER_QUIET };

/* Start a transfer of BYTES bytes, or METER_UNKNOWN: acquire the semaphore, and catch
 * SIGHUP, SIGINT, SIGPIPE and SIGTERM. From now on these signals make functions that take
 * PROGRESS return -EINTR. TRANSFER_QUIET: print no progress line. After an error, print a
 * message; do not call transfer_end(). */
enum exit_status transfer_begin(
	struct progress *progress, uint64_t bytes, enum transfer_output output);

/* Return whether one of these signals arrived. */
bool transfer_interrupted(void);

/* Report the signal, unless it was SIGPIPE, and the bytes done so far. AFTERWARDS ends
 * the message. Return STATUS_FAILED. */
enum exit_status transfer_report_interrupted(
	const char *operand, const struct progress *progress, const char *afterwards);

/* End the transfer: release the semaphore and restore the signals. Return STATUS, merged
 * with the status of the release. */
enum exit_status transfer_end(enum exit_status status);

/* If a signal arrived, end the program by this signal. */
void transfer_die(void);

#endif
