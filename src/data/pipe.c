#include "data/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/param.h>
#include <sys/uio.h>
#include <unistd.h>

#include "data/copy.h"

/* The default size of a pipe. */
#define PIPE_DEFAULT ((uint64_t)64 << 10)

/* More than this does not fit a processor's cache together with its copy. */
#define TUBE_SIZE (256 << 10)

void pipe_enlarge(int fd, uint64_t length)
{
	int held = fcntl(fd, F_GETPIPE_SZ);

	for (uint64_t size = COPY_PIECE;
		held > 0 && (uint64_t)held < MIN(size, length) && size > PIPE_DEFAULT;
		size /= 2) {
		if (fcntl(fd, F_SETPIPE_SZ, (int)size) >= 0)
			return;
	}
}

bool pipe_unable(int error)
{
	return error == -EINVAL || error == -ENOSYS || error == -EPERM;
}

int64_t pipe_splice(
	int in, off_t *offset, int out, uint64_t length, struct progress *progress)
{
	ssize_t n;
	int r = 0;

	do
		n = splice(in, offset, out, NULL, (size_t)MIN(length, COPY_PIECE), 0);
	while (n < 0 && (r = copy_retry(out, POLLOUT, progress)) == 0);
	return n < 0 ? r : n;
}

int64_t pipe_share(int fd, const char *buffer, uint64_t length, struct progress *progress)
{
	/* The kernel only reads it; an iovec has no const. */
	struct iovec from = { (void *)(uintptr_t)buffer,
		(size_t)MIN(length, COPY_PIECE) };
	ssize_t n;
	int r = 0;

	do
		n = vmsplice(fd, &from, 1, 0);
	while (n < 0 && (r = copy_retry(fd, POLLOUT, progress)) == 0);
	return n < 0 ? r : n;
}

int tube_open(struct tube *tube)
{
	*tube = (struct tube){ .ends = { -1, -1 } };
	if (pipe2(tube->ends, O_CLOEXEC) < 0)
		return -errno;
	fcntl(tube->ends[1], F_SETPIPE_SZ, TUBE_SIZE);
	return 0;
}

void tube_close(struct tube *tube)
{
	for (size_t i = 0; i < 2; i++) {
		if (tube->ends[i] >= 0)
			close(tube->ends[i]);
		tube->ends[i] = -1;
	}
}

int tube_drain(struct tube *tube, int out, uint64_t length, struct progress *progress)
{
	int r = 0;

	while (length > 0 && r == 0) {
		int64_t n = pipe_splice(tube->ends[0], NULL, out, length, progress);

		if (n <= 0)
			return n < 0 ? (int)n : -EIO;
		length -= (uint64_t)n;
		r = progress_add(progress, (uint64_t)n);
	}
	return r;
}
