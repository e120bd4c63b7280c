#include "show/limit_columns.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>

#include "kernel/limits.h"
#include "show/getter.h"

static const struct {
	const char *name; /* of the sysctl, if there is one; NULL: see limit_name() */
	const char *unit;
	const char *description;
} kinds[] = {
	[LIMIT_SHMMAX] = { "kernel.shmmax", "bytes", "largest size of a segment" },
	[LIMIT_SHMALL] = { "kernel.shmall", "pages", "size of all segments together" },
	[LIMIT_SHMMNI] = { "kernel.shmmni", "segments", "number of segments" },
	[LIMIT_SHMMIN] = { "shmmin", "bytes", "smallest size of a segment" },
	[LIMIT_RMID_FORCED] = { "kernel.shm_rmid_forced", "boolean",
		"1: the last detach removes a segment" },
	[LIMIT_HUGE_POOL] = { NULL, "pages", "pool of huge pages" },
	[LIMIT_HUGE_GROUP] = { "vm.hugetlb_shm_group", "gid",
		"group that may create segments of huge pages" },
	[LIMIT_DEVSHM_SIZE] = { "/dev/shm", "bytes", "memory of all POSIX objects" },
	[LIMIT_DEVSHM_INODES] = { "/dev/shm:inodes", "inodes",
		"number of POSIX objects and other files" },
};

/* The share of a limit, in percent, above which it is nearly reached. */
#define NEAR 90

/* Set an amount in the unit of LIMIT. */
static bool set_amount(struct value *value, const struct limit *limit, uint64_t number)
{
	bool bytes = strcmp(kinds[limit->kind].unit, "bytes") == 0;

	value->unit = bytes ? 1 : limit->page_size;
	return value_number(value, number);
}

/* The same for an amount that is unlimited if LIMIT is. */
static bool set_limit(struct value *value, const struct limit *limit, uint64_t number)
{
	value->unlimited = limit_is_none(limit);
	return set_amount(value, limit, number);
}

/* A pool without pages was never set up, so it did not run out. */
static bool is_full(const struct limit *limit)
{
	return limit->counted && limit->unused == 0 &&
		(limit->value > 0 || limit->kind != LIMIT_HUGE_POOL);
}

bool limit_is_above(const struct limit *limit, unsigned int percent)
{
	if (!limit->counted || limit->value == 0)
		return is_full(limit);
	/* In two parts, since the product could overflow. */
	return limit->used >
		limit->value / 100 * percent + limit->value % 100 * percent / 100;
}

/* Return the percentage of LIMIT, not 0, that is used, rounded down. Pages above 2^57
 * would overflow, and are divided less exactly. */
static uint64_t percent_used(const struct limit *limit)
{
	return limit->used <= UINT64_MAX / 100 ? limit->used * 100 / limit->value
					       : limit->used / MAX(limit->value / 100, 1);
}

uint64_t limit_percent(const struct limit *limit)
{
	uint64_t percent = percent_used(limit);

	return percent + limit_is_above(limit, (unsigned int)percent);
}

const char *limit_name(const struct limit *limit, char buffer[LIMIT_NAME_MAX])
{
	if (limit->kind != LIMIT_HUGE_POOL)
		return kinds[limit->kind].name;
	/* As in /sys/kernel/mm/hugepages; only one of the pools has a sysctl. */
	snprintf(buffer, LIMIT_NAME_MAX, "hugepages-%" PRIu64 "kB",
		limit->page_size / 1024);
	return buffer;
}

GETTER(resource, struct limit, value_text(value, limit_name(row, value->buffer)))
GETTER(limit, struct limit, row->known &&set_limit(value, row, row->value))
GETTER(used, struct limit, row->counted &&set_amount(value, row, row->used))
GETTER(free, struct limit, row->counted &&set_limit(value, row, row->unused))
GETTER(percent, struct limit,
	row->counted && row->value > 0 && value_number(value, percent_used(row)))
GETTER(status, struct limit,
	value_text(value,
		is_full(row)                        ? "full"
			: limit_is_above(row, NEAR) ? "near"
						    : ""))
GETTER(unit, struct limit, value_text(value, kinds[row->kind].unit))
GETTER(description, struct limit, value_text(value, kinds[row->kind].description))
GETTER(page_size, struct limit, row->page_size > 0 && value_number(value, row->page_size))
GETTER(reserved, struct limit,
	row->kind == LIMIT_HUGE_POOL && row->known &&
		set_amount(value, row, row->reserved))
GETTER(overcommit, struct limit,
	row->kind == LIMIT_HUGE_POOL && row->known &&
		set_amount(value, row, row->overcommit))

static const char *color_status(const void *data)
{
	const struct limit *limit = data;

	return is_full(limit) ? "red" : limit_is_above(limit, NEAR) ? "yellow" : NULL;
}

#define DEFAULT  COLUMN_DEFAULT
#define PROGRAMS COLUMN_PROGRAMS
#define LONG     COLUMN_LONG

/* One line each. */
// clang-format off
const struct column limit_columns[] = {
	{ "RESOURCE", COLUMN_TEXT, DEFAULT, 0, get_resource, "sysctl, pool of huge pages, or /dev/shm" },
	{ "LIMIT", COLUMN_AMOUNT, DEFAULT, 0, get_limit, "value of the limit" },
	{ "USED", COLUMN_AMOUNT, DEFAULT, 0, get_used, "amount in use" },
	{ "FREE", COLUMN_AMOUNT, DEFAULT, 0, get_free, "amount still available" },
	{ "PERCENT", COLUMN_NUMBER, DEFAULT, 0, get_percent, "percentage of LIMIT used, rounded down" },
	{ "STATUS", COLUMN_WORDS, DEFAULT, 0, get_status, "near: more than 90 % used; full: nothing left", color_status },
	{ "UNIT", COLUMN_TEXT, PROGRAMS, 0, get_unit, "for programs: bytes, pages, segments, inodes, boolean or gid" },
	{ "DESCRIPTION", COLUMN_TEXT, DEFAULT | LONG, 0, get_description, "meaning of the limit" },
	{ "PAGESIZE", COLUMN_SIZE, 0, 0, get_page_size, "bytes of a page, if UNIT is pages" },
	{ "RESERVED", COLUMN_AMOUNT, 0, 0, get_reserved, "part of USED that is reserved but not touched yet" },
	{ "OVERCOMMIT", COLUMN_AMOUNT, 0, 0, get_overcommit, "part of LIMIT that the pool may borrow from normal memory" },
	{ 0 },
};
// clang-format on
