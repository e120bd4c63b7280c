#include "kernel/shmfile.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/shm.h>

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

/* Four times the longest line that the kernel prints, with rss, swap and the widest
 * numbers: --input accepts longer lines. */
#define LINE_SIZE 1024

static const struct {
	const char *name;
	uint64_t highest;
} fields[FIELDS] = {
	[KEY] = { "key", UINT32_MAX }, /* the only field that may be negative */
	[SHMID] = { "shmid", INT_MAX },
	[PERMS] = { "perms", 07777 },
	[SIZE] = { "size", UINT64_MAX },
	[CPID] = { "cpid", INT_MAX },
	[LPID] = { "lpid", INT_MAX },
	[NATTCH] = { "nattch", UINT64_MAX },
	[UID] = { "uid", UINT32_MAX },
	[GID] = { "gid", UINT32_MAX },
	[CUID] = { "cuid", UINT32_MAX },
	[CGID] = { "cgid", UINT32_MAX },
	[ATIME] = { "atime", INT64_MAX },
	[DTIME] = { "dtime", INT64_MAX },
	[CTIME] = { "ctime", INT64_MAX },
	[RSS] = { "rss", UINT64_MAX },
	[SWAP] = { "swap", UINT64_MAX },
};

/* What the header says about the lines below it. */
struct layout {
	size_t columns;
	bool memory;
};

/* Return the next word after blanks; NULL at the end of the line. A large table has half
 * a million words: strspn(3) and strcspn(3) would take twice as long. */
static const char *next_word(const char *text, size_t *length)
{
	const char *end;

	while (*text == ' ' || *text == '\r') /* CRLF, from Windows */
		text++;
	end = text;
	while (*end != ' ' && *end != '\r' && *end != '\n' && *end != '\0')
		end++;
	*length = (size_t)(end - text);
	return *length > 0 ? text : NULL;
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

/* Read a field. False: not a number, or out of range. */
static bool read_field(const char *word, size_t length, enum field field, uint64_t *value)
{
	bool negative = field == KEY && *word == '-';
	unsigned int base = field == PERMS ? 8 : 10;

	if (digits_read(word + negative, length - negative, base, value) < 0)
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

/* Read a line into LINE. A line that is cut off or holds a NUL becomes empty. Return 1,
 * or 0 at the end of the file. -CONDITION_NOT_SHMFILE: too long; or the error of the
 * read. */
static int next_line(FILE *file, char line[LINE_SIZE])
{
	size_t length;

	errno = 0;
	line[LINE_SIZE - 1] = '\n';
	if (!fgets(line, LINE_SIZE, file))
		return feof(file) ? 0 : errno ? -errno : -EIO;
	if (line[LINE_SIZE - 1] == '\0' && line[LINE_SIZE - 2] != '\n')
		return -CONDITION_NOT_SHMFILE;
	length = strlen(line);
	if (length == 0 || line[length - 1] != '\n')
		*line = '\0';
	return 1;
}

int shmfile_read(
	FILE *file, segment_sink *sink, void *data, struct enumeration_gaps *gaps)
{
	char line[LINE_SIZE];
	struct layout layout;
	int r = next_line(file, line);

	if (r < 0)
		return r;
	if (r == 0 || !read_layout(line, &layout))
		return -CONDITION_NOT_SHMFILE;
	for (size_t number = 2; (r = next_line(file, line)) > 0; number++) {
		struct memory_use memory;
		struct segment segment;

		if (read_line(line, &layout, &segment, &memory))
			sink(data, &segment, &memory);
		else if (gaps->bad_lines++ == 0)
			gaps->first_bad_line = number;
	}
	return r;
}
