#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/segment.h"
#include "show/message.h"

/* Waits for the end of the process that made the segment, or of its work. */
static _Noreturn void stand_by(const struct guard *guard, int fd, int id)
{
	sigset_t all;
	ssize_t n;
	char none;

	/* What ends that process, such as a signal from the terminal, must not end this.
	 */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	do
		n = read(fd, &none, sizeof(none));
	while (n < 0 && errno == EINTR);
	if (n == 0 && !*guard->safe && segment_remove(id) == 0)
		message("killed, as where memory runs out; the segment was removed");
	_exit(EXIT_SUCCESS);
}

void guard_post(struct guard *guard, int id)
{
	/* Setting what is shared cannot fail, as sending word could. */
	void *shared = mmap(NULL, sizeof(*guard->safe), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int ends[2];

	*guard = (struct guard){ 0 };
	if (shared == MAP_FAILED || pipe2(ends, O_CLOEXEC) < 0)
		return;
	guard->safe = shared;
	*guard->safe = 0; /* it has its memory from here on */
	guard->fd = ends[1];
	if (fork() == 0) {
		close(ends[1]);
		stand_by(guard, ends[0], id);
	}
	close(ends[0]);
}

void guard_dismiss(struct guard *guard)
{
	if (!guard->safe)
		return;
	*guard->safe = 1;
	close(guard->fd); /* or else it closes with this process */
	guard->safe = NULL;
}
