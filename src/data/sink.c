#include "data/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/copy.h"

void sink_open(struct sink *sink, int fd, bool locked, uint64_t length)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	*sink = (struct sink){ .fd = fd, .tube.ends = { -1, -1 } };
	if (fstat(fd, &st) < 0 || flags < 0)
		return;
	if (S_ISFIFO(st.st_mode)) {
		pipe_enlarge(fd, length);
		sink->shares = sink->splices = !locked;
	}
	if (!S_ISREG(st.st_mode) || flags & O_APPEND)
		return;
	sink->seeks = true;
	sink->splices = length >= COPY_PIECE && tube_open(&sink->tube) == 0;
}

void sink_close(struct sink *sink)
{
	tube_close(&sink->tube);
}

/* Make the file at least LENGTH bytes long, which is more than 0. Never truncate: other
 * programs may append meanwhile. */
static int extend(int fd, off_t length)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size >= length || fallocate(fd, 0, length - 1, 1) == 0)
		return 0;
	/* A file system without fallocate(2). */
	return pwrite(fd, "", 1, length - 1) < 0 ? -errno : 0;
}

int sink_finish(struct sink *sink)
{
	off_t here;

	if (!sink->seeks)
		return 0;
	/* Seeking over a hole at the end did not make the file longer. */
	here = lseek(sink->fd, 0, SEEK_CUR);
	if (here < 0)
		return -errno;
	return here > 0 ? extend(sink->fd, here) : 0;
}

int sink_put(
	struct sink *sink, const char *buffer, uint64_t length, struct progress *progress)
{
	while (length > 0 && sink->shares) {
		int64_t n = pipe_share(sink->fd, buffer, length, progress);
		int r = n < 0 ? (int)n : progress_add(progress, (uint64_t)n);

		sink->shares = !pipe_unable(r);
		if (r < 0 && sink->shares)
			return r;
		buffer += MAX(n, 0);
		length -= (uint64_t)MAX(n, 0);
	}
	return copy_bytes(buffer, length, sink->fd, progress);
}

/* Splice a piece into a pipe, or through the tube into a file. */
static int splice_piece(struct sink *sink, int in, off_t *offset, uint64_t length,
	struct progress *progress)
{
	bool direct = sink->tube.ends[1] < 0;
	int64_t n = pipe_splice(
		in, offset, direct ? sink->fd : sink->tube.ends[1], length, progress);

	if (n == 0)
		return -EINVAL; /* the file does not know its own length */
	/* These come from the segment's file: no memory for a page. */
	if (n == -EIO || n == -ENOMEM)
		return -EFAULT;
	if (n < 0)
		return (int)n;
	return direct ? progress_add(progress, (uint64_t)n)
		      : tube_drain(&sink->tube, sink->fd, (uint64_t)n, progress);
}

int sink_splice(struct sink *sink, int in, uint64_t offset, uint64_t length,
	struct progress *progress)
{
	uint64_t end = offset + length;
	off_t at = (off_t)offset;
	int r = 0;

	while (r == 0 && (uint64_t)at < end)
		r = splice_piece(sink, in, &at, end - (uint64_t)at, progress);
	if (!pipe_unable(r))
		return r;
	sink->splices = false;
	return 0;
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

/* Return how many of LENGTH bytes from HERE on lie before the end of the file. */
static uint64_t existing_bytes(int fd, off_t here, uint64_t length)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_size <= here)
		return 0;
	return MIN(length, (uint64_t)(st.st_size - here));
}

int sink_hole(struct sink *sink, uint64_t length, struct progress *progress)
{
	off_t here = sink->seeks ? lseek(sink->fd, 0, SEEK_CUR) : -1;
	uint64_t existing;
	int r = 0;

	if (here < 0 || length > INT64_MAX)
		return put_zeros(sink, length, progress);
	existing = existing_bytes(sink->fd, here, length);
	if (existing > 0 &&
		fallocate(sink->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, here,
			(off_t)existing) < 0) {
		r = put_zeros(sink, existing, progress);
		length -= existing;
	}
	if (r < 0)
		return r;
	if (lseek(sink->fd, (off_t)length, SEEK_CUR) < 0)
		return -errno;
	return progress_add(progress, length);
}
