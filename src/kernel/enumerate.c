#include "kernel/enumerate.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include "cleanup.h"
#include "kernel/abi.h"
#include "kernel/shmfile.h"

/* Walks the slots up to the highest that SHM_INFO names. */
static int walk_slots(struct segment_table *table)
{
	struct shm_info info = { 0 };
	int command = SHM_STAT_ANY;
	bool known = false; /* whether the kernel has that command */
	int highest = shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&info);

	if (highest < 0)
		return -errno;
	for (int slot = 0; slot <= highest; slot++) {
		struct shmid_ds ds = { 0 };
		struct segment segment;
		int r, id = shmctl(slot, command, &ds);

		if (id < 0 && errno == EINVAL && !known) {
			/* An empty slot, or a kernel that does not know the command. */
			id = shmctl(slot, SHM_STAT, &ds);
			if (id >= 0 || errno == EACCES)
				command = SHM_STAT;
		}
		known = known || id >= 0 || command == SHM_STAT;
		if (id < 0) {
			if (errno == EACCES)
				table->hidden++;
			else if (errno != EINVAL && errno != EIDRM)
				return -errno;
			continue;
		}
		segment_from_ds(&segment, id, &ds);
		r = segment_table_add(table, &segment);
		if (r < 0)
			return r;
	}
	return 0;
}

int enumerate_segments(struct segment_table *table)
{
	char CLEANUP_FREE *buffer = NULL; /* outlives the file that uses it */
	FILE CLEANUP_FILE *file = NULL;
	const size_t size = 64 << 10;

	*table = (struct segment_table){ 0 };
	file = fopen(SHMFILE_PATH, "re");
	if (!file)
		return walk_slots(table);
	/* The file restarts its walk at each read, so few large ones. */
	buffer = malloc(size);
	if (!buffer)
		return -ENOMEM;
	setvbuf(file, buffer, _IOFBF, size);
	return shmfile_read(file, table);
}

int enumerate_quickly(struct segment_table *table)
{
	int r;

	*table = (struct segment_table){ 0 };
	r = walk_slots(table);
	if (r == 0 && table->hidden == 0)
		return 0;
	segment_table_free(table);
	return enumerate_segments(table);
}
