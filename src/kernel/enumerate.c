#include "kernel/enumerate.h"

#include <errno.h>
#include <stdio.h>
#include <sys/shm.h>

#include "alloc.h"
#include "cleanup.h"
#include "kernel/abi.h"
#include "kernel/shmfile.h"
#include "kernel/sysv.h"

/* Pass the segment of each slot to SINK. *FOUND: the number of slots in use. A kernel
 * without COMMAND returns EINVAL, as for an empty slot, so *FOUND is 0. */
static int walk_slots(int command, segment_sink *sink, void *data,
	struct enumeration_gaps *gaps, size_t *found)
{
	const struct memory_use unknown = { .known = false };
	struct shmid_ds ds = { 0 };
	struct shminfo info;
	int highest = shmctl(0, IPC_INFO, (struct shmid_ds *)(void *)&info);

	*found = 0;
	if (highest < 0)
		return -errno;
	for (int slot = 0; slot <= highest; slot++) {
		struct segment segment;
		int id = shmctl(slot, command, &ds);

		if (id >= 0) {
			sysv_from_ds(&segment, id, &ds);
			sink(data, &segment, &unknown);
		} else if (errno == EACCES) {
			gaps->hidden++;
		} else if (errno == EINVAL || errno == EIDRM) {
			continue;
		} else {
			return -errno;
		}
		++*found;
	}
	return 0;
}

int enumerate_segments(
	bool memory, segment_sink *sink, void *data, struct enumeration_gaps *gaps)
{
	static char buffer[64 << 10];
	FILE CLEANUP_FILE *file = NULL;
	size_t found = 0;
	int r = 0;

	if (!memory)
		r = walk_slots(SHM_STAT_ANY, sink, data, gaps, &found);
	if (found > 0)
		return r;
	file = xfopen(SHMFILE_PATH);
	if (!file)
		return walk_slots(SHM_STAT, sink, data, gaps, &found);
	/* Use a large buffer: the kernel starts its walk again at each read. */
	setvbuf(file, buffer, _IOFBF, sizeof(buffer));
	return shmfile_read(file, sink, data, gaps);
}
