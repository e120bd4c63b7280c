/*
 * Entry point: check the standard descriptors, set the locale, run the command, flush.
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "show/message.h"

/* Open /dev/null for each standard descriptor that is closed, so that no file takes its
 * place and is read or written by mistake. Reading standard input and writing the outputs
 * fail as before. */
static void fill_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			/* cppcheck-suppress leakReturnValNotUsed ; it stays open */
			(void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
	}
}

/* Flush standard output: a full disk is a failure. Return the exit status. */
static enum exit_status finish_stdout(enum exit_status status)
{
	bool failed = ferror(stdout);

	errno = message_flush_error();
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

	message_set_name(program.name);
	fill_standard_descriptors();
	/* For widths of characters, messages, and yes or no. Numbers and times look the
	 * same in all locales. */
	setlocale(LC_CTYPE, "");
	setlocale(LC_MESSAGES, "");
	if (argc == 0) {
		argc = 1;
		argv = no_words;
	}
	return (int)finish_stdout(command_run(&program, argc, argv));
}
