#include "show/segment_columns.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel/attach.h"
#include "kernel/process.h"
#include "kernel/segment.h"
#include "show/human.h"
#include "show/names.h"

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

static bool get_id(const void *row, struct value *value)
{
	const struct segment *segment = row;

	return set_number(value, (uint64_t)segment->id);
}

static bool get_key(const void *row, struct value *value)
{
	const struct segment *segment = row;

	return set_text(value, human_key(value->buffer, segment->key));
}

static bool get_owner(const void *row, struct value *value)
{
	const struct segment *segment = row;

	if (segment->unnamed) {
		snprintf(value->buffer, sizeof(value->buffer), "%u", segment->uid);
		return set_text(value, value->buffer);
	}
	return set_text(value, user_or_number(segment->uid, value->buffer));
}

static bool get_uid(const void *row, struct value *value)
{
	const struct segment *segment = row;

	return set_number(value, segment->uid);
}

static bool get_user(const void *row, struct value *value)
{
	const struct segment *segment = row;

	return !segment->unnamed && set_text(value, user_name(segment->uid));
}

static bool get_gid(const void *row, struct value *value)
{
	const struct segment *segment = row;

	return set_number(value, segment->gid);
}

static bool get_group(const void *row, struct value *value)
{
	const struct segment *segment = row;

	return !segment->unnamed && set_text(value, group_name(segment->gid));
}

static bool get_cuid(const void *row, struct value *value)
{
	const struct segment *segment = row;

	return set_number(value, segment->cuid);
}

static bool get_cuser(const void *row, struct value *value)
{
	const struct segment *segment = row;

	return !segment->unnamed && set_text(value, user_name(segment->cuid));
}

static bool get_cgid(const void *row, struct value *value)
{
	const struct segment *segment = row;

	return set_number(value, segment->cgid);
}

static bool get_cgroup(const void *row, struct value *value)
{
	const struct segment *segment = row;

	return !segment->unnamed && set_text(value, group_name(segment->cgid));
}

static bool get_perms(const void *row, struct value *value)
{
	const struct segment *segment = row;

	return set_text(value, human_perms(value->buffer, segment->mode));
}

static bool get_mode(const void *row, struct value *value)
{
	const struct segment *segment = row;

	snprintf(value->buffer, sizeof(value->buffer), "%04o",
		(unsigned int)segment->mode);
	return set_text(value, value->buffer);
}

static bool get_size(const void *row, struct value *value)
{
	const struct segment *segment = row;

	return set_number(value, segment->size);
}

static bool get_rss(const void *row, struct value *value)
{
	const struct segment *segment = row;

	return segment->has_memory && set_number(value, segment->rss);
}

static bool get_swap(const void *row, struct value *value)
{
	const struct segment *segment = row;

	return segment->has_memory && set_number(value, segment->swap);
}

static bool get_nattch(const void *row, struct value *value)
{
	const struct segment *segment = row;

	return set_number(value, segment->nattch);
}

static void add_word(char *words, const char *word)
{
	if (*words)
		strcat(words, ",");
	strcat(words, word);
}

static bool get_status(const void *row, struct value *value)
{
	const struct segment *segment = row;

	value->buffer[0] = '\0';
	if (segment->orphan)
		add_word(value->buffer, "orphan");
	if (segment->dest)
		add_word(value->buffer, "dest");
	if (segment->locked)
		add_word(value->buffer, "locked");
	if (segment->page_size > (uint64_t)sysconf(_SC_PAGESIZE))
		add_word(value->buffer, "huge");
	return set_text(value, value->buffer);
}

/* A second that lies behind us; 0 stands for never. */
static bool set_time(struct value *value, int64_t second)
{
	return second > 0 && set_number(value, (uint64_t)second);
}

static bool get_attach(const void *row, struct value *value)
{
	const struct segment *segment = row;

	return set_time(value, segment->atime);
}

static bool get_detach(const void *row, struct value *value)
{
	const struct segment *segment = row;

	return set_time(value, segment->dtime);
}

static bool get_ctime(const void *row, struct value *value)
{
	const struct segment *segment = row;

	return set_time(value, segment->ctime);
}

static bool get_idle(const void *row, struct value *value)
{
	return segment_idle(row, &value->number);
}

static bool get_age(const void *row, struct value *value)
{
	return segment_age(row, &value->number);
}

static bool get_cpid(const void *row, struct value *value)
{
	const struct segment *segment = row;

	return set_number(value, (uint64_t)segment->cpid);
}

static bool get_lpid(const void *row, struct value *value)
{
	const struct segment *segment = row;

	return set_number(value, (uint64_t)segment->lpid);
}

static bool get_command(const void *row, struct value *value)
{
	const struct segment *segment = row;

	return !segment->saved &&
		set_text(value, process_command(segment->cpid, segment_existed(segment)));
}

static bool get_lcommand(const void *row, struct value *value)
{
	const struct segment *segment = row;

	return !segment->saved &&
		set_text(
			value, process_command(segment->lpid, segment_last_use(segment)));
}

static bool get_pids(const void *row, struct value *value)
{
	const struct segment *segment = row;
	size_t size = 0;
	FILE *out;

	if (segment->saved)
		return false;
	value->uncertain = segment->nattaches < segment->nattch;
	out = open_memstream(&value->allocated, &size);
	if (!out)
		return false;
	for (size_t i = 0; i < segment->nattaches; i++) {
		pid_t pid = segment->attaches[i].pid;

		/* They are in order of their PIDs; each is named once. */
		if (i == 0 || segment->attaches[i - 1].pid != pid)
			fprintf(out, "%s%d", i > 0 ? "," : "", (int)pid);
	}
	return fclose(out) == 0 && set_text(value, value->allocated);
}

static bool get_ns(const void *row, struct value *value)
{
	const struct segment *segment = row;

	return segment->ns != 0 && set_number(value, segment->ns);
}

static bool get_nscommand(const void *row, struct value *value)
{
	const struct segment *segment = row;

	return segment->ns_pid != 0 &&
		set_text(value, process_command(segment->ns_pid, PROCESS_NOW));
}

#define DEFAULT COLUMN_DEFAULT
#define CUT     COLUMN_CUT
#define PLACE   COLUMN_PLACE
#define SHELL   COLUMN_SHELL
#define MEMORY  SEGMENT_MEMORY
#define STATUS  (SEGMENT_ORPHAN | SEGMENT_PAGES | SEGMENT_MEMORY)
#define PIDS    SEGMENT_ATTACHES
#define NSPID   SEGMENT_NS

/* One line a column, in the order of --output-all: the man page's list and the shells'
 * completions are made from these lines, see man/columns.awk, completions/table.awk. */
// clang-format off
const struct column segment_columns[] = {
	{ "ID", COLUMN_NUMBER, DEFAULT, 0, get_id, "identifier" },
	{ "KEY", COLUMN_TEXT, DEFAULT, 0, get_key, "key in hex; 0x00000000 is private" },
	{ "OWNER", COLUMN_TEXT, DEFAULT | CUT, 0, get_owner, "owner: name, or number where it has none" },
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
	{ "SIZE", COLUMN_SIZE, DEFAULT, 0, get_size, "bytes asked for" },
	{ "RSS", COLUMN_SIZE, DEFAULT, MEMORY, get_rss, "bytes in memory" },
	{ "SWAP", COLUMN_SIZE, 0, MEMORY, get_swap, "bytes in swap" },
	{ "NATTCH", COLUMN_NUMBER, DEFAULT, 0, get_nattch, "attaches now" },
	{ "STATUS", COLUMN_WORDS, DEFAULT, STATUS, get_status, "any of orphan, dest, locked, huge" },
	{ "ATTACH", COLUMN_TIME, 0, 0, get_attach, "time of the last attach" },
	{ "DETACH", COLUMN_TIME, 0, 0, get_detach, "time of the last detach" },
	{ "CTIME", COLUMN_TIME, 0, 0, get_ctime, "time of creation or of the last change" },
	{ "IDLE", COLUMN_DURATION, DEFAULT, 0, get_idle, "since the last attach or detach, or else since CTIME" },
	{ "AGE", COLUMN_DURATION, 0, 0, get_age, "since CTIME" },
	{ "CPID", COLUMN_NUMBER, DEFAULT, 0, get_cpid, "process that created it; 0: not visible" },
	{ "LPID", COLUMN_NUMBER, 0, 0, get_lpid, "last process to attach or detach it; 0: none or not visible" },
	{ "COMMAND", COLUMN_TEXT, DEFAULT | CUT, 0, get_command, "command line of CPID while it runs" },
	{ "LCOMMAND", COLUMN_TEXT, CUT, 0, get_lcommand, "command line of LPID while it runs" },
	{ "PIDS", COLUMN_NUMBERS, 0, PIDS, get_pids, "processes that have it attached" },
	{ "NS", COLUMN_NUMBER, PLACE, 0, get_ns, "IPC namespace, by its inode number" },
	{ "NSCOMMAND", COLUMN_TEXT, CUT | PLACE, NSPID, get_nscommand, "command line of a process in that namespace" },
	{ 0 },
};
// clang-format on
