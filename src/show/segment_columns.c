#include "show/segment_columns.h"

#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "kernel/backing.h"
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

/* Define a getter for what only System V segments have. */
#define SYSV_GETTER(name, result) GETTER(name, struct row, !row_is_posix(row) && (result))

/* Define a getter for what only POSIX objects have. */
#define POSIX_GETTER(name, result) GETTER(name, struct row, row_is_posix(row) && (result))

GETTER(type, struct row, value_text(value, row_is_posix(row) ? "posix" : "sysv"))
SYSV_GETTER(id, value_number(value, (uint64_t)row->segment.id))
SYSV_GETTER(key, value_text(value, human_key(value->buffer, row->segment.key)))
POSIX_GETTER(name, value_text(value, row->segment.name))
GETTER(owner, struct row,
	set_user(value, row, row->segment.uid) ||
		value_text(value, human_number(value->buffer, row->segment.uid)))
GETTER(uid, struct row, set_user_id(value, row, row->segment.uid))
GETTER(user, struct row, set_user(value, row, row->segment.uid))
GETTER(gid, struct row, set_group_id(value, row, row->segment.gid))
GETTER(group, struct row, set_group(value, row, row->segment.gid))
SYSV_GETTER(cuid, set_user_id(value, row, row->segment.cuid))
SYSV_GETTER(cuser, set_user(value, row, row->segment.cuid))
SYSV_GETTER(cgid, set_group_id(value, row, row->segment.cgid))
SYSV_GETTER(cgroup, set_group(value, row, row->segment.cgid))
GETTER(perms, struct row,
	value_text(value, human_perms(value->buffer, row->segment.mode)))
GETTER(mode, struct row, value_text(value, octal(value->buffer, row->segment.mode)))
GETTER(size, struct row, value_number(value, row->segment.size))
GETTER(rss, struct row, row->memory.known &&value_number(value, row->memory.rss))
GETTER(swap, struct row, row->memory.known &&value_number(value, row->memory.swap))
SYSV_GETTER(attach, set_time(value, row->segment.atime))
SYSV_GETTER(detach, set_time(value, row->segment.dtime))
POSIX_GETTER(atime, set_time(value, row->segment.atime))
POSIX_GETTER(mtime, set_time(value, row->segment.mtime))
GETTER(ctime, struct row, set_time(value, row->segment.ctime))
GETTER(idle, struct row, !row->saved && segment_idle(&row->segment, &value->number))
GETTER(age, struct row, !row->saved && segment_age(&row->segment, &value->number))
SYSV_GETTER(cpid, value_number(value, (uint64_t)row->segment.cpid))
SYSV_GETTER(lpid, value_number(value, (uint64_t)row->segment.lpid))
SYSV_GETTER(lcommand,
	set_command(value, row, row->segment.lpid, segment_last_use(&row->segment)))
GETTER(ns, struct row, row->ns != 0 && value_number(value, row->ns))
GETTER(nspid, struct row, row->ns_pid != 0 && value_number(value, (uint64_t)row->ns_pid))
GETTER(nscommand, struct row,
	row->ns_pid != 0 && value_text(value, process_command(row->ns_pid, PROCESS_NOW)))

GETTER(unit, struct row, value_text(value, process_unit(row->unit_pid, row->unit_since)))
GETTER(container, struct row,
	value_text(value, process_container(row->unit_pid, row->unit_since)))

/* The users of a POSIX object are found only on tmpfs, and may be more than were found.
 */
static bool knows_users(struct value *value, const struct row *row)
{
	value->uncertain = row_is_posix(row) && !row->complete;
	return !row_is_posix(row) || row->segment.tmpfs;
}

GETTER(nattch, struct row,
	knows_users(value, row) && value_number(value, row_nattch(row)))
POSIX_GETTER(open, knows_users(value, row) && value_number(value, row->nopen))

static bool get_command(const void *data, struct value *value)
{
	const struct row *row = data;

	if (!row_is_posix(row))
		return set_command(
			value, row, row->segment.cpid, segment_existed(&row->segment));
	return row->nattaches > 0 &&
		set_command(value, row, row->attaches[0].pid, PROCESS_NOW);
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
	bool orphan = row->orphan.state == ORPHAN_YES;
	bool huge = row->page_size > small_page_size();

	value->buffer[0] = '\0';
	value->uncertain = row_is_posix(row);
	value->variants = 1;
	/* Each word that may be missing doubles the number of variants. */
	if (row->orphan.state == ORPHAN_UNKNOWN || row->saved) {
		orphan = value->variant & value->variants;
		value->variants *= 2;
	}
	if (row->may_be_huge || row->saved) {
		huge = value->variant & value->variants;
		value->variants *= 2;
	}
	if (orphan)
		add_word(value->buffer, "orphan");
	if (row->segment.dest)
		add_word(value->buffer, "dest");
	if (row->segment.locked)
		add_word(value->buffer, "locked");
	if (huge)
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
	char *to;

	if (row->saved || (row_is_posix(row) && !row->segment.tmpfs))
		return false;
	value->uncertain = !row->complete;
	to = value->allocated = xcalloc(row->nattaches, NUMBER_MAX);
	for (size_t i = 0; i < row->nattaches; i++) {
		pid_t pid = row->attaches[i].pid;

		/* Attaches are sorted by PID; print each PID once. */
		if (i == 0 || row->attaches[i - 1].pid != pid)
			to += sprintf(to, "%s%d", i > 0 ? "," : "", (int)pid);
	}
	return value_text(value, value->allocated);
}

#define DEFAULT COLUMN_DEFAULT
#define CUT     COLUMN_CUT
#define LONG    COLUMN_LONG
#define PLACE   COLUMN_PLACE
#define SHELL   COLUMN_SHELL
#define POSIX   COLUMN_OBJECT
#define BOTH    (COLUMN_DEFAULT | COLUMN_OBJECT)
#define MEMORY  FINDING_MEMORY
#define USERS   FINDING_USERS
#define STATUS  (FINDING_ORPHAN | FINDING_PAGES | FINDING_MEMORY)
#define PIDS    FINDING_ATTACHES
#define NSPID   FINDING_NS
#define UNIT    (FINDING_UNIT | FINDING_USERS)

/* One line per column, in the order of --output-all. */
// clang-format off
const struct column segment_columns[] = {
	{ "TYPE", COLUMN_TEXT, COLUMN_KINDS, 0, get_type, "sysv (System V) or posix" },
	{ "ID", COLUMN_NUMBER, DEFAULT, 0, get_id, "identifier of a System V segment" },
	{ "KEY", COLUMN_TEXT, DEFAULT, 0, get_key, "key in hex; 0x00000000: IPC_PRIVATE or marked for destruction" },
	{ "NAME", COLUMN_TEXT, POSIX | CUT, 0, get_name, "name of a POSIX object, with its slash" },
	{ "OWNER", COLUMN_TEXT, BOTH | CUT, 0, get_owner, "owner's user name, or user ID if there is none" },
	{ "UID", COLUMN_NUMBER, SHELL, 0, get_uid, "owner's user ID" },
	{ "USER", COLUMN_TEXT, CUT, 0, get_user, "owner's user name" },
	{ "GID", COLUMN_NUMBER, SHELL, 0, get_gid, "owner's group ID" },
	{ "GROUP", COLUMN_TEXT, CUT, 0, get_group, "owner's group name" },
	{ "CUID", COLUMN_NUMBER, 0, 0, get_cuid, "creator's user ID" },
	{ "CUSER", COLUMN_TEXT, CUT, 0, get_cuser, "creator's user name" },
	{ "CGID", COLUMN_NUMBER, 0, 0, get_cgid, "creator's group ID" },
	{ "CGROUP", COLUMN_TEXT, CUT, 0, get_cgroup, "creator's group name" },
	{ "PERMS", COLUMN_TEXT, BOTH, 0, get_perms, "permissions as rw-r-----" },
	{ "MODE", COLUMN_TEXT, 0, 0, get_mode, "permissions in octal" },
	{ "SIZE", COLUMN_SIZE, BOTH, 0, get_size, "bytes requested" },
	{ "RSS", COLUMN_SIZE, BOTH, MEMORY, get_rss, "bytes in memory" },
	{ "SWAP", COLUMN_SIZE, 0, MEMORY, get_swap, "bytes in swap" },
	{ "NATTCH", COLUMN_NUMBER, BOTH, USERS, get_nattch, "number of attaches; of a POSIX object, the mappings found" },
	{ "OPEN", COLUMN_NUMBER, 0, USERS, get_open, "descriptors found that refer to a POSIX object" },
	{ "STATUS", COLUMN_WORDS, DEFAULT, STATUS, get_status, "any of orphan, dest, locked, huge", color_status },
	{ "ATTACH", COLUMN_TIME, 0, 0, get_attach, "time of the last attach" },
	{ "DETACH", COLUMN_TIME, 0, 0, get_detach, "time of the last detach" },
	{ "CTIME", COLUMN_TIME, 0, 0, get_ctime, "time of creation or last change" },
	{ "ATIME", COLUMN_TIME, 0, 0, get_atime, "time of the last access to a POSIX object" },
	{ "MTIME", COLUMN_TIME, 0, 0, get_mtime, "time of the last modification of a POSIX object" },
	{ "IDLE", COLUMN_DURATION, BOTH, 0, get_idle, "time since ATTACH or DETACH (POSIX: ATIME, MTIME), else CTIME" },
	{ "AGE", COLUMN_DURATION, 0, 0, get_age, "time since CTIME" },
	{ "CPID", COLUMN_NUMBER, DEFAULT, 0, get_cpid, "creator's process ID; 0: not visible" },
	{ "LPID", COLUMN_NUMBER, 0, 0, get_lpid, "last process to attach or detach; 0: none or not visible" },
	{ "COMMAND", COLUMN_TEXT, BOTH | LONG, USERS, get_command, "command line of CPID (POSIX: of the first process that uses it)" },
	{ "LCOMMAND", COLUMN_TEXT, LONG, 0, get_lcommand, "command line of LPID while it runs" },
	{ "PIDS", COLUMN_NUMBERS, 0, PIDS, get_pids, "processes that have it attached, mapped or open" },
	{ "UNIT", COLUMN_TEXT, CUT, UNIT, get_unit, "systemd unit of CPID, of a process that uses it, or of NSPID" },
	{ "CONTAINER", COLUMN_TEXT, CUT, UNIT, get_container, "container of the same process: 12 digits of its ID, or its name" },
	{ "NS", COLUMN_NUMBER, PLACE, 0, get_ns, "namespace (inode number): IPC, or mount for a POSIX object" },
	{ "NSPID", COLUMN_NUMBER, PLACE, NSPID, get_nspid, "a process in that namespace" },
	{ "NSCOMMAND", COLUMN_TEXT, LONG | PLACE, NSPID, get_nscommand, "command line of NSPID" },
	{ 0 },
};
// clang-format on
