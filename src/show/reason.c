#include "show/reason.h"

#include <inttypes.h>

#include "alloc.h"
#include "cleanup.h"
#include "kernel/posix.h"
#include "show/names.h"
#include "show/text.h"

/* Return "attached once" for WHAT "attached" and COUNT 1. */
static char *times(const char *what, uint64_t count)
{
	if (count == 1 || count == 2)
		return xasprintf("%s %s", what, count == 1 ? "once" : "twice");
	return xasprintf("%s %" PRIu64 " times", what, count);
}

/* Say how often a process has a POSIX object mapped or open, or why that is not known. */
static char *reason_users(const struct row *row)
{
	char CLEANUP_FREE *mapped = times("mapped", row_nattch(row));
	char CLEANUP_FREE *open = times("open", row->nopen);

	if (!row->segment.tmpfs)
		return xstrdup("cannot be known: " POSIX_DIRECTORY " is not on tmpfs");
	if (row->nattaches == 0)
		return xstrdup(row->complete
				? "neither mapped nor open"
				: "cannot be known: not every process could be examined");
	return xasprintf("%s%s%s", row_nattch(row) > 0 ? mapped : "",
		row_nattch(row) > 0 && row->nopen > 0 ? ", " : "",
		row->nopen > 0 ? open : "");
}

char *reason_attaches(const struct row *row)
{
	if (row_is_posix(row))
		return reason_users(row);
	return row->segment.nattch == 0 ? xstrdup("not attached")
					: times("attached", row->segment.nattch);
}

/* Return "PID 812 (Xvfb)" for a process that was running at the second SINCE. */
static char *process_text(pid_t pid, int64_t since)
{
	const char *name = process_name(pid, since);
	char CLEANUP_FREE *safe = name ? text_escape(name) : NULL;

	if (pid == 0)
		return xstrdup("a process in another PID namespace");
	return safe ? xasprintf("PID %d (%s)", (int)pid, safe)
		    : xasprintf("PID %d", (int)pid);
}

/* Say that a process in this ROLE, such as "its creator", runs, or why that is not known.
 */
static char *role_text(
	const char *role, enum process_state state, pid_t pid, int64_t since)
{
	char CLEANUP_FREE *process = process_text(pid, since);

	switch (state) {
	case PROCESS_RUNS:
		return xasprintf("%s, %s, still runs", process, role);
	case PROCESS_UNNUMBERED:
		return xasprintf("cannot be known: %s is in another PID namespace", role);
	case PROCESS_FOREIGN_PROC:
		return xstrdup("cannot be known: /proc shows another PID namespace");
	case PROCESS_HIDDEN:
		return xasprintf("cannot be known: %s, %s, is hidden", process, role);
	case PROCESS_OLD_KERNEL:
		return xstrdup("cannot be known before Linux 4.17");
	case PROCESS_HIDDEN_INIT:
		return xstrdup("cannot be known: PID 1 is hidden");
	default:
		return xasprintf("cannot be known: the clock may have been set, and %s "
				 "may be %s",
			process, role);
	}
}

char *reason_creator(const struct row *row)
{
	return role_text("its creator", row->orphan.creator, row->segment.cpid,
		segment_existed(&row->segment));
}

static char *reason_last_user(const struct row *row)
{
	return role_text("the last to detach", row->orphan.last_user, row->segment.lpid,
		segment_last_use(&row->segment));
}

char *reason_orphan(const struct row *row)
{
	const struct orphan *orphan = &row->orphan;

	if (row->segment.nattch > 0)
		return reason_attaches(row);
	switch (orphan->state) {
	case ORPHAN_YES:
		return xstrdup("not attached, creator and last user gone");
	case ORPHAN_NO:
		return orphan->creator == PROCESS_RUNS ? reason_creator(row)
						       : reason_last_user(row);
	default:
		return orphan->creator == PROCESS_GONE ? reason_last_user(row)
						       : reason_creator(row);
	}
}

char *reason_motion(const struct segment *segment, enum motion motion)
{
	bool used = motion == MOTION_USED;
	char CLEANUP_FREE *process = used
		? process_text(segment->lpid, segment_last_use(segment))
		: process_text(segment->cpid, segment_existed(segment));

	return used ? xasprintf("in motion: used less than 2 seconds ago by %s", process)
		    : xasprintf("in motion: created or changed less than 2 seconds ago, "
				"and %s, its creator, may still run",
			      process);
}

char *reason_owner(const struct segment *segment)
{
	char number[NUMBER_MAX];

	if (!user_id_known(segment->uid))
		return xstrdup("owned by a user unknown in this user namespace");
	return xasprintf("owned by %s", user_or_number(segment->uid, number));
}
