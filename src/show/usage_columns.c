#include "show/usage_columns.h"

#include <inttypes.h>
#include <stdlib.h>

#include "alloc.h"
#include "kernel/process.h"
#include "show/getter.h"
#include "show/human.h"
#include "show/names.h"

static enum shmem_kind kind_of(const struct usage_row *row)
{
	return row->sum ? row->sum->kind : row->object->kind;
}

static const struct tmpfs_mount *mount_of(const struct usage_row *row)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): one of them is set */
	return row->sum ? row->sum->mount : row->object->mount;
}

/* Define a getter for what only kinds and file systems have. */
#define SUM_GETTER(name, result) GETTER(name, struct usage_row, row->sum && (result))

/* Define a getter for what only single objects have. */
#define OBJECT_GETTER(name, result)                                                      \
	GETTER(name, struct usage_row, row->object && (result))

GETTER(kind, struct usage_row, value_text(value, shmem_kind_names[kind_of(row)]))
SUM_GETTER(objects, row->sum->objects_known &&value_number(value, row->sum->objects))
OBJECT_GETTER(size, row->object->measured &&value_number(value, row->object->size))
OBJECT_GETTER(uid, row->object->measured &&value_number(value, row->object->uid))
OBJECT_GETTER(owner,
	row->object->measured &&value_text(
		value, user_or_number(row->object->uid, value->buffer)))
OBJECT_GETTER(command,
	row->object->npids > 0 &&
		value_text(value, process_command(row->object->pids[0], PROCESS_NOW)))

static bool get_name(const void *data, struct value *value)
{
	const struct usage_row *row = data;

	if (row->sum)
		return value_text(value, row->sum->mount ? row->sum->mount->path : NULL);
	if (row->object->kind == SHMEM_SYSV)
		return value_text(value, human_number(value->buffer, row->object->inode));
	return value_text(value, row->object->name);
}

static bool get_memory(const void *data, struct value *value)
{
	const struct usage_row *row = data;

	if (row->object)
		return row->object->measured &&
			value_number(value, row->object->memory.rss);
	value->negative = row->sum->memory < 0;
	return value_number(value, (uint64_t)llabs(row->sum->memory));
}

static bool get_swap(const void *data, struct value *value)
{
	const struct usage_row *row = data;

	if (row->sum)
		return row->sum->swap_known && value_number(value, row->sum->swap);
	return row->object->measured && row->object->memory.known &&
		value_number(value, row->object->memory.swap);
}

static bool get_processes(const void *data, struct value *value)
{
	const struct usage_row *row = data;

	if (row->sum)
		return row->sum->counted && value_number(value, row->sum->processes);
	return value_number(value, row->object->npids);
}

static bool get_pids(const void *data, struct value *value)
{
	const struct usage_row *row = data;
	size_t size;
	FILE *out;

	if (row->sum)
		return false;
	out = xopen_memstream(&value->allocated, &size);
	for (size_t i = 0; i < row->object->npids; i++)
		fprintf(out, "%s%d", i > 0 ? "," : "", (int)row->object->pids[i]);
	xclose_memstream(out, &value->allocated);
	return value_text(value, value->allocated);
}

static bool get_ns(const void *data, struct value *value)
{
	const struct usage_row *row = data;
	const struct tmpfs_mount *mount = mount_of(row);

	if (mount)
		return value_number(value, mount->ns);
	return row->object && row->object->ns && value_number(value, row->object->ns);
}

/* Return a process in the mount namespace, if it is another one; 0: none is known. */
static pid_t ns_pid(const struct usage_row *row)
{
	const struct tmpfs_mount *mount = mount_of(row);

	return mount && !mount->own ? mount->pid : 0;
}

GETTER(nspid, struct usage_row,
	ns_pid(row) > 0 && value_number(value, (uint64_t)ns_pid(row)))
GETTER(nscommand, struct usage_row,
	ns_pid(row) > 0 && value_text(value, process_command(ns_pid(row), PROCESS_NOW)))

/* Name the container of the first process that uses an object; of a mount, or an object
 * that nobody uses, that of a process in the mount namespace. */
static bool get_container(const void *data, struct value *value)
{
	const struct usage_row *row = data;
	pid_t pid = row->object && row->object->npids > 0 ? row->object->pids[0]
							  : ns_pid(row);

	return pid > 0 && value_text(value, process_container(pid, PROCESS_NOW));
}

static const char *color_kind(const void *data)
{
	return kind_of(data) == SHMEM_UNACCOUNTED ? "yellow" : NULL;
}

#define DEFAULT COLUMN_DEFAULT
#define OBJECT  COLUMN_OBJECT
#define BOTH    (COLUMN_DEFAULT | COLUMN_OBJECT)
#define CUT     COLUMN_CUT
#define LONG    COLUMN_LONG
#define SHELL   COLUMN_SHELL

/* One line per column, in the order of --output-all. */
// clang-format off
const struct column usage_columns[] = {
	{ "KIND", COLUMN_TEXT, BOTH, 0, get_kind, "sysv, tmpfs, memfd, anonymous, deleted; sums: see the manual", color_kind },
	{ "NAME", COLUMN_TEXT, BOTH | CUT, 0, get_name, "mount point, path, name of a memory file, or ID of a segment" },
	{ "MEMORY", COLUMN_SIZE, BOTH, 0, get_memory, "bytes in memory; with those in swap if SWAP is unknown" },
	{ "SWAP", COLUMN_SIZE, BOTH, 0, get_swap, "bytes in swap" },
	{ "OBJECTS", COLUMN_NUMBER, DEFAULT, 0, get_objects, "segments or files; of a mount, with links and directories" },
	{ "PROCESSES", COLUMN_NUMBER, DEFAULT, 0, get_processes, "processes that use the objects" },
	{ "SIZE", COLUMN_SIZE, OBJECT, 0, get_size, "bytes requested; length of a file" },
	{ "OWNER", COLUMN_TEXT, OBJECT | CUT, 0, get_owner, "owner's user name, or user ID if there is none" },
	{ "UID", COLUMN_NUMBER, SHELL, 0, get_uid, "owner's user ID" },
	{ "PIDS", COLUMN_NUMBERS, OBJECT, 0, get_pids, "processes that have the object attached, mapped or open" },
	{ "COMMAND", COLUMN_TEXT, OBJECT | LONG, 0, get_command, "command line of the first of these" },
	{ "NS", COLUMN_NUMBER, 0, 0, get_ns, "namespace (inode number): of the mount, or IPC of a segment" },
	{ "NSPID", COLUMN_NUMBER, DEFAULT, 0, get_nspid, "a process in the mount namespace, if it is not yours" },
	{ "CONTAINER", COLUMN_TEXT, BOTH | CUT, 0, get_container, "container of the first process, or of NSPID" },
	{ "NSCOMMAND", COLUMN_TEXT, LONG, 0, get_nscommand, "command line of NSPID" },
	{ 0 },
};
// clang-format on

void usage_total_add(struct usage_total *total, const struct shmem_object *object)
{
	total->count++;
	total->memory += object->memory.rss;
	total->swap += object->memory.swap;
	total->memory_known = total->memory_known && object->measured;
	total->swap_known = total->swap_known && object->measured && object->memory.known;
}

GETTER(total_count, struct usage_total, value_number(value, row->count))
GETTER(total_memory, struct usage_total,
	row->memory_known &&value_number(value, row->memory))
GETTER(total_swap, struct usage_total, row->swap_known &&value_number(value, row->swap))

struct output_total usage_output_total(const struct usage_total *total)
{
	static const struct column columns[] = {
		{ "COUNT", COLUMN_NUMBER, 0, 0, get_total_count, NULL, NULL },
		{ "MEMORY", COLUMN_SIZE, 0, 0, get_total_memory, NULL, NULL },
		{ "SWAP", COLUMN_SIZE, 0, 0, get_total_swap, NULL, NULL },
	};

	return (struct output_total){ total, columns, sizeof(columns) / sizeof(*columns),
		"object" };
}
