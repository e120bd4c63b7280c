#include "show/attach_columns.h"

#include <inttypes.h>
#include <stdio.h>

#include "alloc.h"
#include "cleanup.h"
#include "kernel/attach.h"
#include "kernel/ftok.h"
#include "kernel/memory.h"
#include "kernel/process.h"
#include "row.h"
#include "show/getter.h"
#include "show/human.h"
#include "show/names.h"
#include "show/text.h"

static const char *hex(char buffer[HUMAN_MAX], uint64_t address)
{
	snprintf(buffer, HUMAN_MAX, "0x%" PRIx64, address);
	return buffer;
}

static bool get_user(const void *data, struct value *value)
{
	const struct attach *attach = data;
	uid_t uid = process_user(attach->pid);

	return uid != (uid_t)-1 && value_text(value, user_or_number(uid, value->buffer));
}

GETTER(pid, struct attach, value_number(value, (uint64_t)row->pid))
GETTER(address, struct attach,
	row->fd < 0 && value_text(value, hex(value->buffer, row->start)))
GETTER(size, struct attach, row->fd < 0 && value_number(value, row->end - row->start))
GETTER(fd, struct attach, row->fd >= 0 && value_number(value, (uint64_t)row->fd))
GETTER(perms, struct attach, value_text(value, row->perms))
GETTER(command, struct attach, value_text(value, process_command(row->pid, PROCESS_NOW)))

// clang-format off
const struct column attach_columns[] = {
	{ "PID", COLUMN_NUMBER, COLUMN_DEFAULT, 0, get_pid, "process ID" },
	{ "USER", COLUMN_TEXT, COLUMN_DEFAULT | COLUMN_CUT, 0, get_user, "its effective user" },
	{ "PERMS", COLUMN_TEXT, COLUMN_DEFAULT, 0, get_perms, "permissions of the mapping" },
	{ "ADDRESS", COLUMN_TEXT, COLUMN_DEFAULT, 0, get_address, "address of the mapping" },
	{ "SIZE", COLUMN_SIZE, COLUMN_DEFAULT, 0, get_size, "bytes mapped" },
	{ "FD", COLUMN_NUMBER, COLUMN_OBJECT, 0, get_fd, "descriptor that is open on a POSIX object" },
	{ "COMMAND", COLUMN_TEXT, COLUMN_DEFAULT | COLUMN_LONG, 0, get_command, "its command line" },
	{ 0 },
};
// clang-format on

/* Print TEXT as a JSON string, or null if TEXT is NULL. */
static void print_text(FILE *file, const char *text)
{
	char CLEANUP_FREE *json = text ? text_json(text) : NULL;

	fputs(json ? json : "null", file);
}

static void print_attach(FILE *file, const struct attach *attach)
{
	struct value user = { 0 };

	fprintf(file, "{\"pid\":%d,\"user\":", (int)attach->pid);
	print_text(file, get_user(attach, &user) ? user.text : NULL);
	fputs(",\"command\":", file);
	print_text(file, process_command(attach->pid, PROCESS_NOW));
	if (attach->fd >= 0)
		fprintf(file,
			",\"address\":null,\"perms\":\"%s\",\"size\":null,\"fd\":%d}",
			attach->perms, attach->fd);
	else
		fprintf(file,
			",\"address\":\"0x%" PRIx64
			"\",\"perms\":\"%s\",\"size\":%" PRIu64 "}",
			attach->start, attach->perms, attach->end - attach->start);
}

static bool get_attaches(const void *row, struct value *value)
{
	const struct row *segment = row;
	size_t size;
	FILE *file = xopen_memstream(&value->allocated, &size);

	fputs("[", file);
	for (size_t i = 0; i < segment->nattaches; i++) {
		fputs(i > 0 ? "," : "", file);
		print_attach(file, &segment->attaches[i]);
	}
	fputs("]", file);
	xclose_memstream(file, &value->allocated);
	return value_text(value, value->allocated);
}

static bool get_ranges(const void *data, struct value *value)
{
	const struct row *row = data;
	const struct attach_target target = row_target(row);
	struct memory_range CLEANUP_FREE *ranges = NULL;
	size_t count, size;
	FILE *file;

	if (memory_ranges(&target, &row->memory, &ranges, &count) < 0)
		return false;
	file = xopen_memstream(&value->allocated, &size);
	fputs("[", file);
	for (size_t i = 0; i < count; i++)
		fprintf(file,
			"%s{\"offset\":%" PRIu64 ",\"length\":%" PRIu64 ",\"in\":\"%s\"}",
			i > 0 ? "," : "", ranges[i].offset, ranges[i].length,
			ranges[i].resident ? "memory" : "swap");
	fputs("]", file);
	xclose_memstream(file, &value->allocated);
	return value_text(value, value->allocated);
}

GETTER(page_size, struct row, row->page_size > 0 && value_number(value, row->page_size))

static bool get_ftok(const void *row, struct value *value)
{
	const struct segment *segment = &((const struct row *)row)->segment;
	struct ftok_parts parts = ftok_split(segment->key);

	if (segment->key == 0)
		return false;
	value->allocated = xasprintf("{\"proj\":%u,\"device\":%u,\"inode\":%u}",
		parts.proj, parts.device, parts.inode);
	return value_text(value, value->allocated);
}

// clang-format off
const struct column attach_json_columns[] = {
	{ "PAGE_SIZE", COLUMN_NUMBER, 0, FINDING_ATTACHES, get_page_size, "bytes of a page" },
	{ "RANGES", COLUMN_JSON, 0, FINDING_ATTACHES, get_ranges, "parts in memory and in swap" },
	{ "ATTACHES", COLUMN_JSON, 0, FINDING_ATTACHES, get_attaches, "processes that have it attached" },
	{ "FTOK", COLUMN_JSON, 0, 0, get_ftok, "parts of the key, if ftok(3) made it" },
	{ 0 },
};
// clang-format on
