/*
 * shmtool: reads its own options, finds the command, and hands over to it.
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "show/message.h"

/* Where a standard descriptor is closed, a file opened later would take its place and
 * be read or written by mistake. Each is filled with one that fails as a closed one
 * does. */
static void fill_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			/* cppcheck-suppress leakReturnValNotUsed ; it stays open */
			(void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
	}
}

/* What was printed has to arrive: a full disk is a failure. */
static enum exit_status finish_stdout(enum exit_status status)
{
	bool failed = ferror(stdout);

	errno = 0;
	if (fflush(stdout) != 0)
		failed = true;
	if (!failed)
		return status;
	clearerr(stdout);
	message("standard output: %s", errno ? strerror(errno) : "write error");
	return status_merge(status, STATUS_FAILED);
}

int main(int argc, const char *argv[])
{
	static const char *no_words[] = { "shmtool", NULL };
	enum exit_status status;

	fill_standard_descriptors();
	/* The widths of characters, the words of errors and answers; numbers and times
	 * look the same everywhere, and what is not loaded costs nothing. */
	setlocale(LC_CTYPE, "");
	setlocale(LC_MESSAGES, "");
	if (argc > 0)
		status = command_run(&program, argc, argv);
	else
		status = command_run(&program, 1, no_words);
	return (int)finish_stdout(status);
}
