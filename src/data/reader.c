#include "data/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "data/copy.h"
#include "data/sink.h"

/* Pages per mincore(2) call. */
#define WINDOW ((uint64_t)16 << 10)

/* Bytes that go through a buffer at once. */
#define BUFFER ((size_t)256 << 10)

void reader_open(struct reader *reader, const struct mapping *mapping)
{
	*reader = (struct reader){ .mapping = mapping,
		.fd = mapping_open_file(mapping, MAPPING_READ),
		.copies = mapping_can_copy() };
}

void reader_close(struct reader *reader)
{
	mapping_close_file(reader->mapping, reader->fd);
	reader->fd = -1;
}

/* Do the work of reader_run_end() with the segment's file. A file of huge pages shows no
 * holes, but reading a hole allocates no pages. */
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

/* Do the work of reader_run_end() with mincore(2), for up to WINDOW pages. */
static uint64_t core_run(
	const struct reader *reader, uint64_t offset, uint64_t end, bool *hole)
{
	unsigned char resident[WINDOW];
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), start = offset / page * page;
	uint64_t length = MIN(end - start, WINDOW * page),
		 pages = (length + page - 1) / page;
	uint64_t same = 1;

	*hole = false;
	if (!mapping_has_small_pages(reader->mapping) || swap_exists() ||
		mincore(reader->mapping->address + start, length, resident) < 0)
		return end;
	/* Swap that was added meanwhile may hold pages that mincore(2) did not see. */
	if (swap_exists())
		return MIN(start + length, end);
	while (same < pages && (resident[same] & 1) == (resident[0] & 1))
		same++;
	*hole = !(resident[0] & 1);
	return MIN(start + same * page, end);
}

uint64_t reader_run_end(
	const struct reader *reader, uint64_t offset, uint64_t end, bool *hole)
{
	return reader->fd >= 0 ? file_run(reader, offset, end, hole)
			       : core_run(reader, offset, end, hole);
}

/* Do the work of reader_read() with the segment's file, which ends where the segment
 * does. */
static int read_file(
	const struct reader *reader, uint64_t offset, char *buffer, size_t length)
{
	for (size_t done = 0; done < length;) {
		ssize_t n = pread(
			reader->fd, buffer + done, length - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -EFAULT; /* no memory for the page */
		if (n == 0) {
			memset(buffer + done, 0, length - done);
			return 0;
		}
		done += (size_t)n;
	}
	return 0;
}

/* Do the work of reader_read() with the mapping. */
static int read_mapping(
	const struct reader *reader, uint64_t offset, char *buffer, size_t length)
{
	uint64_t end = offset + length;
	int r = 0;

	while (offset < end && r == 0) {
		bool hole;
		uint64_t stop = reader_run_end(reader, offset, end, &hole);

		if (hole)
			memset(buffer, 0, stop - offset);
		else
			r = mapping_read(reader->mapping, offset, buffer, stop - offset);
		buffer += stop - offset;
		offset = stop;
	}
	return r;
}

int reader_read(const struct reader *reader, uint64_t offset, void *buffer, size_t length)
{
	return reader->fd >= 0 ? read_file(reader, offset, buffer, length)
			       : read_mapping(reader, offset, buffer, length);
}

bool reader_shrank(const struct reader *reader, uint64_t end)
{
	struct stat st;

	return reader->mapping->fd >= 0 && fstat(reader->mapping->fd, &st) == 0 &&
		(uint64_t)st.st_size < end;
}

/* Copy data through a buffer. Mapping the pages would take most of the time where page
 * tables are slow, as in many virtual machines. */
static int copy_buffered(const struct reader *reader, uint64_t offset, uint64_t length,
	int fd, struct progress *progress)
{
	static char piece[BUFFER];
	int r = 0;

	while (length > 0 && r == 0) {
		size_t n = MIN(length, sizeof(piece));

		r = reader_read(reader, offset, piece, n);
		if (r == 0)
			r = copy_bytes(piece, n, fd, progress);
		offset += n;
		length -= n;
	}
	return r;
}

/* Copy data from the mapping, after mapping its pages a piece at a time. */
static int copy_mapped(const struct reader *reader, uint64_t offset, uint64_t length,
	struct sink *sink, struct progress *progress)
{
	int r = 0;

	while (length > 0 && r == 0) {
		uint64_t n = MIN(length, COPY_PIECE);

		mapping_populate(reader->mapping, offset, n);
		r = sink_put(sink, reader->mapping->address + offset, n, progress);
		offset += n;
		length -= n;
	}
	return r;
}

static int copy_run(const struct reader *reader, uint64_t offset, uint64_t length,
	struct sink *sink, struct progress *progress)
{
	if (reader->fd >= 0 && sink->shares)
		return sink_splice(sink, reader->fd, offset, length, progress);
	if (reader->fd >= 0 || (reader->copies && !sink->shares))
		return copy_buffered(reader, offset, length, sink->fd, progress);
	return copy_mapped(reader, offset, length, sink, progress);
}

static int copy_runs(const struct reader *reader, uint64_t offset, uint64_t length,
	struct sink *sink, struct progress *progress)
{
	uint64_t before = progress->done, done;
	int r = 0;

	while ((done = progress->done - before) < length && r == 0) {
		bool hole;
		uint64_t at = offset + done;
		uint64_t stop = reader_run_end(reader, at, offset + length, &hole);

		if (hole)
			r = sink_hole(sink, stop - at, progress);
		else
			r = copy_run(reader, at, stop - at, sink, progress);
	}
	return r;
}

int reader_copy(const struct reader *reader, uint64_t offset, uint64_t length, int fd,
	bool locked, struct progress *progress)
{
	struct sink sink;
	int r, end;

	if (length == 0)
		return 0;
	sink_open(&sink, fd, locked, length);
	r = copy_runs(reader, offset, length, &sink, progress);
	/* After an error too: a hole that was counted must be in the file. */
	end = sink_finish(&sink);
	return r < 0 ? r : end;
}
