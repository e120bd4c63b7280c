#include "show/attach_columns.h"

#include <inttypes.h>
#include <stdio.h>

#include "cleanup.h"
#include "kernel/attach.h"
#include "kernel/ftok.h"
#include "kernel/memory.h"
#include "kernel/process.h"
#include "row.h"
#include "show/names.h"
#include "show/text.h"

static bool get_pid(const void *row, struct value *value)
{
	const struct attach *attach = row;

	value->number = (uint64_t)attach->pid;
	return true;
}

static bool get_user(const void *row, struct value *value)
{
	const struct attach *attach = row;
	uid_t uid = process_user(attach->pid);

	if (uid == (uid_t)-1)
		return false;
	value->text = user_or_number(uid, value->buffer);
	return true;
}

static bool get_address(const void *row, struct value *value)
{
	const struct attach *attach = row;

	snprintf(value->buffer, sizeof(value->buffer), "0x%" PRIx64, attach->start);
	value->text = value->buffer;
	return true;
}

static bool get_size(const void *row, struct value *value)
{
	const struct attach *attach = row;

	value->number = attach->end - attach->start;
	return true;
}

static bool get_perms(const void *row, struct value *value)
{
	const struct attach *attach = row;

	value->text = attach->perms;
	return true;
}

static bool get_command(const void *row, struct value *value)
{
	const struct attach *attach = row;

	value->text = process_command(attach->pid, PROCESS_NOW);
	return value->text;
}

const struct column attach_columns[] = {
	{ "PID", COLUMN_NUMBER, COLUMN_DEFAULT, 0, get_pid, "process" },
	{ "USER", COLUMN_TEXT, COLUMN_DEFAULT, 0, get_user, "its effective user" },
	{ "PERMS", COLUMN_TEXT, COLUMN_DEFAULT, 0, get_perms, "what it may do there" },
	{ "ADDRESS", COLUMN_TEXT, COLUMN_DEFAULT, 0, get_address, "where it is mapped" },
	{ "SIZE", COLUMN_SIZE, COLUMN_DEFAULT, 0, get_size, "bytes mapped" },
	{ "COMMAND", COLUMN_TEXT, COLUMN_DEFAULT | COLUMN_CUT, 0, get_command,
		"its command line" },
	{ 0 },
};

/* Prints TEXT for JSON; null where there is none. */
static bool print_text(FILE *file, const char *text)
{
	char CLEANUP_FREE *json = text ? text_json(text) : NULL;

	return (json || !text) && fputs(json ? json : "null", file) >= 0;
}

static bool print_attach(FILE *file, const struct attach *attach)
{
	struct value user = { 0 }, address = { 0 }, command = { 0 };

	get_address(attach, &address);
	return fprintf(file, "{\"pid\":%d,\"user\":", (int)attach->pid) > 0 &&
		print_text(file, get_user(attach, &user) ? user.text : NULL) &&
		fputs(",\"command\":", file) >= 0 &&
		print_text(file, get_command(attach, &command) ? command.text : NULL) &&
		fprintf(file,
			",\"address\":\"%s\",\"perms\":\"%s\",\"size\":%" PRIu64 "}",
			address.text, attach->perms, attach->end - attach->start) > 0;
}

static bool print_range(FILE *file, const struct memory_range *range)
{
	return fprintf(file,
		       "{\"offset\":%" PRIu64 ",\"length\":%" PRIu64 ",\"in\":\"%s\"}",
		       range->offset, range->length,
		       range->resident ? "memory" : "swap") > 0;
}

/* Gives what was printed to FILE, which is in memory, and closes that; without memory
 * nothing, and WHOLE says whether there was enough so far. */
static bool set_json(struct value *value, FILE *file, bool whole)
{
	if (file && fclose(file) != 0)
		whole = false;
	value->text = whole ? value->allocated : NULL;
	return true;
}

static bool get_attaches(const void *row, struct value *value)
{
	const struct row *segment = row;
	size_t size;
	FILE *file = open_memstream(&value->allocated, &size);
	bool whole = file && fputs("[", file) >= 0;

	for (size_t i = 0; whole && i < segment->nattaches; i++)
		whole = (i == 0 || fputs(",", file) >= 0) &&
			print_attach(file, &segment->attaches[i]);
	return set_json(value, file, whole && fputs("]", file) >= 0);
}

static bool get_ranges(const void *data, struct value *value)
{
	const struct row *row = data;
	const struct attach_target target = row_target(row);
	struct memory_range CLEANUP_FREE *ranges = NULL;
	size_t count, size;
	FILE *file;
	bool whole;

	if (memory_ranges(&target, &row->memory, &ranges, &count) < 0)
		return false;
	file = open_memstream(&value->allocated, &size);
	whole = file && fputs("[", file) >= 0;
	for (size_t i = 0; whole && i < count; i++)
		whole = (i == 0 || fputs(",", file) >= 0) &&
			print_range(file, &ranges[i]);
	return set_json(value, file, whole && fputs("]", file) >= 0);
}

static bool get_page_size(const void *data, struct value *value)
{
	const struct row *row = data;

	value->number = row->page_size;
	return row->page_size != 0;
}

static bool get_ftok(const void *row, struct value *value)
{
	const struct segment *segment = &((const struct row *)row)->segment;
	struct ftok_parts parts = ftok_split(segment->key);

	if (segment->key == 0)
		return false;
	if (asprintf(&value->allocated, "{\"proj\":%u,\"device\":%u,\"inode\":%u}",
		    parts.proj, parts.device, parts.inode) < 0)
		value->allocated = NULL;
	value->text = value->allocated;
	return true;
}

const struct column attach_json_columns[] = {
	{ "PAGE_SIZE", COLUMN_NUMBER, 0, FINDING_ATTACHES, get_page_size,
		"bytes of a page" },
	{ "RANGES", COLUMN_JSON, 0, FINDING_ATTACHES, get_ranges,
		"parts in memory and in swap" },
	{ "ATTACHES", COLUMN_JSON, 0, FINDING_ATTACHES, get_attaches,
		"processes that have it attached" },
	{ "FTOK", COLUMN_JSON, 0, 0, get_ftok, "parts of the key, if ftok(3) made it" },
	{ 0 },
};
