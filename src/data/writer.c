#include "data/writer.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/param.h>
#include <sys/resource.h>
#include <unistd.h>

#include "condition.h"
#include "data/copy.h"
#include "data/writer_thread.h"
#include "kernel/process.h"

/* Bytes that go through a buffer at once. */
#define BUFFER ((size_t)128 << 10)

/* Does RLIMIT_FSIZE allow writing all of a segment's file? */
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
	/* A file of huge pages does not support write(2). */
	if (mapping_small_pages(mapping) && within_file_limit(mapping))
		writer->fd = mapping_open_file(mapping, MAPPING_WRITE);
}

void writer_close(struct writer *writer)
{
	reader_close(&writer->reader);
	if (writer->fd >= 0)
		close(writer->fd);
	writer->fd = -1;
}

/* A second thread pays from this many bytes on. */
#define THREAD_PAYS ((uint64_t)1 << 20)

/* Write LENGTH bytes that were read into BYTES, the buffer of THREAD unless that is NULL.
 */
static int put_piece(const struct writer *writer, struct writer_thread *thread,
	uint64_t offset, const char *bytes, size_t length, struct progress *progress)
{
	int r = thread ? writer_thread_write(thread, length, offset) : 0;

	if (r == 0)
		return writer_put(writer, offset, bytes, length, progress);
	return r > 0 ? progress_add(progress, length) : r;
}

/* Read into a buffer, from which the kernel copies into the segment's file, or into the
 * mapping. Bytes are copied twice, but from a buffer in the processor's cache; and no
 * page of the segment is mapped into this process, which would take several times as long
 * where page tables are slow, as in many virtual machines. Into the mapping, which takes
 * twice as long as into the file, two threads write. Return 1 at the end of the source.
 */
static int read_buffered(struct writer *writer, uint64_t offset, uint64_t length,
	const struct source *source, struct progress *progress)
{
	uint64_t before = progress->done, taken = 0, put, failed;
	struct writer_thread *thread = NULL;
	bool decided = writer->fd >= 0; /* whether to start a thread */
	char piece[WRITER_THREAD_MAX], *bytes = piece;
	int r = 0, late;

	while (taken < length && r == 0) {
		ssize_t n;

		if (thread)
			bytes = writer_thread_buffer(thread);
		n = read(source->fd, bytes, (size_t)MIN(length - taken, sizeof(piece)));
		if (n <= 0) {
			r = n == 0 ? 1 : copy_retry(source->fd, POLLIN, progress);
			continue;
		}
		r = put_piece(writer, thread, offset + taken, bytes, (size_t)n, progress);
		taken += (uint64_t)n;
		if (!decided && taken >= THREAD_PAYS && length - taken >= THREAD_PAYS &&
			(size_t)n >= WRITER_THREAD_MIN) {
			thread = writer_thread_start(writer->mapping);
			decided = true;
		}
	}
	if (thread &&
		(late = writer_thread_end(thread, offset, offset + taken, &failed)) < 0) {
		progress->done = before + (failed - offset);
		r = late;
	}
	/* Leave in the file what did not arrive in the segment. */
	put = progress->done - before;
	if (put < taken && source->known)
		lseek(source->fd, (off_t)(put - taken), SEEK_CUR);
	return r;
}

/* Return how many of LENGTH bytes the next read will surely deliver. */
static uint64_t ready_bytes(const struct source *source, uint64_t length)
{
	int ready = 0;

	if (source->known)
		return length;
	if (!source->pipe || ioctl(source->fd, FIONREAD, &ready) < 0 || ready < 0)
		return 0;
	return MIN(length, (uint64_t)ready);
}

/* Read into the mapping. Used for huge pages, which are few, and if process_vm_writev(2)
 * is forbidden. Return 1 at the end of the source. */
static int read_mapped(struct writer *writer, uint64_t offset, uint64_t length,
	const struct source *source, struct progress *progress)
{
	int r = 0;

	while (length > 0 && r == 0) {
		uint64_t max = MIN(length, COPY_PIECE), ready = ready_bytes(source, max);
		ssize_t n;

		if (ready > 0)
			mapping_populate(writer->mapping, offset, ready, MAPPING_WRITE);
		n = read(source->fd, writer->mapping->address + offset, (size_t)max);
		if (n <= 0) {
			r = n == 0 ? 1 : copy_retry(source->fd, POLLIN, progress);
			continue;
		}
		offset += (uint64_t)n;
		length -= (uint64_t)n;
		r = progress_add(progress, (uint64_t)n);
	}
	return r;
}

/* Write data of the source. Return 1 at its end. */
static int copy_data(struct writer *writer, uint64_t offset, uint64_t length,
	const struct source *source, struct progress *progress)
{
	if (writer->fd >= 0 ||
		(writer->reader.copies && mapping_small_pages(writer->mapping)))
		return read_buffered(writer, offset, length, source, progress);
	return read_mapped(writer, offset, length, source, progress);
}

/* Return the number of bytes, at most MAX, from the position of the file FD to the next
 * hole or data (WHENCE: SEEK_HOLE or SEEK_DATA), or a negative errno. */
static int64_t run_length(int fd, int whence, uint64_t max)
{
	off_t here = lseek(fd, 0, SEEK_CUR), next;

	if (here < 0)
		return -errno;
	next = lseek(fd, here, whence);
	/* ENXIO: no data follows, or HERE is the end. Other errors: a file system that
	 * tells no holes. */
	if (next < 0 && (errno == ENXIO) == (whence == SEEK_DATA))
		next = lseek(fd, 0, SEEK_END);
	if (lseek(fd, here, SEEK_SET) < 0)
		return -errno;
	return next > here ? (int64_t)MIN(max, (uint64_t)(next - here)) : 0;
}

/* Write the hole at the position of a file, or the data up to the next hole. Return 1 at
 * the end of the file. */
static int copy_run(struct writer *writer, uint64_t offset, uint64_t length,
	const struct source *source, struct progress *progress)
{
	int64_t n = run_length(source->fd, SEEK_DATA, length);

	if (n > 0) {
		if (lseek(source->fd, n, SEEK_CUR) < 0)
			return -errno;
		return writer->zeroed
			? progress_add(progress, (uint64_t)n)
			: writer_zeros(writer, offset, (uint64_t)n, progress);
	}
	if (n == 0)
		n = run_length(source->fd, SEEK_HOLE, length);
	if (n <= 0)
		return n < 0 ? (int)n : 1;
	return copy_data(writer, offset, (uint64_t)n, source, progress);
}

int writer_copy(struct writer *writer, uint64_t offset, uint64_t length,
	const struct source *source, struct progress *progress)
{
	uint64_t before = progress->done, done;
	int r = 0;

	if (source->pipe)
		copy_enlarge_pipe(source->fd, length);
	while ((done = progress->done - before) < length && r == 0)
		r = (source->known ? copy_run : copy_data)(
			writer, offset + done, length - done, source, progress);
	if (r < 0)
		return r;
	return source->known && done < MIN(length, source->length)
		? -CONDITION_FILE_SHRANK
		: 0;
}

/* The segment's file reports a lack of memory by these errors. */
static int memory_error(int error)
{
	return error == -ENOSPC || error == -ENOMEM || error == -EIO ? -EFAULT : error;
}

/* Write up to LENGTH bytes. Return how many, or a negative errno. */
static int64_t put_some(
	const struct writer *writer, uint64_t offset, const void *bytes, size_t length)
{
	ssize_t n;

	if (writer->fd < 0)
		return mapping_write(writer->mapping, offset, bytes, length);
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

/* Write zeros over what is not zero. A page that was never touched stays so. */
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

	/* Linux before 6.0 punches only whole huge pages, and does not tell
	 * (hugetlbfs_punch_hole). */
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
