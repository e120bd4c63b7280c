#include "data/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/param.h>
#include <unistd.h>

int copy_retry(int fd, short events, struct progress *progress)
{
	struct pollfd ready = { .fd = fd, .events = events };

	if (errno == EAGAIN && poll(&ready, 1, -1) >= 0)
		return 0;
	return errno == EINTR ? progress_check(progress) : -errno;
}

int64_t copy_once(const char *buffer, uint64_t length, int fd, struct progress *progress)
{
	ssize_t n;
	int r = 0;

	do
		n = write(fd, buffer, (size_t)MIN(length, COPY_PIECE));
	while (n < 0 && (r = copy_retry(fd, POLLOUT, progress)) == 0);
	return n < 0 ? r : n;
}

int copy_bytes(const char *buffer, uint64_t length, int fd, struct progress *progress)
{
	int r = 0;

	while (length > 0 && r == 0) {
		int64_t n = copy_once(buffer, length, fd, progress);

		if (n < 0)
			return (int)n;
		buffer += n;
		length -= (uint64_t)n;
		r = progress_add(progress, (uint64_t)n);
	}
	return r;
}

int copy_has_more(int fd, struct progress *progress)
{
	char byte;
	ssize_t n;
	int r = 0;

	do
		n = read(fd, &byte, 1);
	while (n < 0 && (r = copy_retry(fd, POLLIN, progress)) == 0);
	return n < 0 ? r : n > 0;
}

void copy_enlarge_pipe(int fd, uint64_t length)
{
	int held = fcntl(fd, F_GETPIPE_SZ);

	for (uint64_t size = COPY_PIECE; held > 0 && (uint64_t)held < MIN(size, length);
		size /= 2) {
		if (fcntl(fd, F_SETPIPE_SZ, (int)size) >= 0)
			return;
	}
}
