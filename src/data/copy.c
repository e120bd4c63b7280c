#include "data/copy.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

/* Large enough that the calls do not count, small enough to be interrupted soon. */
#define PIECE ((uint64_t)4 << 20)

/* What to do after a call on FD failed: 0 to try again, or its negative errno. */
static int retry(int fd, short events)
{
	struct pollfd ready = { .fd = fd, .events = events };

	if (errno == EINTR)
		return 0;
	if (errno != EAGAIN)
		return -errno;
	/* Somebody made the descriptor non-blocking. */
	return poll(&ready, 1, -1) < 0 && errno != EINTR ? -errno : 0;
}

int copy_bytes(const char *buffer, uint64_t length, int fd, uint64_t *done)
{
	*done = 0;
	while (*done < length) {
		ssize_t n = write(fd, buffer + *done, (size_t)MIN(length - *done, PIECE));
		int r = n < 0 ? retry(fd, POLLOUT) : 0;

		if (r < 0)
			return r;
		*done += n > 0 ? (uint64_t)n : 0;
	}
	return 0;
}

int copy_in(const struct mapping *mapping, uint64_t offset, uint64_t length, int fd,
	uint64_t *done)
{
	*done = 0;
	while (*done < length) {
		ssize_t n = read(fd, mapping->address + offset + *done,
			(size_t)MIN(length - *done, PIECE));
		int r = n < 0 ? retry(fd, POLLIN) : 0;

		if (r < 0)
			return r;
		if (n == 0)
			return 0;
		*done += n > 0 ? (uint64_t)n : 0;
	}
	return 0;
}

/* Steps FD over a hole at its position: how many bytes that were, at most MOST. 0 at
 * data; -ENXIO where no data follows. */
static int64_t skip_hole(int fd, uint64_t most)
{
	off_t here = lseek(fd, 0, SEEK_CUR), data;

	if (here < 0)
		return 0;
	data = lseek(fd, here, SEEK_DATA);
	if (data < 0)
		return errno == ENXIO ? -ENXIO : 0;
	if ((uint64_t)(data - here) > most)
		data = lseek(fd, here + (off_t)most, SEEK_SET);
	return data < 0 ? 0 : data - here;
}

/* How many bytes of data follow in FD before its next hole. */
static uint64_t data_length(int fd, uint64_t most)
{
	off_t here = lseek(fd, 0, SEEK_CUR), hole;

	if (here < 0)
		return most;
	hole = lseek(fd, here, SEEK_HOLE);
	if (lseek(fd, here, SEEK_SET) < 0 || hole <= here)
		return most; /* what tells no holes tells nothing of data */
	return MIN(most, (uint64_t)(hole - here));
}

int copy_in_sparse(const struct mapping *mapping, uint64_t offset, uint64_t length,
	int fd, uint64_t *done)
{
	*done = 0;
	while (*done < length) {
		int64_t skipped = skip_hole(fd, length - *done);
		uint64_t moved, most;
		int r;

		if (skipped == -ENXIO) {
			off_t here = lseek(fd, 0, SEEK_CUR), end = lseek(fd, 0, SEEK_END);

			/* The rest is a hole, which a segment that is larger ends in too.
			 */
			if (end > here)
				*done += MIN(length - *done, (uint64_t)(end - here));
			return 0;
		}
		*done += (uint64_t)skipped;
		most = data_length(fd, length - *done);
		r = copy_in(mapping, offset + *done, most, fd, &moved);
		*done += moved;
		if (r < 0 || moved == 0)
			return r;
	}
	return 0;
}

int copy_more(int fd)
{
	char byte;
	ssize_t n;

	while ((n = read(fd, &byte, 1)) < 0) {
		int r = retry(fd, POLLIN);

		if (r < 0)
			return r;
	}
	return n > 0;
}

int copy_fill(const struct mapping *mapping, uint64_t offset, uint64_t length,
	unsigned char byte, uint64_t *done)
{
	unsigned char piece[64 << 10];

	memset(piece, byte, sizeof(piece));
	*done = 0;
	while (*done < length) {
		size_t n = (size_t)MIN(length - *done, sizeof(piece));
		int r = mapping_poke(mapping, offset + *done, piece, n);

		if (r < 0)
			return r;
		*done += n;
	}
	return 0;
}

int copy_zeros(
	const struct mapping *mapping, uint64_t offset, uint64_t length, uint64_t *done)
{
	uint64_t start, end, moved;
	int r;

	/* Of huge pages, older kernels punch whole ones only, and say nothing of the rest
	 * (Linux before 6.0, hugetlbfs_punch_hole). */
	if (!mapping_small_pages(mapping) ||
		mapping_punch(mapping, offset, length, &start, &end) < 0 || start == end)
		return copy_fill(mapping, offset, length, 0, done);
	r = copy_fill(mapping, offset, start - offset, 0, done);
	if (r < 0)
		return r;
	*done = end - offset;
	r = copy_fill(mapping, end, offset + length - end, 0, &moved);
	*done += moved;
	return r;
}
