#include "kernel/enumerate.h"

#include <errno.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include "cleanup.h"
#include "kernel/abi.h"
#include "kernel/shmfile.h"

/* Return the highest slot in use, 0 also if none is, or a negative errno. */
static int highest_slot(void)
{
	struct shminfo info;
	int highest = shmctl(0, IPC_INFO, (struct shmid_ds *)(void *)&info);

	return highest < 0 ? -errno : highest;
}

/* Whether the kernel has SHM_STAT_ANY. An unknown command gives EINVAL, as an empty slot
 * does, so ask for a slot that is in use. */
static bool has_stat_any(int highest)
{
	struct shmid_ds ds = { 0 };

	for (int slot = highest; slot >= 0; slot--) {
		if (shmctl(slot, SHM_STAT_ANY, &ds) >= 0)
			return true;
		if (shmctl(slot, SHM_STAT, &ds) >= 0 || errno == EACCES)
			return false;
	}
	return true;
}

static int walk_slots(int highest, int command, segment_sink *sink, void *data,
	struct enumeration_gaps *gaps)
{
	const struct memory_use unknown = { .known = false };
	struct shmid_ds ds = { 0 };
	struct segment segment;

	for (int slot = 0; slot <= highest; slot++) {
		int id = shmctl(slot, command, &ds);

		if (id >= 0) {
			segment_from_ds(&segment, id, &ds);
			sink(data, &segment, &unknown);
		} else if (errno == EACCES) {
			gaps->hidden++;
		} else if (errno != EINVAL && errno != EIDRM) {
			return -errno;
		}
	}
	return 0;
}

int enumerate_segments(
	bool memory, segment_sink *sink, void *data, struct enumeration_gaps *gaps)
{
	static char buffer[64 << 10];
	int highest = highest_slot();
	FILE CLEANUP_FILE *file = NULL;

	if (!memory && highest >= 0 && has_stat_any(highest))
		return walk_slots(highest, SHM_STAT_ANY, sink, data, gaps);
	file = fopen(SHMFILE_PATH, "re");
	if (!file)
		return highest < 0 ? highest
				   : walk_slots(highest, SHM_STAT, sink, data, gaps);
	/* The kernel restarts its walk at each read. */
	setvbuf(file, buffer, _IOFBF, sizeof(buffer));
	return shmfile_read(file, sink, data, gaps);
}
