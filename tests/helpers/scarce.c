/*
 * LD_PRELOAD: let allocations fail. SCARCE=N: only the program's Nth allocation fails.
 * SCARCE_COUNT=FILE: none fails, and their number is written to FILE. After a crash,
 * print the functions in which it happened.
 */
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* glibc's own names (malloc/malloc.c). */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): glibc's own */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

static unsigned long counted, failing;

/* Is this the allocation that must fail? */
static int fails(void)
{
	if (++counted != failing)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): reserved */
void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the same */
void *realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}

static void say_where(int number)
{
	void *frames[32] = { NULL };

	backtrace_symbols_fd(frames, backtrace(frames, 32), STDERR_FILENO);
	raise(number); /* SA_RESETHAND: now it ends the program */
}

static __attribute__((constructor)) void begin(void)
{
	const char *number = getenv("SCARCE");
	struct sigaction action = { .sa_handler = say_where,
		.sa_flags = (int)(SA_RESETHAND | SA_NODEFER) };
	void *frame;

	backtrace(&frame, 1); /* the first call allocates */
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGABRT, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	counted = 0;
	failing = number ? strtoul(number, NULL, 10) : 0;
}

static __attribute__((destructor)) void end(void)
{
	const char *path = getenv("SCARCE_COUNT");
	int fd;

	if (!path)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	dprintf(fd, "%lu\n", counted);
	close(fd);
}
