#include "kernel/shmfile.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>

#include "cleanup.h"
#include "condition.h"
#include "digits.h"
#include "kernel/abi.h"

enum field {
	KEY,
	SHMID,
	PERMS,
	SIZE,
	CPID,
	LPID,
	NATTCH,
	UID,
	GID,
	CUID,
	CGID,
	ATIME,
	DTIME,
	CTIME,
	RSS,
	SWAP,
	FIELDS
};

/* The columns that every kernel has. */
#define OLD_FIELDS RSS

static const struct {
	const char *name;
	unsigned int base;
	uint64_t highest;
} fields[FIELDS] = {
	[KEY] = { "key", 10, UINT32_MAX }, /* the only one that may be negative */
	[SHMID] = { "shmid", 10, INT_MAX },
	[PERMS] = { "perms", 8, 07777 },
	[SIZE] = { "size", 10, UINT64_MAX },
	[CPID] = { "cpid", 10, INT_MAX },
	[LPID] = { "lpid", 10, INT_MAX },
	[NATTCH] = { "nattch", 10, UINT64_MAX },
	[UID] = { "uid", 10, UINT32_MAX },
	[GID] = { "gid", 10, UINT32_MAX },
	[CUID] = { "cuid", 10, UINT32_MAX },
	[CGID] = { "cgid", 10, UINT32_MAX },
	[ATIME] = { "atime", 10, INT64_MAX },
	[DTIME] = { "dtime", 10, INT64_MAX },
	[CTIME] = { "ctime", 10, INT64_MAX },
	[RSS] = { "rss", 10, UINT64_MAX },
	[SWAP] = { "swap", 10, UINT64_MAX },
};

/* What the first line promises of the others. */
struct layout {
	size_t columns;
	bool memory;
};

/* Steps over blanks to the next word; NULL at the end of the line. Looking at each byte
 * beats strspn(3), which is asked half a million times in a large table. */
static const char *next_word(const char *text, size_t *length)
{
	const char *end;

	while (*text == ' ' || *text == '\r') /* it may have been sent through Windows */
		text++;
	for (end = text; *end != ' ' && *end != '\r' && *end != '\n' && *end; end++)
		;
	*length = (size_t)(end - text);
	return *length ? text : NULL;
}

static bool read_layout(const char *line, struct layout *layout)
{
	size_t known = 0, length;
	const char *word = line;

	*layout = (struct layout){ 0 };
	for (; (word = next_word(word, &length)); word += length) {
		if (known == layout->columns && known < FIELDS &&
			strlen(fields[known].name) == length &&
			memcmp(word, fields[known].name, length) == 0)
			known++;
		layout->columns++;
	}
	layout->memory = known == FIELDS;
	return known >= OLD_FIELDS;
}

/* One field. Where it is no number in its bounds: false. */
static bool read_field(const char *word, size_t length, enum field field, uint64_t *value)
{
	bool negative = field == KEY && *word == '-';

	if (digits_read(word + negative, length - negative, fields[field].base, value) <
		0)
		return false;
	if (negative) {
		if (*value > (uint64_t)INT32_MAX + 1)
			return false;
		*value = -*value;
		return true;
	}
	return *value <= fields[field].highest;
}

static bool read_line(const char *line, const struct layout *layout,
	struct segment *segment, struct memory_use *memory)
{
	uint64_t value[FIELDS] = { 0 };
	size_t column = 0, length;
	const char *word = line;

	for (; (word = next_word(word, &length)); word += length, column++) {
		if (column < FIELDS && (column < OLD_FIELDS || layout->memory) &&
			!read_field(word, length, (enum field)column, &value[column]))
			return false;
	}
	if (column != layout->columns)
		return false;
	*segment = (struct segment){
		.id = (int)value[SHMID],
		.key = (key_t)(uint32_t)value[KEY],
		.mode = (mode_t)value[PERMS] & SEGMENT_MODE_MASK,
		.dest = value[PERMS] & SHM_DEST,
		.locked = value[PERMS] & SHM_LOCKED,
		.size = value[SIZE],
		.nattch = value[NATTCH],
		.uid = (uid_t)value[UID],
		.cuid = (uid_t)value[CUID],
		.gid = (gid_t)value[GID],
		.cgid = (gid_t)value[CGID],
		.cpid = (pid_t)value[CPID],
		.lpid = (pid_t)value[LPID],
		.atime = (int64_t)value[ATIME],
		.dtime = (int64_t)value[DTIME],
		.ctime = (int64_t)value[CTIME],
	};
	*memory = (struct memory_use){ layout->memory, value[RSS], value[SWAP] };
	return true;
}

/* Reads on to the end of the line. 1: a whole line; 0: the end; -CONDITION_NOT_SHMFILE: a
 * line that is cut or holds a NUL; or the error of the reading. */
static int next_line(FILE *file, char **line, size_t *capacity)
{
	ssize_t length;

	errno = 0;
	length = getline(line, capacity, file);
	if (length < 0)
		return feof(file) ? 0 : errno ? -errno : -EIO;
	if ((*line)[length - 1] != '\n' || memchr(*line, '\0', (size_t)length))
		return -CONDITION_NOT_SHMFILE;
	return 1;
}

int shmfile_read(
	FILE *file, segment_sink *sink, void *data, struct enumeration_gaps *gaps)
{
	char CLEANUP_FREE *line = NULL;
	/* The kernel returns at most about 4 KiB a read, and restarts its walk at each.
	 */
	static char buffer[16 << 10];
	struct layout layout;
	size_t capacity = 0;
	int r;

	setvbuf(file, buffer, _IOFBF, sizeof(buffer));
	r = next_line(file, &line, &capacity);
	if (r < 0)
		return r;
	if (r == 0 || !read_layout(line, &layout))
		return -CONDITION_NOT_SHMFILE;
	for (size_t number = 2; (r = next_line(file, &line, &capacity)) != 0; number++) {
		struct memory_use memory;
		struct segment segment;

		if (r > 0 && read_line(line, &layout, &segment, &memory))
			sink(data, &segment, &memory);
		else if (r < 0 && r != -CONDITION_NOT_SHMFILE)
			return r;
		else if (gaps->bad_lines++ == 0)
			gaps->first_bad_line = number;
	}
	return 0;
}
