#include "guard.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/sysv.h"
#include "show/message.h"

static struct {
	pid_t pid;
	int fd; /* the socket to the guard; -1: no guard */
	bool created;
	struct segment segment; /* if created */
} guard = { .fd = -1 };

/* Messages to the guard: a struct guard_request or an order. The end of the file tells it
 * that this process was killed. */
struct answer {
	int error;
	struct segment segment; /* its name is not valid in this process */
};

enum order { ORDER_KEEP, ORDER_REMOVE };

/* Exit status of the guard. */
enum { GUARD_KEPT, GUARD_REMOVED };

static ssize_t receive(int fd, void *buffer, size_t length)
{
	ssize_t n;

	do
		n = read(fd, buffer, length);
	while (n < 0 && errno == EINTR);
	return n;
}

static int create(const struct guard_request *request, struct segment *segment)
{
	if (*request->name)
		return posix_create(request->name, request->mode, segment);
	*segment = (struct segment){ .type = SEGMENT_SYSV };
	return sysv_create(request->key, request->size,
		(int)request->mode | request->flags, &segment->id);
}

/* Be the guard: serve the other end of FD. All signals are blocked. */
static _Noreturn void stand_guard(int fd)
{
	union {
		struct guard_request request;
		enum order order;
	} message_in;
	struct answer answer = { .error = -ENOENT };
	char name[POSIX_NAME_MAX + 1];
	ssize_t n;

	/* "kill -9 -PGID" must not reach the guard, and "id=$(shmtool create)" must not
	 * wait for it. */
	setsid();
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	while ((n = receive(fd, &message_in, sizeof(message_in))) ==
		sizeof(message_in.request)) {
		answer.error = create(&message_in.request, &answer.segment);
		send(fd, &answer, sizeof(answer), MSG_NOSIGNAL);
		if (answer.error == 0)
			snprintf(name, sizeof(name), "%s", message_in.request.name);
	}
	/* An order overwrites the request. */
	answer.segment.name = name;
	if (n > 0 && message_in.order == ORDER_KEEP)
		_exit(GUARD_KEPT);
	if (answer.error == 0 && segment_remove(&answer.segment) == 0 && n <= 0)
		message("killed (out of memory?); segment removed");
	_exit(GUARD_REMOVED);
}

/* Without an order, the guard would report that this process was killed. */
static void remove_and_die(int number)
{
	const enum order order = ORDER_REMOVE;

	send(guard.fd, &order, sizeof(order), MSG_NOSIGNAL);
	raise(number);
}

static void catch_signals(void)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM };
	const struct sigaction action = { .sa_handler = remove_and_die,
		.sa_flags = SA_RESETHAND | SA_NODEFER };

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		struct sigaction before;

		/* A signal that the caller ignores stays ignored. */
		if (sigaction(signals[i], NULL, &before) == 0 &&
			before.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
}

enum exit_status guard_start(void)
{
	sigset_t all, before;
	int ends[2], error = 0;

	/* If the caller ignored SIGCHLD, nobody could know how the guard ended. */
	signal(SIGCHLD, SIG_DFL);
	if (guard.fd >= 0)
		return STATUS_DONE;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
		error = errno;
	} else {
		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, &before);
		guard.pid = fork();
		if (guard.pid == 0) {
			close(ends[1]);
			stand_guard(ends[0]);
		}
		error = guard.pid < 0 ? errno : 0;
		guard.fd = error ? -1 : ends[1];
		if (!error)
			catch_signals();
		sigprocmask(SIG_SETMASK, &before, NULL);
		close(ends[0]);
		if (error)
			close(ends[1]);
	}
	if (error) {
		message("cannot start the process that removes an unfinished segment: %s",
			strerror(error));
		return STATUS_FAILED;
	}
	atexit(guard_remove);
	return STATUS_DONE;
}

int guard_create(const struct guard_request *request, struct segment *segment)
{
	struct answer answer = { .error = -EIO }; /* the guard was killed */

	if (send(guard.fd, request, sizeof(*request), MSG_NOSIGNAL) < 0 ||
		receive(guard.fd, &answer, sizeof(answer)) < 0)
		return -errno;
	if (answer.error < 0)
		return answer.error;
	*segment = answer.segment;
	segment->name = request->name;
	guard.segment = *segment;
	guard.created = true;
	return 0;
}

/* Send ORDER, and wait until the guard has ended. Return its wait status. */
static int end_guard(enum order order)
{
	int status = 0;

	/* If this fails, the guard sees the end of the file. */
	send(guard.fd, &order, sizeof(order), MSG_NOSIGNAL);
	close(guard.fd);
	guard.fd = -1;
	while (waitpid(guard.pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

bool guard_keep(void)
{
	int status = end_guard(ORDER_KEEP);

	return !WIFEXITED(status) || WEXITSTATUS(status) == GUARD_KEPT;
}

void guard_remove(void)
{
	/* If the guard was killed, the segment still exists. */
	if (guard.fd >= 0 && !WIFEXITED(end_guard(ORDER_REMOVE)) && guard.created)
		segment_remove(&guard.segment);
}
