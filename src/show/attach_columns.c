#include "show/attach_columns.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "cleanup.h"
#include "kernel/attach.h"
#include "kernel/ftok.h"
#include "kernel/memory.h"
#include "kernel/process.h"
#include "kernel/segment.h"
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

	if (attach->uid == (uid_t)-1)
		return false;
	value->text = user_or_number(attach->uid, value->buffer);
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

/* Text for JSON; null where there is none. */
static json_t *json_text(const char *text)
{
	return text ? text_to_json(text) : json_null();
}

/* Gives the text of JSON, which is freed; none without memory. */
static bool set_json(struct value *value, json_t *json)
{
	value->allocated = text_of_json(json);
	value->text = value->allocated;
	json_decref(json);
	return true;
}

/* Adds ITEM to ARRAY; NULL without memory. */
static json_t *add_item(json_t *array, json_t *item)
{
	if (array && json_array_append_new(array, item) == 0)
		return array;
	json_decref(array);
	return NULL;
}

static json_t *json_attach(const struct attach *attach)
{
	struct value user = { 0 }, address = { 0 }, command = { 0 };

	get_address(attach, &address);
	return json_pack("{s:i, s:o, s:o, s:s, s:s, s:I}", "pid", (int)attach->pid,
		"user", json_text(get_user(attach, &user) ? user.text : NULL), "command",
		json_text(get_command(attach, &command) ? command.text : NULL), "address",
		address.text, "perms", attach->perms, "size",
		(json_int_t)(attach->end - attach->start));
}

static bool get_attaches(const void *row, struct value *value)
{
	const struct segment *segment = row;
	json_t *array = json_array();

	for (size_t i = 0; i < segment->nattaches; i++)
		array = add_item(array, json_attach(&segment->attaches[i]));
	return set_json(value, array);
}

static bool get_ranges(const void *row, struct value *value)
{
	struct memory_range CLEANUP_FREE *ranges = NULL;
	json_t *array;
	size_t count;

	if (memory_ranges(row, &ranges, &count) < 0)
		return false;
	array = json_array();
	for (size_t i = 0; i < count; i++)
		array = add_item(array,
			json_pack("{s:I, s:I, s:s}", "offset",
				(json_int_t)ranges[i].offset, "length",
				(json_int_t)ranges[i].length, "in",
				ranges[i].resident ? "memory" : "swap"));
	return set_json(value, array);
}

static bool get_page_size(const void *row, struct value *value)
{
	const struct segment *segment = row;

	value->number = segment->page_size;
	return segment->page_size != 0;
}

static bool get_ftok(const void *row, struct value *value)
{
	const struct segment *segment = row;
	struct ftok_parts parts = ftok_split(segment->key);

	if (segment->key == 0)
		return false;
	return set_json(value,
		json_pack("{s:i, s:i, s:i}", "proj", (int)parts.proj, "device",
			(int)parts.device, "inode", (int)parts.inode));
}

const struct column attach_json_columns[] = {
	{ "PAGE_SIZE", COLUMN_NUMBER, 0, SEGMENT_ATTACHES, get_page_size,
		"bytes of a page" },
	{ "RANGES", COLUMN_JSON, 0, SEGMENT_ATTACHES, get_ranges,
		"parts in memory and in swap" },
	{ "ATTACHES", COLUMN_JSON, 0, SEGMENT_ATTACHES, get_attaches,
		"processes that have it attached" },
	{ "FTOK", COLUMN_JSON, 0, 0, get_ftok, "parts of the key, if ftok(3) made it" },
	{ 0 },
};
