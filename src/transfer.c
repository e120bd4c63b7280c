#include "transfer.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "kernel/semaphore.h"
#include "parse/duration.h"
#include "parse/number.h"
#include "show/message.h"

static char *semaphore_text, *timeout_text;
static int no_progress;

struct poptOption transfer_lock_options[] = {
	VALUE("semaphore", '\0', &semaphore_text, "SEMID[:NUM]",
		"Hold semaphore NUM (default 0) of set SEMID"),
	VALUE("timeout", '\0', &timeout_text, "DURATION",
		"Give up after waiting DURATION for the semaphore"),
	POPT_TABLEEND,
};

struct poptOption transfer_progress_options[] = {
	FLAG("no-progress", '\0', &no_progress, "Show no progress on a terminal"),
	POPT_TABLEEND,
};

/* Signals that interrupt a transfer. SIGPIPE does so quietly. */
static const int signals[] = { SIGHUP, SIGINT, SIGPIPE, SIGTERM };

#define NSIGNALS (sizeof(signals) / sizeof(*signals))

/* The one transfer of the program. */
static struct {
	struct semaphore semaphore;
	uint64_t timeout; /* milliseconds */
	volatile sig_atomic_t signal; /* the first that came; 0: none */
	struct sigaction before[NSIGNALS]; /* what the signals did */
	uint64_t total; /* bytes, or METER_UNKNOWN */
	bool shows; /* a progress line */
	uint64_t started, last; /* times of clock_now() */
} transfer;

enum exit_status transfer_options(void)
{
	transfer.timeout = SEMAPHORE_FOREVER;
	if (semaphore_text &&
		parse_semaphore(semaphore_text, &transfer.semaphore.id,
			&transfer.semaphore.number) < 0)
		return message_usage("--semaphore: '%s': not the ID of a semaphore set, "
				     "or ID:NUMBER",
			semaphore_text);
	if (timeout_text && parse_duration(timeout_text, &transfer.timeout) < 0)
		return message_usage("--timeout: '%s': " NOT_A_DURATION, timeout_text);
	if (timeout_text && !semaphore_text)
		return message_usage("--timeout requires --semaphore");
	return STATUS_DONE;
}

bool transfer_locks(void)
{
	return semaphore_text;
}

static void catch_signal(int number, void (*handler)(int))
{
	const struct sigaction action = { .sa_handler = handler }; /* no SA_RESTART */

	sigaction(number, &action, NULL);
}

/* A signal right before a blocking call does not interrupt that call. From the first
 * signal on, an alarm interrupts such calls once a second. */
static void interrupt_again(int signal)
{
	(void)signal;
	alarm(1);
}

static void interrupt(int signal)
{
	if (!transfer.signal)
		transfer.signal = signal;
	catch_signal(SIGALRM, interrupt_again);
	alarm(1);
}

static void catch_signals(void)
{
	for (size_t i = 0; i < NSIGNALS; i++) {
		sigaction(signals[i], NULL, &transfer.before[i]);
		/* A signal that the caller ignores stays ignored. */
		if (transfer.before[i].sa_handler != SIG_IGN)
			catch_signal(signals[i], interrupt);
	}
}

static void restore_signals(void)
{
	for (size_t i = 0; i < NSIGNALS; i++)
		sigaction(signals[i], &transfer.before[i], NULL);
}

bool transfer_interrupted(void)
{
	return transfer.signal;
}

/* The progress line appears after the first time, and changes after each second one. */
#define SHOW_AFTER CLOCK_SECOND
#define SHOW_EVERY (200 * CLOCK_MILLISECOND)

/* Is standard error a terminal with this process in the foreground? */
static bool has_terminal(void)
{
	return isatty(STDERR_FILENO) && tcgetpgrp(STDERR_FILENO) == getpgrp();
}

static int step(struct progress *progress)
{
	uint64_t now;

	if (transfer.signal)
		return -EINTR;
	if (!transfer.shows)
		return 0;
	now = clock_now();
	if (now - transfer.started < SHOW_AFTER || now - transfer.last < SHOW_EVERY)
		return 0;
	transfer.last = now;
	if (has_terminal())
		meter_show(progress->done, transfer.total,
			(now - transfer.started) / CLOCK_MILLISECOND);
	return 0;
}

/* Take the semaphore. Signals are not caught yet: a signal during the wait ends the
 * program. */
static enum exit_status lock(void)
{
	int r = semaphore_text ? semaphore_take(&transfer.semaphore, transfer.timeout)
			       : 0;

	if (r == -EAGAIN) {
		message("%s: timed out: semaphore not free within %s", semaphore_text,
			timeout_text);
		return STATUS_TIMEOUT;
	}
	return command_result(semaphore_text, OPERATION_SEMAPHORE, r, NULL);
}

enum exit_status transfer_begin(
	struct progress *progress, uint64_t bytes, enum transfer_output output)
{
	enum exit_status status = lock();

	if (status != STATUS_DONE)
		return status;
	catch_signals();
	*progress = (struct progress){ .step = step };
	transfer.total = bytes;
	transfer.shows = output == TRANSFER_SHOW && !no_progress;
	transfer.started = clock_now();
	return STATUS_DONE;
}

enum exit_status transfer_report_interrupted(
	const char *operand, const struct progress *progress, const char *afterwards)
{
	char total[40] = "";

	if (transfer.signal == SIGPIPE)
		return STATUS_FAILED;
	if (transfer.total != METER_UNKNOWN)
		snprintf(total, sizeof(total), " of %" PRIu64, transfer.total);
	message("%s%sinterrupted after %" PRIu64 "%s bytes%s%s", operand ? operand : "",
		operand ? ": " : "", progress->done, total, afterwards ? "; " : "",
		afterwards ? afterwards : "");
	return STATUS_FAILED;
}

enum exit_status transfer_end(enum exit_status status)
{
	int r = semaphore_text ? semaphore_give(&transfer.semaphore) : 0;

	restore_signals();
	meter_clear();
	if (r == -EINVAL || r == -EIDRM) {
		message("%s: semaphore set was removed meanwhile", semaphore_text);
		return status_merge(status, STATUS_FAILED);
	}
	return status_merge(
		status, command_result(semaphore_text, OPERATION_SEMAPHORE, r, NULL));
}

void transfer_die(void)
{
	if (!transfer.signal)
		return;
	fflush(stdout);
	catch_signal(transfer.signal, SIG_DFL);
	raise(transfer.signal);
}
