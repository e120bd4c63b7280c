/*
 * A plain write(2) loop over the mapping of a segment, to compare shmtool cat with.
 * Argument: its ID.
 */
#include <stdlib.h>
#include <sys/shm.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
	int id = argc > 1 ? atoi(argv[1]) : -1;
	struct shmid_ds ds;
	const char *bytes;

	if (shmctl(id, IPC_STAT, &ds) < 0)
		return 1;
	bytes = shmat(id, NULL, SHM_RDONLY);
	for (size_t done = 0; done < ds.shm_segsz;) {
		ssize_t n = write(STDOUT_FILENO, bytes + done, ds.shm_segsz - done);

		if (n < 0)
			return 1;
		done += (size_t)n;
	}
	return 0;
}
