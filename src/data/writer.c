#include "data/writer.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/param.h>
#include <sys/resource.h>
#include <unistd.h>

#include "data/copy.h"
#include "data/helper.h"
#include "data/pipe.h"
#include "kernel/process.h"

/* What goes through a buffer goes in pieces of this size. */
#define BUFFER ((size_t)128 << 10)

/* Whether the limit for the size of files lets all of a segment's file be written. */
static bool within_file_limit(const struct mapping *mapping)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
		(limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= mapping->size);
}

void writer_open(struct writer *writer, const struct mapping *mapping)
{
	*writer = (struct writer){ .mapping = mapping, .fd = -1 };
	process_give_way();
	reader_open(&writer->reader, mapping);
	/* That of huge pages takes no write(2). */
	if (mapping_small_pages(mapping) && within_file_limit(mapping))
		writer->fd = mapping_open_file(mapping, true);
}

void writer_close(struct writer *writer)
{
	reader_close(&writer->reader);
	if (writer->fd >= 0)
		close(writer->fd);
	writer->fd = -1;
}

/* Errors of the segment's file that say that there is no memory. */
static int memory_error(int64_t error)
{
	return error == -ENOSPC || error == -ENOMEM || error == -EIO ? -EFAULT
								     : (int)error;
}

/* Splices a file into the segment's, through a pipe of our own. *ENDED: the file has no
 * more. */
static int splice_file(struct writer *writer, uint64_t offset, uint64_t length, int fd,
	bool *ended, struct progress *progress)
{
	off_t at = (off_t)offset;
	struct tube tube;
	int r = tube_open(&tube) < 0 ? -ENOSYS : 0;

	while (r == 0 && (uint64_t)at < offset + length) {
		int64_t n = tube_fill(
			&tube, fd, NULL, offset + length - (uint64_t)at, progress);

		*ended = n == 0;
		if (n <= 0)
			r = (int)n;
		else
			r = memory_error(tube_drain(&tube, writer->fd, &at, progress));
		if (n == 0)
			break;
	}
	/* What did not arrive was not read either. */
	if (tube.held > 0)
		lseek(fd, -(off_t)tube.held, SEEK_CUR);
	tube_close(&tube);
	return r;
}

/* Bytes from which on a second thread is worth its start. */
#define MANY ((uint64_t)1 << 20)

/* Moves a piece that was read, of LENGTH bytes in BYTES. HELPER: BYTES is its room; or
 * NULL. */
static int put_piece(const struct writer *writer, struct helper *helper, uint64_t offset,
	const char *bytes, size_t length, struct progress *progress)
{
	int r = helper ? helper_take(helper, length, offset) : 0;

	if (r == 0)
		return writer_put(writer, offset, bytes, length, progress);
	return r > 0 ? progress_add(progress, length) : r;
}

/* Reads into a buffer, from which the kernel copies into the segment's file, or into the
 * mapping. Bytes go twice, but from a buffer that the processor's cache holds. That is
 * quicker than to splice(2) a pipe, whose pages another processor has to free and get
 * anew. And no page of the segment has to be mapped where this process can use it: where
 * page tables are slow, as in many virtual machines, that takes several times as long.
 * Into the mapping, where it still takes twice as long as into the file, two threads
 * write. */
static int read_buffered(struct writer *writer, uint64_t offset, uint64_t length,
	const struct source *source, bool *ended, struct progress *progress)
{
	uint64_t before = progress->done, taken = 0, put, failed;
	struct helper *helper = NULL;
	bool asked = writer->fd >= 0; /* whether there is to be a helper */
	char piece[HELPER_PIECE], *bytes = piece;
	int r = 0, late;

	while (taken < length && r == 0) {
		ssize_t n;

		if (helper)
			bytes = helper_room(helper);
		n = read(source->fd, bytes, (size_t)MIN(length - taken, HELPER_PIECE));
		*ended = n == 0;
		if (n == 0)
			break;
		if (n < 0) {
			r = copy_retry(source->fd, POLLIN, progress);
			continue;
		}
		r = put_piece(writer, helper, offset + taken, bytes, (size_t)n, progress);
		taken += (uint64_t)n;
		if (!asked && taken >= MANY && length - taken >= MANY &&
			(size_t)n >= HELPER_LEAST) {
			helper = helper_begin(writer->mapping);
			asked = true;
		}
	}
	if (helper && (late = helper_end(helper, offset, offset + taken, &failed)) < 0) {
		progress->done = before + (failed - offset);
		r = late;
	}
	/* What did not arrive was not read either. */
	put = progress->done - before;
	if (put < taken && source->known)
		lseek(source->fd, (off_t)(put - taken), SEEK_CUR);
	return r;
}

/* How many of LENGTH bytes will surely come with the next read. */
static uint64_t ready_bytes(const struct source *source, uint64_t length)
{
	int ready = 0;

	if (source->known)
		return length;
	if (!source->pipe || ioctl(source->fd, FIONREAD, &ready) < 0 || ready < 0)
		return 0;
	return MIN(length, (uint64_t)ready);
}

/* Reads into the mapping: for huge pages, of which there are few, and where the other way
 * is refused. */
static int read_mapped(struct writer *writer, uint64_t offset, uint64_t length,
	const struct source *source, bool *ended, struct progress *progress)
{
	int r = 0;

	while (length > 0 && r == 0) {
		uint64_t most = MIN(length, COPY_PIECE),
			 ready = ready_bytes(source, most);
		ssize_t n;

		if (ready > 0)
			mapping_populate(writer->mapping, offset, ready, true);
		n = read(source->fd, writer->mapping->address + offset, (size_t)most);
		*ended = n == 0;
		if (n == 0)
			return 0;
		if (n < 0) {
			r = copy_retry(source->fd, POLLIN, progress);
			continue;
		}
		offset += (uint64_t)n;
		length -= (uint64_t)n;
		r = progress_add(progress, (uint64_t)n);
	}
	return r;
}

/* Writes data, in which there are no holes, by the fastest way that is open. */
static int copy_data(struct writer *writer, uint64_t offset, uint64_t length,
	const struct source *source, bool *ended, struct progress *progress)
{
	uint64_t before = progress->done, done;
	int r = -ENOSYS;

	if (writer->fd >= 0 && source->known)
		r = splice_file(writer, offset, length, source->fd, ended, progress);
	if (!pipe_unable(r))
		return r;
	done = progress->done - before;
	if (writer->fd >= 0 ||
		(writer->reader.peeks && mapping_small_pages(writer->mapping)))
		return read_buffered(
			writer, offset + done, length - done, source, ended, progress);
	return read_mapped(writer, offset + done, length - done, source, ended, progress);
}

/* How many bytes of a hole are at the position of FD, at most MOST; 0 at data; or
 * -errno: what was not looked for from here must not be taken for a hole. */
static int64_t hole_length(int fd, uint64_t most)
{
	off_t here = lseek(fd, 0, SEEK_CUR), data;

	if (here < 0)
		return -errno;
	data = lseek(fd, here, SEEK_DATA);
	/* Where no data follows, the rest is a hole. */
	if (data < 0 && errno == ENXIO)
		data = lseek(fd, 0, SEEK_END);
	if (lseek(fd, here, SEEK_SET) < 0)
		return -errno;
	return data > here ? (int64_t)MIN(most, (uint64_t)(data - here)) : 0;
}

/* How many bytes of data are at the position of FD, at most MOST; 0 at its end; or
 * -errno. */
static int64_t data_length(int fd, uint64_t most)
{
	off_t here = lseek(fd, 0, SEEK_CUR), hole;

	if (here < 0)
		return -errno;
	hole = lseek(fd, here, SEEK_HOLE);
	/* What tells no holes has one at its end all the same. */
	if (hole < 0 && errno != ENXIO)
		hole = lseek(fd, 0, SEEK_END);
	if (lseek(fd, here, SEEK_SET) < 0)
		return -errno;
	return hole > here ? (int64_t)MIN(most, (uint64_t)(hole - here)) : 0;
}

/* Writes what is at the position of a file: a hole, or data up to the next one. */
static int copy_run(struct writer *writer, uint64_t offset, uint64_t length,
	const struct source *source, bool zeroed, bool *ended, struct progress *progress)
{
	int64_t n = hole_length(source->fd, length);

	if (n > 0) {
		if (lseek(source->fd, n, SEEK_CUR) < 0)
			return -errno;
		return zeroed ? progress_add(progress, (uint64_t)n)
			      : writer_zeros(writer, offset, (uint64_t)n, progress);
	}
	if (n == 0)
		n = data_length(source->fd, length);
	*ended = n == 0;
	return n > 0 ? copy_data(writer, offset, (uint64_t)n, source, ended, progress)
		     : (int)n;
}

int writer_copy(struct writer *writer, uint64_t offset, uint64_t length,
	const struct source *source, bool zeroed, struct progress *progress)
{
	uint64_t before = progress->done, done;
	bool ended = false;
	int r = 0;

	if (source->pipe)
		pipe_enlarge(source->fd, length);
	while ((done = progress->done - before) < length && r == 0 && !ended) {
		uint64_t at = offset + done, left = length - done;

		r = source->known
			? copy_run(writer, at, left, source, zeroed, &ended, progress)
			: copy_data(writer, at, left, source, &ended, progress);
	}
	if (r == 0 && source->known && done < MIN(length, source->length))
		return -ENODATA;
	return r;
}

/* Has the kernel copy bytes: how many, or a negative errno. */
static int64_t put_some(
	const struct writer *writer, uint64_t offset, const void *bytes, size_t length)
{
	ssize_t n;

	if (writer->fd < 0)
		return mapping_poke(writer->mapping, offset, bytes, length);
	n = pwrite(writer->fd, bytes, length, (off_t)offset);
	return n > 0 ? n : memory_error(n < 0 ? -errno : -ENOSPC);
}

int writer_put(const struct writer *writer, uint64_t offset, const void *bytes,
	size_t length, struct progress *progress)
{
	int r = 0;

	while (length > 0 && r == 0) {
		int64_t n = put_some(writer, offset, bytes, length);

		if (n < 0 && n != -EINTR)
			return (int)n;
		n = MAX(n, 0);
		bytes = (const char *)bytes + n;
		offset += (uint64_t)n;
		length -= (size_t)n;
		r = progress_add(progress, (uint64_t)n);
	}
	return r;
}

int writer_fill(const struct writer *writer, uint64_t offset, uint64_t length,
	unsigned char byte, struct progress *progress)
{
	unsigned char piece[BUFFER];
	int r = 0;

	memset(piece, byte, sizeof(piece));
	while (length > 0 && r == 0) {
		size_t n = (size_t)MIN(length, sizeof(piece));

		r = writer_put(writer, offset, piece, n, progress);
		offset += n;
		length -= n;
	}
	return r;
}

static bool all_zero(const char *bytes, size_t length)
{
	return length == 0 ||
		(bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0);
}

/* Zeros a range by looking first: a page that was never touched is zero, and stays so. */
static int clear(const struct writer *writer, uint64_t offset, uint64_t length,
	struct progress *progress)
{
	char piece[BUFFER];
	int r = 0;

	while (length > 0 && r == 0) {
		size_t n = (size_t)MIN(length, sizeof(piece));

		r = reader_read(&writer->reader, offset, piece, n);
		if (r == 0 && all_zero(piece, n)) {
			r = progress_add(progress, n);
		} else if (r == 0) {
			memset(piece, 0, n);
			r = writer_put(writer, offset, piece, n, progress);
		}
		offset += n;
		length -= n;
	}
	return r;
}

int writer_zeros(const struct writer *writer, uint64_t offset, uint64_t length,
	struct progress *progress)
{
	uint64_t start, end;
	int r;

	/* Of huge pages, older kernels punch whole ones only, and say nothing of the rest
	 * (Linux before 6.0, hugetlbfs_punch_hole). */
	if (!mapping_small_pages(writer->mapping) ||
		mapping_punch(writer->mapping, offset, length, &start, &end) < 0 ||
		start == end)
		return clear(writer, offset, length, progress);
	r = clear(writer, offset, start - offset, progress);
	if (r == 0)
		r = progress_add(progress, end - start);
	if (r == 0)
		r = clear(writer, end, offset + length - end, progress);
	return r;
}
