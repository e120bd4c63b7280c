#include "kernel/enumerate.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include "kernel/abi.h"
#include "kernel/shmfile.h"

int enumerate_slots(void)
{
	struct shminfo info;
	/* The highest slot that is in use; 0 also where none is. */
	int highest = shmctl(0, IPC_INFO, (struct shmid_ds *)(void *)&info);

	return highest < 0 ? -errno : highest + 1;
}

static int walk_slots(struct segment_table *table, int slots)
{
	struct shmid_ds ds = { 0 };
	int command = SHM_STAT_ANY;
	bool known = false; /* whether the kernel has that command */

	for (int slot = 0; slot < slots; slot++) {
		struct segment *segment;
		int id = shmctl(slot, command, &ds);

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
		segment = segment_table_extend(table);
		if (!segment)
			return -ENOMEM;
		segment_from_ds(segment, id, &ds);
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

/* An empty table with room for what there may be. */
static void begin(struct segment_table *table, int slots)
{
	*table = (struct segment_table){ 0 };
	if (slots > 0)
		segment_table_reserve(table, (size_t)slots);
}

int enumerate_segments(struct segment_table *table, bool memory)
{
	int slots = enumerate_slots(), r;
	FILE *file;

	begin(table, slots);
	if (!memory && slots >= 0) {
		r = walk_slots(table, slots);
		/* Before SHM_STAT_ANY, the file shows segments that SHM_STAT hides. */
		if (r == 0 && table->hidden == 0)
			return 0;
		segment_table_free(table);
		begin(table, slots);
	}
	file = fopen(SHMFILE_PATH, "re");
	if (file)
		return read_file(file, table);
	return slots < 0 ? slots : walk_slots(table, slots);
}
