#include "transfer.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "kernel/semaphore.h"
#include "parse/duration.h"
#include "parse/semaphore.h"
#include "show/message.h"

static char *semaphore_text, *timeout_text;
static int no_progress;

struct poptOption transfer_lock_options[] = {
	{ "semaphore", '\0', POPT_ARG_STRING, &semaphore_text, 0,
		"take semaphore NUM (0 if not given) of a set down by one meanwhile",
		"SEMID[:NUM]" },
	{ "timeout", '\0', POPT_ARG_STRING, &timeout_text, 0,
		"wait for the semaphore no longer than DURATION", "DURATION" },
	POPT_TABLEEND,
};

struct poptOption transfer_progress_options[] = {
	{ "no-progress", '\0', POPT_ARG_NONE, &no_progress, 0,
		"show no progress on a terminal", NULL },
	POPT_TABLEEND,
};

static struct semaphore semaphore;
static uint64_t timeout; /* milliseconds */

enum exit_status transfer_options(void)
{
	timeout = SEMAPHORE_FOREVER;
	if (semaphore_text &&
		parse_semaphore(semaphore_text, &semaphore.id, &semaphore.number) < 0)
		return message_usage("--semaphore: '%s': not the ID of a semaphore set, "
				     "or ID:NUMBER",
			semaphore_text);
	if (timeout_text && parse_duration(timeout_text, &timeout) < 0)
		return message_usage("--timeout: '%s': " NOT_A_DURATION, timeout_text);
	if (timeout_text && !semaphore_text)
		return message_usage("--timeout goes with --semaphore");
	return STATUS_DONE;
}

bool transfer_locks(void)
{
	return semaphore_text;
}

/* The signals that end a transfer, but leave the program to tidy up. Nobody is told of
 * SIGPIPE: the reader has seen enough. */
static const int signals[] = { SIGHUP, SIGINT, SIGPIPE, SIGTERM };

#define NSIGNALS (sizeof(signals) / sizeof(*signals))

static volatile sig_atomic_t came; /* the first that came; 0: none */

/* A signal that comes right before a call that blocks would be waited out there. From the
 * first one on, such calls are interrupted again each second. */
static void interrupt_again(int signal)
{
	(void)signal;
	alarm(1);
}

static void catch (int number, void (*handler)(int))
{
	const struct sigaction action = { .sa_handler = handler }; /* no SA_RESTART */

	sigaction(number, &action, NULL);
}

static void interrupt(int signal)
{
	if (!came)
		came = signal;
	catch (SIGALRM, interrupt_again);
	alarm(1);
}

static struct sigaction before[NSIGNALS]; /* what the signals did */

static void catch_signals(void)
{
	for (size_t i = 0; i < NSIGNALS; i++) {
		sigaction(signals[i], NULL, &before[i]);
		/* What the caller has us ignore stays ignored. */
		if (before[i].sa_handler != SIG_IGN)
			catch (signals[i], interrupt);
	}
}

static void release_signals(void)
{
	for (size_t i = 0; i < NSIGNALS; i++)
		sigaction(signals[i], &before[i], NULL);
}

bool transfer_interrupted(void)
{
	return came;
}

static uint64_t total; /* bytes, or METER_UNKNOWN */
static bool shows;
static uint64_t started, last; /* as clock_now() says */

/* Work is shown when it lasts longer than the first, and then as often as the second. */
#define SHOW_AFTER CLOCK_SECOND
#define SHOW_EVERY (200 * CLOCK_MILLISECOND)

/* Whether standard error is a terminal on which this process is in the foreground. */
static bool has_terminal(void)
{
	return isatty(STDERR_FILENO) && tcgetpgrp(STDERR_FILENO) == getpgrp();
}

static int step(struct progress *progress)
{
	uint64_t time;

	if (came)
		return -EINTR;
	if (!shows)
		return 0;
	time = clock_now();
	if (time - started < SHOW_AFTER || time - last < SHOW_EVERY)
		return 0;
	last = time;
	if (has_terminal())
		meter_show(progress->done, total, (time - started) / CLOCK_MILLISECOND);
	return 0;
}

static enum exit_status lock_failed(int error)
{
	return message_failure(semaphore_text,
		&(struct failure){ .deed = DEED_SEMAPHORE, .error = error });
}

/* Takes the semaphore. A signal that comes while it waits ends the program: nothing has
 * been done. */
static enum exit_status lock(void)
{
	int r = semaphore_text ? semaphore_take(&semaphore, timeout) : 0;

	if (r == -EAGAIN) {
		message("%s: the semaphore was not free within %s", semaphore_text,
			timeout_text);
		return STATUS_TIMEOUT;
	}
	return r < 0 ? lock_failed(r) : STATUS_DONE;
}

enum exit_status transfer_begin(struct progress *progress, uint64_t bytes, bool quiet)
{
	enum exit_status status = lock();

	if (status != STATUS_DONE)
		return status;
	catch_signals();
	*progress = (struct progress){ .step = step };
	total = bytes;
	shows = !quiet && !no_progress;
	started = clock_now();
	return STATUS_DONE;
}

enum exit_status transfer_say_interrupted(
	const char *operand, const struct progress *progress, const char *afterwards)
{
	char of[40] = "";

	if (came == SIGPIPE)
		return STATUS_FAILED;
	if (total != METER_UNKNOWN)
		snprintf(of, sizeof(of), " of %" PRIu64, total);
	message("%s%sinterrupted after %" PRIu64 "%s bytes%s%s", operand ? operand : "",
		operand ? ": " : "", progress->done, of, afterwards ? "; " : "",
		afterwards ? afterwards : "");
	return STATUS_FAILED;
}

enum exit_status transfer_end(enum exit_status status)
{
	int r = semaphore_text ? semaphore_give(&semaphore) : 0;

	release_signals();
	meter_clear();
	if (r == -EINVAL || r == -EIDRM) {
		message("%s: the set of semaphores was removed meanwhile",
			semaphore_text);
		return status_merge(status, STATUS_FAILED);
	}
	return r < 0 ? status_merge(status, lock_failed(r)) : status;
}

void transfer_die(void)
{
	if (!came)
		return;
	fflush(stdout);
	catch (came, SIG_DFL);
	raise(came);
}
