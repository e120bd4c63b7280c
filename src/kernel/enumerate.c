#include "kernel/enumerate.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/shm.h>

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

static int read_file(FILE *file, struct segment_table *table)
{
	const size_t size = 64 << 10;
	char *buffer = malloc(size);
	int r;

	/* The file restarts its walk at each read, so few large ones. */
	if (buffer)
		setvbuf(file, buffer, _IOFBF, size);
	r = shmfile_read(file, table);
	fclose(file);
	free(buffer);
	return r;
}

int enumerate_segments(struct segment_table *table, bool memory)
{
	FILE *file;
	int r;

	*table = (struct segment_table){ 0 };
	if (!memory) {
		r = walk_slots(table);
		/* Before SHM_STAT_ANY, the file shows segments that SHM_STAT hides. */
		if (r == 0 && table->hidden == 0)
			return 0;
		segment_table_free(table);
	}
	file = fopen(SHMFILE_PATH, "re");
	return file ? read_file(file, table) : walk_slots(table);
}
