#include "data/writer.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/param.h>
#include <sys/resource.h>
#include <unistd.h>

#include "condition.h"
#include "data/copy.h"
#include "data/writer_thread.h"
#include "kernel/backing.h"
#include "kernel/process.h"

/* Return whether RLIMIT_FSIZE allows writing all of a segment's file. */
static bool within_file_limit(const struct mapping *mapping)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
		(limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= mapping->size);
}

void writer_open(struct writer *writer, const struct mapping *mapping)
{
	*writer = (struct writer){ .mapping = mapping, .fd = -1 };
	process_raise_oom_score();
	reader_open(&writer->reader, mapping);
	/* Let a write to an object above RLIMIT_FSIZE fail with EFBIG. */
	if (mapping->fd >= 0)
		signal(SIGXFSZ, SIG_IGN);
	/* A file of huge pages does not support write(2). */
	if (mapping_has_small_pages(mapping) &&
		(mapping->fd >= 0 || within_file_limit(mapping)))
		writer->fd = mapping_open_file(mapping, MAPPING_WRITE);
}

void writer_close(struct writer *writer)
{
	reader_close(&writer->reader);
	mapping_close_file(writer->mapping, writer->fd);
	writer->fd = -1;
}

/* A second thread saves time from this many bytes on. */
#define THREAD_PAYS ((uint64_t)1 << 20)

/* Write LENGTH bytes that were read into BYTES, the buffer of THREAD unless that is NULL.
 */
static int put_piece(const struct writer *writer, struct writer_thread *thread,
	uint64_t offset, const char *bytes, size_t length, struct progress *progress)
{
	int r = thread ? writer_thread_queue(thread, length, offset) : 0;

	if (r == 0)
		return writer_put(writer, offset, bytes, length, progress);
	return r > 0 ? progress_add(progress, length) : r;
}

/* Read into a buffer; the kernel then copies from it into the segment's file, or into the
 * mapping. This copies bytes twice, but from a buffer in the processor's cache. It maps
 * no page of the segment into this process, which would take several times as long where
 * page tables are slow, as in many virtual machines. Copying into the mapping takes twice
 * as long as into the file, so a second thread does it. Return 1 at the end of the
 * source. */
static int copy_buffered(const struct writer *writer, uint64_t offset, uint64_t length,
	const struct source *source, struct progress *progress)
{
	uint64_t before = progress->done, taken = 0, put, failed;
	struct writer_thread *thread = NULL;
	bool decided = writer->fd >= 0; /* whether to start a thread */
	char piece[WRITER_PIECE], *bytes = piece;
	int r = 0, late;

	while (taken < length && r == 0) {
		ssize_t n;

		if (thread)
			bytes = writer_thread_buffer(thread);
		n = read(source->fd, bytes, (size_t)MIN(length - taken, WRITER_PIECE));
		if (n <= 0) {
			r = n == 0 ? 1 : copy_retry(source->fd, POLLIN, progress);
			continue;
		}
		r = put_piece(writer, thread, offset + taken, bytes, (size_t)n, progress);
		taken += (uint64_t)n;
		if (!decided && taken >= THREAD_PAYS && length - taken >= THREAD_PAYS &&
			(size_t)n >= WRITER_THREAD_MIN) {
			thread = writer_thread_start(writer);
			decided = true;
		}
	}
	if (thread && (late = writer_thread_end(thread, &failed)) < 0) {
		progress->done = before + (failed - offset);
		r = late;
	}
	/* Seek the source back over bytes not written to the segment. */
	put = progress->done - before;
	if (put < taken && source->known)
		lseek(source->fd, (off_t)(put - taken), SEEK_CUR);
	return r;
}

/* Read directly into the mapping, for when process_vm_writev(2) is forbidden. Return 1 at
 * the end of the source. */
static int copy_mapped(const struct writer *writer, uint64_t offset, uint64_t length,
	const struct source *source, struct progress *progress)
{
	int r = 0;

	while (length > 0 && r == 0) {
		ssize_t n = read(source->fd, writer->mapping->address + offset,
			(size_t)MIN(length, WRITER_PIECE));

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

/* Write data from the source. Return 1 at the end of the source. */
static int copy_data(const struct writer *writer, uint64_t offset, uint64_t length,
	const struct source *source, struct progress *progress)
{
	return (writer->fd >= 0 || writer->reader.copies ? copy_buffered : copy_mapped)(
		writer, offset, length, source, progress);
}

/* Write the hole at the position of the source, or the data up to the next hole. Return 1
 * at the end of the file. */
static int copy_run(const struct writer *writer, uint64_t offset, uint64_t length,
	const struct source *source, struct progress *progress)
{
	off_t here = lseek(source->fd, 0, SEEK_CUR), data, end;

	if (here < 0)
		return -errno;
	data = lseek(source->fd, here, SEEK_DATA);
	if (data < 0) /* ENXIO: no data follows; others: no holes are known */
		data = errno == ENXIO ? lseek(source->fd, 0, SEEK_END) : here;
	if (data > here) {
		length = MIN(length, (uint64_t)(data - here));
		lseek(source->fd, here + (off_t)length, SEEK_SET);
		return writer->zeroed ? progress_add(progress, length)
				      : writer_zeros(writer, offset, length, progress);
	}
	end = lseek(source->fd, here, SEEK_HOLE);
	if (end < 0)
		end = lseek(source->fd, 0, SEEK_END);
	if (lseek(source->fd, here, SEEK_SET) < 0)
		return -errno;
	return end > here ? copy_data(writer, offset, MIN(length, (uint64_t)(end - here)),
				    source, progress)
			  : 1;
}

int writer_copy(const struct writer *writer, uint64_t offset, uint64_t length,
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

/* Return -EFAULT for the errors by which the file of a System V segment reports a lack of
 * memory. For a POSIX object, ENOSPC means a full /dev/shm. */
static int memory_error(const struct writer *writer, int error)
{
	if (error == -ENOSPC && writer->mapping->fd >= 0)
		return error;
	return error == -ENOSPC || error == -ENOMEM || error == -EIO ? -EFAULT : error;
}

/* Write up to LENGTH bytes. Return the number written, or a negative errno. */
static int64_t put_some(
	const struct writer *writer, uint64_t offset, const void *bytes, size_t length)
{
	ssize_t n;

	if (writer->fd < 0) {
		n = (ssize_t)mapping_write(writer->mapping, offset, bytes, length);
		return n == -EPERM || n == -ENOSYS ? -CONDITION_NO_COPYING : n;
	}
	n = pwrite(writer->fd, bytes, length, (off_t)offset);
	return n > 0 ? n : memory_error(writer, n < 0 ? -errno : -ENOSPC);
}

int writer_write(const struct writer *writer, uint64_t offset, const char *bytes,
	size_t length, size_t *done)
{
	for (*done = 0; *done < length;) {
		int64_t n =
			put_some(writer, offset + *done, bytes + *done, length - *done);

		if (n < 0 && n != -EINTR)
			return (int)n;
		*done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int writer_put(const struct writer *writer, uint64_t offset, const char *bytes,
	size_t length, struct progress *progress)
{
	size_t done;
	int r = writer_write(writer, offset, bytes, length, &done);
	int stopped = progress_add(progress, done);

	return r < 0 ? r : stopped;
}

int writer_fill(const struct writer *writer, uint64_t offset, uint64_t length,
	unsigned char byte, struct progress *progress)
{
	char piece[WRITER_PIECE];
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

/* Return how many of LENGTH bytes at OFFSET are in the same page. */
static size_t in_page(uint64_t offset, size_t length)
{
	return MIN(length, small_page_size() - offset % small_page_size());
}

/* Write zeros over the pages of PIECE, which was read at OFFSET, that are not zero. */
static int clear_piece(const struct writer *writer, uint64_t offset, char *piece,
	size_t length, struct progress *progress)
{
	int r = 0;

	while (length > 0 && r == 0) {
		size_t run = in_page(offset, length), next;
		bool zero = all_zero(piece, run);

		for (; run < length; run += next) {
			next = in_page(offset + run, length - run);
			if (all_zero(piece + run, next) != zero)
				break;
		}
		if (!zero)
			memset(piece, 0, run);
		r = zero ? progress_add(progress, run)
			 : writer_put(writer, offset, piece, run, progress);
		offset += run;
		piece += run;
		length -= run;
	}
	return r;
}

/* Write zeros over bytes that are not zero. A page that was never touched stays
 * untouched. */
static int clear(const struct writer *writer, uint64_t offset, uint64_t length,
	struct progress *progress)
{
	uint64_t end = offset + length;
	char piece[WRITER_PIECE];
	int r = 0;

	while (offset < end && r == 0) {
		bool hole;
		uint64_t n = reader_run_end(&writer->reader, offset, end, &hole) - offset;

		if (hole) {
			r = progress_add(progress, n);
		} else {
			n = MIN(n, sizeof(piece));
			r = reader_read(&writer->reader, offset, piece, (size_t)n);
			if (r == 0)
				r = clear_piece(
					writer, offset, piece, (size_t)n, progress);
		}
		offset += n;
	}
	return r;
}

int writer_zeros(const struct writer *writer, uint64_t offset, uint64_t length,
	struct progress *progress)
{
	uint64_t start, end; /* of the freed pages */
	int r;

	/* Linux before 6.0 punches only whole huge pages, and reports no error
	 * (hugetlbfs_punch_hole). */
	if (!mapping_has_small_pages(writer->mapping) ||
		mapping_punch(writer->mapping, offset, length, &start, &end) < 0 ||
		start == end)
		start = end = offset;
	r = clear(writer, offset, start - offset, progress);
	if (r == 0)
		r = progress_add(progress, end - start);
	if (r == 0)
		r = clear(writer, end, offset + length - end, progress);
	return r;
}
