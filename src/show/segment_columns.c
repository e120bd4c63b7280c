#include "show/segment_columns.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "kernel/process.h"
#include "row.h"
#include "show/human.h"
#include "show/names.h"

static const struct segment *facts(const void *row)
{
	return &((const struct row *)row)->segment;
}

static bool set_number(struct value *value, uint64_t number)
{
	value->number = number;
	return true;
}

static bool set_text(struct value *value, const char *text)
{
	value->text = text;
	return text;
}

static bool set_count(const struct row *row, uint64_t number, struct value *value)
{
	(void)row;
	return set_number(value, number);
}

/* 0 stands for never. */
static bool set_time(const struct row *row, int64_t second, struct value *value)
{
	return second > 0 && set_count(row, (uint64_t)second, value);
}

/* Note that the kernel shows an ID in place of one that is not mapped in this user
 * namespace. */
static void check_user(const struct row *row, uid_t uid, struct value *value)
{
	value->uncertain = !row->saved && !user_id_known(uid);
}

static bool set_user_id(const struct row *row, uid_t uid, struct value *value)
{
	check_user(row, uid, value);
	return set_number(value, uid);
}

static bool set_user(const struct row *row, uid_t uid, struct value *value)
{
	check_user(row, uid, value);
	return !row->unnamed && set_text(value, user_name(uid));
}

static void check_group(const struct row *row, gid_t gid, struct value *value)
{
	value->uncertain = !row->saved && !group_id_known(gid);
}

static bool set_group_id(const struct row *row, gid_t gid, struct value *value)
{
	check_group(row, gid, value);
	return set_number(value, gid);
}

static bool set_group(const struct row *row, gid_t gid, struct value *value)
{
	check_group(row, gid, value);
	return !row->unnamed && set_text(value, group_name(gid));
}

/* Getters of columns that show a fact as it is. */
#define FACT(name, set, field)                                                           \
	static bool get_##name(const void *row, struct value *value)                     \
	{                                                                                \
		return set(row, facts(row)->field, value);                               \
	}

FACT(id, set_count, id)
FACT(uid, set_user_id, uid)
FACT(user, set_user, uid)
FACT(gid, set_group_id, gid)
FACT(group, set_group, gid)
FACT(cuid, set_user_id, cuid)
FACT(cuser, set_user, cuid)
FACT(cgid, set_group_id, cgid)
FACT(cgroup, set_group, cgid)
FACT(size, set_count, size)
FACT(nattch, set_count, nattch)
FACT(attach, set_time, atime)
FACT(detach, set_time, dtime)
FACT(ctime, set_time, ctime)
FACT(cpid, set_count, cpid)
FACT(lpid, set_count, lpid)

static bool get_key(const void *row, struct value *value)
{
	return set_text(value, human_key(value->buffer, facts(row)->key));
}

static bool get_owner(const void *row, struct value *value)
{
	uid_t uid = facts(row)->uid;

	check_user(row, uid, value);
	if (!((const struct row *)row)->unnamed)
		return set_text(value, user_or_number(uid, value->buffer));
	snprintf(value->buffer, sizeof(value->buffer), "%u", uid);
	return set_text(value, value->buffer);
}

static bool get_perms(const void *row, struct value *value)
{
	return set_text(value, human_perms(value->buffer, facts(row)->mode));
}

static bool get_mode(const void *row, struct value *value)
{
	snprintf(value->buffer, sizeof(value->buffer), "%04o",
		(unsigned int)facts(row)->mode);
	return set_text(value, value->buffer);
}

static bool get_rss(const void *data, struct value *value)
{
	const struct row *row = data;

	return row->memory.known && set_number(value, row->memory.rss);
}

static bool get_swap(const void *data, struct value *value)
{
	const struct row *row = data;

	return row->memory.known && set_number(value, row->memory.swap);
}

static void add_word(char *words, const char *word)
{
	if (*words)
		strcat(words, ",");
	strcat(words, word);
}

static bool get_status(const void *data, struct value *value)
{
	const struct row *row = data;

	value->buffer[0] = '\0';
	value->uncertain = row->orphan == ORPHAN_UNKNOWN;
	if (row->orphan == ORPHAN_YES)
		add_word(value->buffer, "orphan");
	if (row->segment.dest)
		add_word(value->buffer, "dest");
	if (row->segment.locked)
		add_word(value->buffer, "locked");
	if (row->page_size > (uint64_t)sysconf(_SC_PAGESIZE))
		add_word(value->buffer, "huge");
	return set_text(value, value->buffer);
}

static bool get_idle(const void *data, struct value *value)
{
	const struct row *row = data;

	return !row->saved && segment_idle(&row->segment, &value->number);
}

static bool get_age(const void *data, struct value *value)
{
	const struct row *row = data;

	return !row->saved && segment_age(&row->segment, &value->number);
}

static bool set_command(
	const struct row *row, pid_t pid, int64_t since, struct value *value)
{
	return !row->saved && set_text(value, process_command(pid, since));
}

static bool get_command(const void *row, struct value *value)
{
	return set_command(row, facts(row)->cpid, segment_existed(facts(row)), value);
}

static bool get_lcommand(const void *row, struct value *value)
{
	return set_command(row, facts(row)->lpid, segment_last_use(facts(row)), value);
}

static bool get_pids(const void *data, struct value *value)
{
	const struct row *row = data;
	size_t size;
	FILE *out;

	if (row->saved)
		return false;
	value->uncertain = !row->complete;
	out = xopen_memstream(&value->allocated, &size);
	for (size_t i = 0; i < row->nattaches; i++) {
		pid_t pid = row->attaches[i].pid;

		/* They are ordered by PID; print each once. */
		if (i == 0 || row->attaches[i - 1].pid != pid)
			fprintf(out, "%s%d", i > 0 ? "," : "", (int)pid);
	}
	xclose_memstream(out);
	return set_text(value, value->allocated);
}

static bool get_ns(const void *data, struct value *value)
{
	const struct row *row = data;

	return row->ns != 0 && set_number(value, row->ns);
}

static bool get_nscommand(const void *data, struct value *value)
{
	const struct row *row = data;

	return row->ns_pid != 0 &&
		set_text(value, process_command(row->ns_pid, PROCESS_NOW));
}

#define DEFAULT COLUMN_DEFAULT
#define CUT     COLUMN_CUT
#define PLACE   COLUMN_PLACE
#define SHELL   COLUMN_SHELL
#define MEMORY  FINDING_MEMORY
#define STATUS  (FINDING_ORPHAN | FINDING_PAGES | FINDING_MEMORY)
#define PIDS    FINDING_ATTACHES
#define NSPID   FINDING_NS

/* One line a column, in the order of --output-all. */
// clang-format off
const struct column segment_columns[] = {
	{ "ID", COLUMN_NUMBER, DEFAULT, 0, get_id, "identifier" },
	{ "KEY", COLUMN_TEXT, DEFAULT, 0, get_key, "key in hex; 0x00000000 is private" },
	{ "OWNER", COLUMN_TEXT, DEFAULT | CUT, 0, get_owner, "owner: name, or number without one" },
	{ "UID", COLUMN_NUMBER, SHELL, 0, get_uid, "owner's user ID" },
	{ "USER", COLUMN_TEXT, CUT, 0, get_user, "owner's user name" },
	{ "GID", COLUMN_NUMBER, SHELL, 0, get_gid, "owner's group ID" },
	{ "GROUP", COLUMN_TEXT, CUT, 0, get_group, "owner's group name" },
	{ "CUID", COLUMN_NUMBER, 0, 0, get_cuid, "creator's user ID" },
	{ "CUSER", COLUMN_TEXT, CUT, 0, get_cuser, "creator's user name" },
	{ "CGID", COLUMN_NUMBER, 0, 0, get_cgid, "creator's group ID" },
	{ "CGROUP", COLUMN_TEXT, CUT, 0, get_cgroup, "creator's group name" },
	{ "PERMS", COLUMN_TEXT, DEFAULT, 0, get_perms, "permissions as rw-r-----" },
	{ "MODE", COLUMN_TEXT, 0, 0, get_mode, "permissions in octal" },
	{ "SIZE", COLUMN_SIZE, DEFAULT, 0, get_size, "bytes requested" },
	{ "RSS", COLUMN_SIZE, DEFAULT, MEMORY, get_rss, "bytes in memory" },
	{ "SWAP", COLUMN_SIZE, 0, MEMORY, get_swap, "bytes in swap" },
	{ "NATTCH", COLUMN_NUMBER, DEFAULT, 0, get_nattch, "attaches now" },
	{ "STATUS", COLUMN_WORDS, DEFAULT, STATUS, get_status, "any of orphan, dest, locked, huge" },
	{ "ATTACH", COLUMN_TIME, 0, 0, get_attach, "time of the last attach" },
	{ "DETACH", COLUMN_TIME, 0, 0, get_detach, "time of the last detach" },
	{ "CTIME", COLUMN_TIME, 0, 0, get_ctime, "time of creation or last change" },
	{ "IDLE", COLUMN_DURATION, DEFAULT, 0, get_idle, "since the last attach or detach, or else CTIME" },
	{ "AGE", COLUMN_DURATION, 0, 0, get_age, "since CTIME" },
	{ "CPID", COLUMN_NUMBER, DEFAULT, 0, get_cpid, "creator; 0: not visible" },
	{ "LPID", COLUMN_NUMBER, 0, 0, get_lpid, "last process to attach or detach; 0: none or not visible" },
	{ "COMMAND", COLUMN_TEXT, DEFAULT | CUT, 0, get_command, "command line of CPID while it runs" },
	{ "LCOMMAND", COLUMN_TEXT, CUT, 0, get_lcommand, "command line of LPID while it runs" },
	{ "PIDS", COLUMN_NUMBERS, 0, PIDS, get_pids, "processes that have it attached" },
	{ "NS", COLUMN_NUMBER, PLACE, 0, get_ns, "IPC namespace (inode number)" },
	{ "NSCOMMAND", COLUMN_TEXT, CUT | PLACE, NSPID, get_nscommand, "command line of a process in that namespace" },
	{ 0 },
};
// clang-format on
