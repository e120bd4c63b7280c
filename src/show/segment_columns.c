#include "show/segment_columns.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "kernel/process.h"
#include "row.h"
#include "show/getter.h"
#include "show/human.h"
#include "show/names.h"

/* Set VALUE to a time. False: 0, which means never. */
static bool set_time(struct value *value, int64_t second)
{
	return second > 0 && value_number(value, (uint64_t)second);
}

/* If a user ID is not mapped in this user namespace, the kernel shows the overflow ID
 * instead. */
static bool set_user_id(struct value *value, const struct row *row, uid_t uid)
{
	value->uncertain = !row->saved && !user_id_known(uid);
	return value_number(value, uid);
}

static bool set_user(struct value *value, const struct row *row, uid_t uid)
{
	set_user_id(value, row, uid);
	return !row->unnamed && value_text(value, user_name(uid));
}

static bool set_group_id(struct value *value, const struct row *row, gid_t gid)
{
	value->uncertain = !row->saved && !group_id_known(gid);
	return value_number(value, gid);
}

static bool set_group(struct value *value, const struct row *row, gid_t gid)
{
	set_group_id(value, row, gid);
	return !row->unnamed && value_text(value, group_name(gid));
}

/* SINCE: see process_command(). */
static bool set_command(
	struct value *value, const struct row *row, pid_t pid, int64_t since)
{
	return !row->saved && value_text(value, process_command(pid, since));
}

static const char *octal(char buffer[HUMAN_MAX], mode_t mode)
{
	snprintf(buffer, HUMAN_MAX, "%04o", (unsigned int)mode);
	return buffer;
}

GETTER(id, struct row, value_number(value, (uint64_t)row->segment.id))
GETTER(key, struct row, value_text(value, human_key(value->buffer, row->segment.key)))
GETTER(owner, struct row,
	set_user(value, row, row->segment.uid) ||
		value_text(value, human_number(value->buffer, row->segment.uid)))
GETTER(uid, struct row, set_user_id(value, row, row->segment.uid))
GETTER(user, struct row, set_user(value, row, row->segment.uid))
GETTER(gid, struct row, set_group_id(value, row, row->segment.gid))
GETTER(group, struct row, set_group(value, row, row->segment.gid))
GETTER(cuid, struct row, set_user_id(value, row, row->segment.cuid))
GETTER(cuser, struct row, set_user(value, row, row->segment.cuid))
GETTER(cgid, struct row, set_group_id(value, row, row->segment.cgid))
GETTER(cgroup, struct row, set_group(value, row, row->segment.cgid))
GETTER(perms, struct row,
	value_text(value, human_perms(value->buffer, row->segment.mode)))
GETTER(mode, struct row, value_text(value, octal(value->buffer, row->segment.mode)))
GETTER(size, struct row, value_number(value, row->segment.size))
GETTER(rss, struct row, row->memory.known &&value_number(value, row->memory.rss))
GETTER(swap, struct row, row->memory.known &&value_number(value, row->memory.swap))
GETTER(nattch, struct row, value_number(value, row->segment.nattch))
GETTER(attach, struct row, set_time(value, row->segment.atime))
GETTER(detach, struct row, set_time(value, row->segment.dtime))
GETTER(ctime, struct row, set_time(value, row->segment.ctime))
GETTER(idle, struct row, !row->saved && segment_idle(&row->segment, &value->number))
GETTER(age, struct row, !row->saved && segment_age(&row->segment, &value->number))
GETTER(cpid, struct row, value_number(value, (uint64_t)row->segment.cpid))
GETTER(lpid, struct row, value_number(value, (uint64_t)row->segment.lpid))
GETTER(command, struct row,
	set_command(value, row, row->segment.cpid, segment_existed(&row->segment)))
GETTER(lcommand, struct row,
	set_command(value, row, row->segment.lpid, segment_last_use(&row->segment)))
GETTER(ns, struct row, row->ns != 0 && value_number(value, row->ns))
GETTER(nscommand, struct row,
	row->ns_pid != 0 && value_text(value, process_command(row->ns_pid, PROCESS_NOW)))

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
	value->uncertain = row->orphan.state == ORPHAN_UNKNOWN;
	if (row->orphan.state == ORPHAN_YES)
		add_word(value->buffer, "orphan");
	if (row->segment.dest)
		add_word(value->buffer, "dest");
	if (row->segment.locked)
		add_word(value->buffer, "locked");
	if (row->page_size > (uint64_t)sysconf(_SC_PAGESIZE))
		add_word(value->buffer, "huge");
	return value_text(value, value->buffer);
}

static const char *color_status(const void *data)
{
	const struct row *row = data;

	if (row->segment.dest)
		return "red";
	return row->orphan.state == ORPHAN_YES ? "yellow" : NULL;
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

		/* Attaches are sorted by PID; print each PID once. */
		if (i == 0 || row->attaches[i - 1].pid != pid)
			fprintf(out, "%s%d", i > 0 ? "," : "", (int)pid);
	}
	xclose_memstream(out);
	return value_text(value, value->allocated);
}

#define DEFAULT COLUMN_DEFAULT
#define CUT     COLUMN_CUT
#define LONG    COLUMN_LONG
#define PLACE   COLUMN_PLACE
#define SHELL   COLUMN_SHELL
#define MEMORY  FINDING_MEMORY
#define STATUS  (FINDING_ORPHAN | FINDING_PAGES | FINDING_MEMORY)
#define PIDS    FINDING_ATTACHES
#define NSPID   FINDING_NS

/* One line per column, in the order of --output-all. */
// clang-format off
const struct column segment_columns[] = {
	{ "ID", COLUMN_NUMBER, DEFAULT, 0, get_id, "identifier" },
	{ "KEY", COLUMN_TEXT, DEFAULT, 0, get_key, "key in hex; 0x00000000: IPC_PRIVATE or marked for destruction" },
	{ "OWNER", COLUMN_TEXT, DEFAULT | CUT, 0, get_owner, "owner's user name, or user ID if there is none" },
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
	{ "NATTCH", COLUMN_NUMBER, DEFAULT, 0, get_nattch, "number of attaches" },
	{ "STATUS", COLUMN_WORDS, DEFAULT, STATUS, get_status, "any of orphan, dest, locked, huge", color_status },
	{ "ATTACH", COLUMN_TIME, 0, 0, get_attach, "time of the last attach" },
	{ "DETACH", COLUMN_TIME, 0, 0, get_detach, "time of the last detach" },
	{ "CTIME", COLUMN_TIME, 0, 0, get_ctime, "time of creation or last change" },
	{ "IDLE", COLUMN_DURATION, DEFAULT, 0, get_idle, "time since the last attach or detach, or else since CTIME" },
	{ "AGE", COLUMN_DURATION, 0, 0, get_age, "time since CTIME" },
	{ "CPID", COLUMN_NUMBER, DEFAULT, 0, get_cpid, "creator's process ID; 0: not visible" },
	{ "LPID", COLUMN_NUMBER, 0, 0, get_lpid, "last process to attach or detach; 0: none or not visible" },
	{ "COMMAND", COLUMN_TEXT, DEFAULT | LONG, 0, get_command, "command line of CPID while it runs" },
	{ "LCOMMAND", COLUMN_TEXT, LONG, 0, get_lcommand, "command line of LPID while it runs" },
	{ "PIDS", COLUMN_NUMBERS, 0, PIDS, get_pids, "processes that have it attached" },
	{ "NS", COLUMN_NUMBER, PLACE, 0, get_ns, "IPC namespace (inode number)" },
	{ "NSCOMMAND", COLUMN_TEXT, LONG | PLACE, NSPID, get_nscommand, "command line of a process in that namespace" },
	{ 0 },
};
// clang-format on
