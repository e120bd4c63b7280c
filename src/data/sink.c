#include "data/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "data/copy.h"

void sink_open(struct sink *sink, int fd, bool locked, uint64_t length)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	*sink = (struct sink){ .fd = fd };
	if (fstat(fd, &st) < 0 || flags < 0)
		return;
	if (S_ISFIFO(st.st_mode))
		copy_enlarge_pipe(fd, length);
	sink->seeks = S_ISREG(st.st_mode) && !(flags & O_APPEND);
	sink->shares = S_ISFIFO(st.st_mode) && !locked;
}

int sink_finish(const struct sink *sink)
{
	struct stat st;
	off_t end;

	if (!sink->seeks)
		return 0;
	end = lseek(sink->fd, 0, SEEK_CUR);
	if (end < 0 || fstat(sink->fd, &st) < 0)
		return -errno;
	if (st.st_size >= end || fallocate(sink->fd, 0, end - 1, 1) == 0)
		return 0;
	/* A file system without fallocate(2). */
	return pwrite(sink->fd, "", 1, end - 1) < 0 ? -errno : 0;
}

/* Put up to LENGTH bytes of memory into a pipe. Return how many, or a negative errno. */
static int64_t share(const struct sink *sink, const char *buffer, uint64_t length,
	struct progress *progress)
{
	/* The kernel only reads BUFFER; an iovec has no const. */
	struct iovec from = { (void *)(uintptr_t)buffer,
		(size_t)MIN(length, COPY_PIECE) };
	ssize_t n;
	int r = 0;

	do
		n = vmsplice(sink->fd, &from, 1, 0);
	while (n < 0 && (r = copy_retry(sink->fd, POLLOUT, progress)) == 0);
	return n < 0 ? r : n;
}

int sink_put(
	struct sink *sink, const char *buffer, uint64_t length, struct progress *progress)
{
	int r = 0;

	while (length > 0 && r == 0 && sink->shares) {
		int64_t n = share(sink, buffer, length, progress);

		if (n == -EINTR)
			return -EINTR;
		sink->shares = n >= 0; /* after an error, write(2) may tell why */
		n = MAX(n, 0);
		buffer += n;
		length -= (uint64_t)n;
		r = progress_add(progress, (uint64_t)n);
	}
	return r < 0 ? r : copy_bytes(buffer, length, sink->fd, progress);
}

/* Splice up to LENGTH bytes of the file IN at *OFFSET, which is advanced. Return how
 * many, or a negative errno. */
static int64_t splice_some(const struct sink *sink, int in, off_t *offset,
	uint64_t length, struct progress *progress)
{
	size_t max = (size_t)MIN(length, COPY_PIECE);
	ssize_t n;
	int r = 0;

	do
		n = splice(in, offset, sink->fd, NULL, max, 0);
	while (n < 0 && (r = copy_retry(sink->fd, POLLOUT, progress)) == 0);
	return n < 0 ? r : n;
}

int sink_splice(struct sink *sink, int in, uint64_t offset, uint64_t length,
	struct progress *progress)
{
	off_t at = (off_t)offset, end = at + (off_t)length;
	int r = 0;

	while (at < end && r == 0 && sink->shares) {
		int64_t n = splice_some(sink, in, &at, (uint64_t)(end - at), progress);

		sink->shares = n > 0;
		if (n > 0 || n == -EINTR)
			r = n < 0 ? (int)n : progress_add(progress, (uint64_t)n);
	}
	return r;
}

static int put_zeros(struct sink *sink, uint64_t length, struct progress *progress)
{
	/* Never written: all its pages are the kernel's zero page. */
	static char zeros[COPY_PIECE];
	int r = 0;

	while (length > 0 && r == 0) {
		uint64_t n = MIN(length, COPY_PIECE);

		r = sink_put(sink, zeros, n, progress);
		length -= n;
	}
	return r;
}

int sink_hole(struct sink *sink, uint64_t length, struct progress *progress)
{
	off_t here = lseek(sink->fd, 0, SEEK_CUR);
	uint64_t existing = 0; /* bytes of the file where the hole goes */
	struct stat st;
	int r = 0;

	if (!sink->seeks || here < 0 || fstat(sink->fd, &st) < 0)
		return put_zeros(sink, length, progress);
	if (st.st_size > here)
		existing = MIN(length, (uint64_t)(st.st_size - here));
	if (existing > 0 &&
		fallocate(sink->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, here,
			(off_t)existing) < 0) {
		r = put_zeros(sink, existing, progress);
		length -= existing;
	}
	if (r < 0)
		return r;
	/* EINVAL: beyond the largest file of the file system. */
	if (lseek(sink->fd, (off_t)length, SEEK_CUR) < 0)
		return errno == EINVAL ? -EFBIG : -errno;
	return progress_add(progress, length);
}
