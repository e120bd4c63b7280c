#include "data/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "cleanup.h"
#include "data/copy.h"

/* Pages that mincore(2) is asked for at once. */
#define WINDOW ((uint64_t)16 << 10)

/* What goes through a buffer, and zeros, go in pieces of this size. */
#define PIECE ((size_t)1 << 20)

void reader_open(struct reader *reader, const struct mapping *mapping)
{
	*reader = (struct reader){ .mapping = mapping, .fd = mapping_open_file(mapping) };
	reader->through_file = reader->fd >= 0 && !mapping_small_pages(mapping);
}

void reader_close(struct reader *reader)
{
	if (reader->fd >= 0)
		close(reader->fd);
	reader->fd = -1;
}

/* By the segment's file: up to where it goes on as it begins at OFFSET, data or hole. */
static uint64_t file_run(
	const struct reader *reader, uint64_t offset, uint64_t end, bool *hole)
{
	off_t data = lseek(reader->fd, (off_t)offset, SEEK_DATA), stop;

	*hole = data < 0 ? errno == ENXIO : (uint64_t)data > offset;
	if (*hole)
		return data < 0 ? end : MIN((uint64_t)data, end);
	stop = lseek(reader->fd, (off_t)offset, SEEK_HOLE);
	return stop < 0 || (uint64_t)stop <= offset ? end : MIN((uint64_t)stop, end);
}

static bool swap_exists(void)
{
	struct sysinfo info;

	return sysinfo(&info) < 0 || info.totalswap > 0;
}

/* By mincore(2): the same, in whole pages and within a window. */
static uint64_t core_run(
	const struct reader *reader, uint64_t offset, uint64_t end, bool *hole)
{
	unsigned char resident[WINDOW];
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), start = offset / page * page;
	uint64_t length = MIN(end - start, WINDOW * page),
		 pages = (length + page - 1) / page;
	uint64_t same = 1;

	*hole = false;
	if (!mapping_small_pages(reader->mapping) || swap_exists() ||
		mincore(reader->mapping->address + start, length, resident) < 0)
		return end;
	/* Asked again behind it: swap that came meanwhile may hold what is missing. */
	if (swap_exists())
		return MIN(start + length, end);
	while (same < pages && (resident[same] & 1) == (resident[0] & 1))
		same++;
	*hole = !(resident[0] & 1);
	return MIN(start + same * page, end);
}

/* Up to where the segment goes on as it begins at OFFSET: *HOLE, or data. */
static uint64_t next_run(
	const struct reader *reader, uint64_t offset, uint64_t end, bool *hole)
{
	if (reader->through_file) {
		*hole = false; /* its file tells none, and reading it makes none data */
		return end;
	}
	return reader->fd >= 0 ? file_run(reader, offset, end, hole)
			       : core_run(reader, offset, end, hole);
}

/* Bytes of the segment's file, which ends where the segment does. */
static int read_file(
	const struct reader *reader, uint64_t offset, char *buffer, size_t length)
{
	for (size_t done = 0; done < length;) {
		ssize_t n = pread(
			reader->fd, buffer + done, length - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0) {
			memset(buffer + done, 0, length - done);
			return 0;
		}
		done += (size_t)n;
	}
	return 0;
}

static int read_data(
	const struct reader *reader, uint64_t offset, char *buffer, size_t length)
{
	if (reader->through_file)
		return read_file(reader, offset, buffer, length);
	return mapping_peek(reader->mapping, offset, buffer, length);
}

int reader_read(const struct reader *reader, uint64_t offset, void *buffer, size_t length)
{
	uint64_t end = offset + length;
	char *to = buffer;
	int r = 0;

	while (offset < end && r == 0) {
		bool hole;
		uint64_t stop = next_run(reader, offset, end, &hole);

		if (hole)
			memset(to, 0, stop - offset);
		else
			r = read_data(reader, offset, to, stop - offset);
		to += stop - offset;
		offset = stop;
	}
	return r;
}

/* Whether holes may be left in FD by seeking over them: only behind its end is there
 * nothing else that would stay. */
static bool takes_holes(int fd)
{
	struct stat st;
	off_t here = lseek(fd, 0, SEEK_CUR);
	int flags = fcntl(fd, F_GETFL);

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && flags >= 0 &&
		!(flags & O_APPEND) && here >= st.st_size;
}

static int write_zeros(uint64_t length, int fd, uint64_t *done)
{
	static const char zeros[PIECE];
	int r = 0;

	*done = 0;
	while (*done < length && r == 0) {
		uint64_t moved;

		r = copy_bytes(zeros, MIN(length - *done, PIECE), fd, &moved);
		*done += moved;
	}
	return r;
}

/* Goes over a hole of LENGTH bytes in FD, by writing zeros or by seeking. */
static int write_hole(uint64_t length, int fd, bool seek, uint64_t *done)
{
	if (!seek || length > INT64_MAX)
		return write_zeros(length, fd, done);
	*done = 0;
	if (lseek(fd, (off_t)length, SEEK_CUR) < 0)
		return -errno;
	*done = length;
	return 0;
}

/* Data through a buffer, for what must not be written from the mapping. */
static int copy_buffered(const struct reader *reader, uint64_t offset, uint64_t length,
	int fd, uint64_t *done)
{
	char CLEANUP_FREE *buffer = malloc(PIECE);
	int r = buffer ? 0 : -ENOMEM;

	*done = 0;
	while (*done < length && r == 0) {
		size_t n = MIN(length - *done, PIECE);
		uint64_t moved = 0;

		r = read_data(reader, offset + *done, buffer, n);
		if (r == 0)
			r = copy_bytes(buffer, n, fd, &moved);
		*done += moved;
	}
	return r;
}

static int copy_runs(const struct reader *reader, uint64_t offset, uint64_t length,
	int fd, bool seek, uint64_t *done)
{
	int r = 0;

	while (*done < length && r == 0) {
		uint64_t at = offset + *done, moved;
		bool hole;
		uint64_t stop = next_run(reader, at, offset + length, &hole);

		if (hole)
			r = write_hole(stop - at, fd, seek, &moved);
		else if (reader->through_file)
			r = copy_buffered(reader, at, stop - at, fd, &moved);
		else
			r = copy_bytes(
				reader->mapping->address + at, stop - at, fd, &moved);
		*done += moved;
	}
	return r;
}

int reader_copy(const struct reader *reader, uint64_t offset, uint64_t length, int fd,
	uint64_t *done)
{
	bool seek = takes_holes(fd);
	struct stat st;
	off_t here;
	int r;

	*done = 0;
	r = copy_runs(reader, offset, length, fd, seek, done);
	if (r < 0 || !seek)
		return r;
	/* A hole at the end makes no file longer by itself. */
	here = lseek(fd, 0, SEEK_CUR);
	if (here < 0 || fstat(fd, &st) < 0)
		return -errno;
	return st.st_size < here && ftruncate(fd, here) < 0 ? -errno : 0;
}
