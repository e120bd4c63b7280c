/*
 * LD_PRELOAD: set the clock CLOCK_AHEAD seconds ahead, or back if negative, for this
 * program only. The kernel keeps its own clock, as if this one had been set afterwards.
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* For systems with a time_t of 64 bits and a long of 32. */
#ifdef SYS_clock_gettime64
#define CLOCK_GETTIME SYS_clock_gettime64
#else
#define CLOCK_GETTIME SYS_clock_gettime
#endif

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): reserved */
int clock_gettime(clockid_t clock, struct timespec *now)
{
	const char *ahead = getenv("CLOCK_AHEAD");
	int r = (int)syscall(CLOCK_GETTIME, clock, now);

	if (r == 0 && ahead &&
		(clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		now->tv_sec += strtol(ahead, NULL, 10);
	return r;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): reserved */
time_t time(time_t *where)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	if (where)
		*where = now.tv_sec;
	return now.tv_sec;
}
