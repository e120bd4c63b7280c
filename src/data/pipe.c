#include "data/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/param.h>
#include <sys/uio.h>
#include <unistd.h>

#include "data/copy.h"

/* What a pipe holds by default, and less than which no pipe is asked to hold. */
#define PIPE_DEFAULT ((uint64_t)64 << 10)

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

/* What a tube holds, where the user is allowed that. */
#define TUBE_SIZE (256 << 10)

bool pipe_unable(int error)
{
	return error == -EINVAL || error == -ENOSYS || error == -EPERM;
}

int64_t pipe_splice(int in, int out, off_t *in_offset, off_t *out_offset, uint64_t length,
	struct progress *progress)
{
	for (;;) {
		ssize_t n = splice(in, in_offset, out, out_offset,
			(size_t)MIN(length, COPY_PIECE), 0);
		/* Of two files, it is the pipe that makes the other wait. */
		int r = n >= 0      ? 0
			: in_offset ? copy_retry(out, POLLOUT, progress)
				    : copy_retry(in, POLLIN, progress);

		if (n >= 0)
			return n;
		if (r < 0)
			return r;
	}
}

int64_t pipe_share(int fd, const char *buffer, uint64_t length, struct progress *progress)
{
	/* The kernel only reads it; an iovec has no const. */
	struct iovec from = { (void *)(uintptr_t)buffer,
		(size_t)MIN(length, COPY_PIECE) };

	for (;;) {
		ssize_t n = vmsplice(fd, &from, 1, 0);
		int r = n >= 0 ? 0 : copy_retry(fd, POLLOUT, progress);

		if (n >= 0)
			return n;
		if (r < 0)
			return r;
	}
}

int tube_open(struct tube *tube)
{
	*tube = (struct tube){ .ends = { -1, -1 } };
	if (pipe2(tube->ends, O_CLOEXEC) < 0)
		return -errno;
	/* More than this no longer fits a processor's cache together with its copy. */
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

int64_t tube_fill(struct tube *tube, int in, off_t *offset, uint64_t length,
	struct progress *progress)
{
	int64_t n = pipe_splice(in, tube->ends[1], offset, NULL, length, progress);

	if (n > 0)
		tube->held += (uint64_t)n;
	return n;
}

int tube_drain(struct tube *tube, int out, off_t *offset, struct progress *progress)
{
	int r = 0;

	while (tube->held > 0 && r == 0) {
		int64_t n = pipe_splice(
			tube->ends[0], out, NULL, offset, tube->held, progress);

		if (n <= 0)
			return n < 0 ? (int)n : -EIO;
		tube->held -= (uint64_t)n;
		r = progress_add(progress, (uint64_t)n);
	}
	return r;
}
