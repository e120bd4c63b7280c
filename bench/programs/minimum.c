/*
 * The minimum that an ordinary user's program must do for the same result as shmtool, to
 * show the time that the kernel takes. Such a user may not open the file of a segment.
 *
 * minimum cat ID: map the pages of a segment and pass them to the pipe on standard
 * output.
 * minimum write KEY: read standard input, and let the kernel copy it into a segment.
 * minimum touch KEY: let the kernel allocate and map the memory of a segment.
 */
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/shm.h>
#include <sys/uio.h>
#include <unistd.h>

#define PIECE  ((size_t)1 << 20)
#define BUFFER ((size_t)64 << 10)

static void give(char *bytes, size_t size)
{
	fcntl(STDOUT_FILENO, F_SETPIPE_SZ, (int)PIECE);
	for (size_t done = 0; done < size;) {
		struct iovec piece = { bytes + done, MIN(PIECE, size - done) };
		ssize_t n;

		madvise(piece.iov_base, piece.iov_len, MADV_POPULATE_READ);
		n = vmsplice(STDOUT_FILENO, &piece, 1, 0);
		if (n < 0)
			err(1, "vmsplice");
		done += (size_t)n;
	}
}

static void take(char *bytes, size_t size)
{
	static char buffer[BUFFER];

	for (size_t done = 0; done < size;) {
		ssize_t n = read(STDIN_FILENO, buffer, MIN(sizeof(buffer), size - done));
		struct iovec from = { buffer, (size_t)n },
			     to = { bytes + done, (size_t)n };

		if (n <= 0)
			err(1, "read");
		if (process_vm_writev(getpid(), &from, 1, &to, 1, 0) != n)
			err(1, "process_vm_writev");
		done += (size_t)n;
	}
}

static void touch(char *bytes, size_t size)
{
	for (size_t done = 0; done < size; done += PIECE) {
		if (madvise(bytes + done, MIN(PIECE, size - done), MADV_POPULATE_WRITE) <
			0)
			err(1, "madvise");
	}
}

int main(int argc, char *argv[])
{
	struct shmid_ds ds;
	void *bytes;
	int id;

	if (argc != 3)
		errx(1, "usage: minimum cat ID | minimum write KEY | minimum touch KEY");
	id = atoi(argv[2]);
	if (strcmp(argv[1], "cat") != 0)
		id = shmget(id, 0, 0);
	if (shmctl(id, IPC_STAT, &ds) < 0)
		err(1, "shmctl");
	bytes = shmat(id, NULL, strcmp(argv[1], "cat") == 0 ? SHM_RDONLY : 0);
	if (bytes == (void *)-1)
		err(1, "shmat");
	if (strcmp(argv[1], "cat") == 0)
		give(bytes, ds.shm_segsz);
	else if (strcmp(argv[1], "touch") == 0)
		touch(bytes, ds.shm_segsz);
	else
		take(bytes, ds.shm_segsz);
	return 0;
}
