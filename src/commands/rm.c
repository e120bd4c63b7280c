#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <sys/ipc.h>
#include <sys/param.h>

#include "alloc.h"
#include "cleanup.h"
#include "clock.h"
#include "command.h"
#include "condition.h"
#include "parse/duration.h"
#include "select/filter.h"
#include "show/human.h"
#include "show/message.h"
#include "show/names.h"
#include "show/reason.h"
#include "show/segment_columns.h"
#include "show/text.h"

static int dry_run, interactive, force, verbose, all_namespaces;
static char *settle_text;

static struct poptOption rm_options[] = {
	FLAG("dry-run", 'n', &dry_run, "List what would be removed; remove nothing"),
	FLAG("interactive", 'i', &interactive, "Ask before each removal"),
	FLAG("force", 'f', &force, "Ignore missing segments"),
	FLAG("verbose", 'v', &verbose, "Print what is removed and what is kept"),
	FLAG("all-namespaces", 'A', &all_namespaces,
		"With filters only: remove segments of every namespace"),
	VALUE("settle", '\0', &settle_text, "DURATION",
		"Look for users of POSIX objects twice, DURATION apart (default 2s)"),
	POPT_TABLEEND,
};

static struct filters filters;

/* Read findings (memory use, orphan state, attaches; see filter.h) once for up to
 * PASS_ROWS segments, and use them for at most PASS_TIME after the reading ended. */
#define PASS_ROWS 4096
#define PASS_TIME (50 * CLOCK_MILLISECOND)

/* Segments that filters alone select and the caller may not remove. */
static size_t denied;

/* The time between two looks for users of POSIX objects, in milliseconds. */
static uint64_t settle = 2000;

#if !HAVE_RPMATCH
/* musl lacks rpmatch(3). */
static int rpmatch(const char *answer)
{
	return *answer == 'y' || *answer == 'Y';
}
#endif

/* Return "", or with --all-namespaces, " in namespace NS (container ID)", with the
 * container of a process there. The caller frees it. */
static char *where(const struct row *row)
{
	const char *container;
	char CLEANUP_FREE *safe = NULL;

	if (!all_namespaces)
		return xstrdup("");
	container = process_container(row->ns_pid, PROCESS_NOW);
	safe = text_for_message(container ? container : "");
	return xasprintf(" in namespace %" PRIu64 "%s%s%s", row->ns,
		container ? " (container " : "", safe, container ? ")" : "");
}

/* Ask on standard error, as rm(1) does. Return 1 for yes, 0 for no or the end of the
 * input, or a negative errno. */
static int ask(const struct row *row)
{
	const struct segment *segment = &row->segment;
	char CLEANUP_FREE *answer = NULL, CLEANUP_FREE *name = NULL;
	char CLEANUP_FREE *place = where(row);
	char size[HUMAN_MAX], number[NUMBER_MAX];
	const char *owner = user_or_number(segment->uid, number);
	size_t capacity = 0;

	fflush(stdout);
	human_size(size, segment->size);
	if (segment->type == SEGMENT_POSIX) {
		name = text_for_terminal(segment->name);
		fprintf(stderr, "shmtool rm: remove object %s (owner %s, size %s)%s? ",
			name, owner, size, place);
	} else {
		fprintf(stderr,
			"shmtool rm: remove segment %d (key 0x%08x, owner %s, size %s, attaches %" PRIu64
			")%s? ",
			segment->id, (uint32_t)segment->key, owner, size, segment->nattch,
			place);
	}
	if (xgetline(&answer, &capacity, stdin) > 0)
		return rpmatch(answer) == 1;
	if (feof(stdin))
		return 0;
	return errno ? -errno : -EIO;
}

/* Return the name of a segment in messages: its operand as typed, or else its ID or name,
 * and its namespace. Valid until the next call. */
static const char *row_name(const struct row *row)
{
	static char *name;
	char CLEANUP_FREE *place = where(row);

	free(name);
	if (row->operand)
		name = xstrdup(row->operand->text);
	else if (row_is_posix(row))
		name = xasprintf("%s%s", row->segment.name, place);
	else
		name = xasprintf("%d%s", row->segment.id, place);
	return name;
}

static enum exit_status report_failure(const struct row *row, int error)
{
	return command_result(row_name(row), OPERATION_REMOVE, error, &row->segment);
}

/* Say that a segment is marked for destruction. NATTCH: its present attaches. */
static void report_marked(const struct row *row, uint64_t nattch)
{
	message("%s: %smarked for destruction; %" PRIu64 " attach%s it alive",
		row_name(row), row->segment.dest ? "already " : "", nattch,
		nattch == 1 ? " keeps" : "es keep");
}

/* Report a segment on which IPC_RMID succeeded, or that was marked for destruction
 * before. The kernel only marks an attached segment, even if it was attached after the
 * last examination. */
static void report_removed(const struct row *row)
{
	struct segment now = row->segment;
	char CLEANUP_FREE *name = NULL, CLEANUP_FREE *place = NULL;

	if (!row_is_posix(row) && segment_stat(&now, &now) != -CONDITION_MISSING) {
		report_marked(row, now.nattch);
		return;
	}
	if (!verbose)
		return;
	place = where(row);
	if (row_is_posix(row)) {
		name = text_for_message(now.name);
		printf("removed %s (%" PRIu64 " bytes)%s\n", name, now.size, place);
	} else {
		printf("removed %d (key 0x%08x, %" PRIu64 " bytes)%s\n", now.id,
			(uint32_t)now.key, now.size, place);
	}
}

/* Return the reason to keep a segment that exists; the caller frees it. */
static char *why_kept(const struct examination *examined)
{
	const struct row *row = &examined->row;
	char CLEANUP_FREE *reason = NULL;

	switch (examined->verdict) {
	case VERDICT_CHANGED:
		return xstrdup("changed since it was selected");
	case VERDICT_USED:
		return xstrdup(row_is_posix(row)
				? "used or changed since it was selected"
				: "attached or detached since it was selected");
	case VERDICT_IN_MOTION:
		return reason_motion(&row->segment, examined->motion);
	case VERDICT_DENIED:
		return reason_owner(&row->segment);
	default:
		break;
	}
	reason = command_filter_reason(examined->unmatched, row);
	return xasprintf("%s%s",
		examined->unmatched == FILTER_ORPHANED && row->orphan.state == ORPHAN_NO
			? "not an orphan: "
			: "",
		reason);
}

/* Print a kept segment and the reason, if asked to. Count it if the caller may not remove
 * it. */
static void report_kept(const struct examination *examined, FILE *out)
{
	char CLEANUP_FREE *reason = NULL, CLEANUP_FREE *name = NULL;

	if (examined->verdict == VERDICT_DENIED)
		denied++;
	if (!verbose && !(dry_run && examined->verdict == VERDICT_IN_MOTION))
		return;
	reason = why_kept(examined);
	name = text_for_message(row_name(&examined->row));
	fprintf(out, "kept %s: %s\n", name, reason);
}

/* Filters alone keep a segment that the caller may not remove. */
static void check_permission(struct examination *examined)
{
	if (examined->verdict == VERDICT_MATCHES && !examined->row.operand &&
		!segment_may_change(&examined->row.segment))
		examined->verdict = VERDICT_DENIED;
}

/* Return whether an earlier operand named the same segment. */
static bool is_repeated(const struct selection *selection, const struct row *row)
{
	for (const struct row *other = selection->rows; other < row; other++) {
		if (segment_same(&other->segment, &row->segment))
			return true;
	}
	return false;
}

/* Report an object that was named, if it is not known whether a process uses it. */
static enum exit_status report_unknown(const struct examination *examined)
{
	const struct row *row = &examined->row;

	if (!row->operand || examined->verdict != VERDICT_UNMATCHED ||
		examined->unmatched != FILTER_UNATTACHED || row->nattaches > 0)
		return STATUS_DONE;
	return command_result(
		row->operand->text, OPERATION_USERS, row->users_error, &row->segment);
}

/* Report a segment that is missing or kept. */
static enum exit_status report_skipped(const struct selection *selection,
	const struct row *row, const struct examination *examined)
{
	enum verdict verdict = examined->verdict;
	char CLEANUP_FREE *reason = NULL;

	/* The earlier operand already removed or reported it. */
	if (row->operand && verdict != VERDICT_UNMATCHED && is_repeated(selection, row))
		return STATUS_DONE;
	if (verdict == VERDICT_MISSING)
		return force || !row->operand ? STATUS_DONE
					      : report_failure(row, -CONDITION_MISSING);
	if (row->operand && verdict != VERDICT_UNMATCHED) {
		reason = why_kept(examined);
		message("%s: not removed: %s", row->operand->text, reason);
		return STATUS_FAILED;
	}
	report_kept(examined, stdout);
	return report_unknown(examined);
}

/* Remove a segment that was just examined. */
static enum exit_status remove_examined(const struct selection *selection,
	const struct row *row, struct examination *examined)
{
	const struct segment *segment = &examined->row.segment;
	struct segment now;
	int r = examined->error;

	/* Reading findings takes time. They hold only if the segment did not change
	 * meanwhile. */
	if (examined->verdict == VERDICT_MATCHES && filters.needs) {
		r = segment_stat(segment, &now);
		if (r == 0 && !segment_unchanged(segment, &now))
			examined->verdict = VERDICT_USED;
	}
	if (r == 0 && examined->verdict == VERDICT_MATCHES && !segment->dest)
		r = segment_remove(segment);
	if (r == -CONDITION_MISSING)
		examined->verdict = VERDICT_MISSING;
	else if (r == -EPERM && !row->operand)
		examined->verdict = VERDICT_DENIED;
	else if (r < 0)
		return report_failure(&examined->row, r);
	if (examined->verdict != VERDICT_MATCHES)
		return report_skipped(selection, row, examined);
	report_removed(&examined->row);
	return STATUS_DONE;
}

/* Examine a segment, ask whether to remove it as it is now, and examine it once more. */
static enum exit_status ask_and_remove(
	const struct selection *selection, const struct row *row)
{
	struct examination examined;
	struct attach_list __attribute__((cleanup(attaches_free))) list = { 0 };
	int r = selection_examine(&filters, row, &examined, 1, &list);

	check_permission(&examined);
	if (r == 0 && examined.verdict == VERDICT_MATCHES) {
		struct row shown = *row;
		int answer;

		shown.segment = examined.row.segment;
		answer = ask(&shown);
		if (answer < 0)
			return command_result(
				"standard input", OPERATION_FILE, answer, NULL);
		if (answer == 0)
			return STATUS_DONE;
		r = selection_examine(&filters, &shown, &examined, 1, &list);
		/* The user agreed with the attach count shown; keep the segment if it has
		 * more attaches now. */
		if (r == 0 && examined.verdict == VERDICT_MATCHES &&
			examined.row.segment.nattch > shown.segment.nattch)
			examined.verdict = VERDICT_USED;
	}
	if (r < 0)
		return command_filter_failed(&filters, r);
	return remove_examined(selection, row, &examined);
}

/* Examine COUNT rows, and remove the segments that still match, until the examination
 * is too old. *DONE: how many rows it handled, at least one. */
static enum exit_status remove_pass(const struct selection *selection,
	const struct row *rows, size_t count, size_t *done)
{
	struct examination CLEANUP_FREE *examined = xcalloc(count, sizeof(*examined));
	enum exit_status status = STATUS_DONE;
	struct attach_list __attribute__((cleanup(attaches_free))) list = { 0 };
	int r = selection_examine(&filters, rows, examined, count, &list);
	uint64_t end = clock_now() + PASS_TIME;

	*done = count;
	if (r < 0)
		return command_filter_failed(&filters, r);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && clock_now() > end) {
			*done = i;
			break;
		}
		status = status_merge(
			status, remove_examined(selection, &rows[i], &examined[i]));
	}
	return status;
}

static enum exit_status remove_rows(const struct selection *selection,
	const struct row *rows, size_t count, void *data)
{
	/* Facts are read for one segment right before its removal, findings for many. */
	size_t max = filters.needs ? PASS_ROWS : 1;
	enum exit_status status = STATUS_DONE;

	(void)data;
	for (size_t i = 0, done = 1; i < count; i += done)
		status = status_merge(status,
			interactive ? ask_and_remove(selection, &rows[i])
				    : remove_pass(selection, &rows[i],
					      MIN(max, count - i), &done));
	return status;
}

static bool is_same_place(const struct row *row, const struct row *other)
{
	return row->segment.type == other->segment.type && row->ns == other->ns;
}

/* Report a namespace that could not be entered once more. */
static enum exit_status report_closed(const struct row *row, int error)
{
	char CLEANUP_FREE *name = xasprintf("namespace %" PRIu64, row->ns);

	return command_result(name,
		row_is_posix(row) ? OPERATION_ENTER_MOUNT : OPERATION_ENTER, error, NULL);
}

/* Call HANDLE for the rows of one namespace after another, in that namespace. */
static enum exit_status in_each_place(const struct selection *selection,
	enum exit_status (*handle)(const struct selection *selection,
		const struct row *rows, size_t count, void *data),
	void *data)
{
	enum exit_status status = STATUS_DONE;
	size_t count;

	if (!all_namespaces)
		return handle(selection, selection->rows, selection->count, data);
	for (size_t i = 0; i < selection->count; i += count) {
		const struct row *first = &selection->rows[i];
		int r = place_enter(&selection->places, first->segment.type, first->ns);

		for (count = 1; i + count < selection->count; count++) {
			if (!is_same_place(first, &first[count]))
				break;
		}
		/* If it no longer exists, nor do its segments. */
		if (r == 0)
			status = status_merge(
				status, handle(selection, first, count, data));
		else if (r != -ESRCH)
			status = status_merge(status, report_closed(first, r));
		r = place_leave();
		if (r < 0)
			return command_result(NULL, OPERATION_ENTER, r, NULL);
	}
	return status;
}

/* Print what would happen to a named segment that is attached. */
static void show_marking(const struct row *row, FILE *out)
{
	const struct segment *segment = &row->segment;
	char CLEANUP_FREE *attached = reason_attaches(row);

	if (!row->operand || !row_is_attached(row))
		return;
	fprintf(out, "%s: %s: ", row->operand->text, attached);
	if (row_is_posix(row))
		fputs("would lose its name; its memory would stay in use\n", out);
	else if (segment->dest)
		fputs("already marked for destruction\n", out);
	else
		fprintf(out, "would only be marked for destruction%s\n",
			segment->key == IPC_PRIVATE ? "" : " and lose its key");
}

/* What --dry-run prints: a table, then lines. */
struct preview {
	struct row *removable;
	size_t count;
	FILE *lines;
};

static enum exit_status preview_rows(const struct selection *selection,
	const struct row *rows, size_t count, void *data)
{
	struct preview *preview = data;

	(void)selection;
	for (size_t i = 0; i < count; i++) {
		struct examination examined = { .row = rows[i] };

		selection_check_motion(&examined);
		check_permission(&examined);
		if (examined.verdict == VERDICT_MATCHES) {
			preview->removable[preview->count++] = examined.row;
			show_marking(&examined.row, preview->lines);
		} else {
			report_kept(&examined, preview->lines);
		}
	}
	return STATUS_DONE;
}

/* Print a table of the segments to remove, then a line for each segment that is kept or
 * only marked. */
static enum exit_status show(
	const struct selection *selection, const struct output *output)
{
	struct row CLEANUP_FREE *removable =
		xcalloc(selection->count, sizeof(*removable));
	char CLEANUP_FREE *text = NULL;
	size_t size;
	struct preview preview = { removable, 0, xopen_memstream(&text, &size) };
	enum exit_status status = in_each_place(selection, preview_rows, &preview);

	for (size_t i = 0; i < selection->nunmatched; i++) {
		report_kept(&selection->unmatched[i], preview.lines);
		status = status_merge(status, report_unknown(&selection->unmatched[i]));
	}
	xclose_memstream(preview.lines, &text);
	command_print_rows(output, removable, preview.count);
	fputs(text, stdout);
	for (size_t i = 0; i < preview.count; i++) {
		const struct segment *segment = &removable[i].segment;

		if (removable[i].operand && !segment->dest &&
			!segment_may_change(segment))
			status = status_merge(
				status, report_failure(&removable[i], -EPERM));
	}
	return status;
}

/* Drop the failures of operands whose segment does not exist. */
static void ignore_missing(struct selection *selection)
{
	size_t kept = 0;

	for (size_t i = 0; i < selection->nfailures; i++) {
		if (selection->failures[i].error != -CONDITION_MISSING)
			selection->failures[kept++] = selection->failures[i];
	}
	selection->nfailures = kept;
}

/* Check the filters; COUNT operands are given. Filters alone select attached segments
 * only with --attached, and POSIX objects only with --unattached and --idle. */
static enum exit_status check_filters(size_t count)
{
	static const enum filter_id attached[] = { FILTER_PID, FILTER_DEST };
	enum exit_status status = command_require_choice(&filters, count);

	if (status != STATUS_DONE || count > 0)
		return status;
	if ((filters.kinds & SEGMENTS_POSIX) &&
		(!filters.given[FILTER_UNATTACHED] || !filters.given[FILTER_IDLE]))
		return message_usage(
			"--posix: filters remove objects only with --unattached and "
			"--idle AGE: nothing records who used an object last");
	if (filters.given[FILTER_ATTACHED])
		return status;
	for (size_t i = 0; i < sizeof(attached) / sizeof(*attached); i++) {
		if (filters.given[attached[i]])
			return message_usage(
				"%s: only attached segments match; add --attached",
				filter_name(attached[i]));
	}
	filters.given[FILTER_UNATTACHED] = true;
	return STATUS_DONE;
}

/* Let time pass between the look that selected POSIX objects and the one before their
 * removal: a program that restarts releases its objects for a moment. */
static void wait_to_settle(const struct selection *selection)
{
	struct timespec pause = { .tv_sec = (time_t)MIN(settle / 1000, INT_MAX),
		.tv_nsec = (long)(settle % 1000) * (long)CLOCK_MILLISECOND };

	for (size_t i = 0; i < selection->count; i++) {
		if (!row_is_posix(&selection->rows[i]) || selection->rows[i].operand)
			continue;
		while (nanosleep(&pause, &pause) < 0 && errno == EINTR)
			;
		return;
	}
}

/* Report that filters alone matched nothing, or skipped segments of other users. */
static void report_left(const struct selection *selection)
{
	if ((verbose || dry_run) && selection->count == 0)
		puts("nothing matches");
	if (denied > 0)
		message("skipped %zu segment%s of other users", denied,
			denied == 1 ? "" : "s");
}

/* A namespace that could not be entered may have segments that match. */
static enum exit_status check_places(const struct selection *selection)
{
	return selection->unreached[SEGMENT_SYSV] > 0 ||
			selection->unreached[SEGMENT_POSIX] > 0 ||
			selection->unseen_processes > 0
		? STATUS_DENIED
		: STATUS_DONE;
}

static enum exit_status handle_selection(
	struct selection *selection, const struct output *output)
{
	if (dry_run)
		return show(selection, output);
	wait_to_settle(selection);
	for (size_t i = 0; i < selection->nunmatched; i++)
		report_kept(&selection->unmatched[i], stdout);
	return in_each_place(selection, remove_rows, NULL);
}

static enum exit_status run(const char *const *words, size_t count)
{
	struct operand CLEANUP_FREE *operands = NULL;
	struct selection_request request = { .count = count };
	static const char *const places[] = { "NS", "CONTAINER" };
	struct selection selection;
	struct usage_error usage_error;
	struct output output;
	enum exit_status status;
	int r;

	if (all_namespaces && count > 0)
		return message_usage("--all-namespaces cannot be combined with operands: "
				     "namespaces have segments with the same ID");
	if (all_namespaces && command_in_namespace())
		return message_usage(
			"--namespace and --all-namespaces cannot be combined");
	status = command_select(words, count, &filters, &operands);
	if (status == STATUS_DONE && settle_text &&
		parse_duration(settle_text, &settle) < 0)
		return message_usage("--settle: '%s': " NOT_A_DURATION, settle_text);
	if (status == STATUS_DONE)
		status = check_filters(count);
	if (status != STATUS_DONE)
		return status;
	output_read(
		&output, segment_columns, command_columns(filters.kinds), &usage_error);
	for (size_t i = 0; all_namespaces && i < sizeof(places) / sizeof(*places); i++)
		output_add(
			&output, column_find(segment_columns, places[i], &usage_error));
	request.operands = operands;
	request.kinds = filters.kinds;
	request.all_namespaces = all_namespaces;
	/* Operands that do not match are reported when they are examined. */
	if (dry_run || count == 0)
		request.filters = &filters;
	if (dry_run)
		request.needs = output_needs(&output);
	request.keep_unmatched = verbose || count > 0;
	r = selection_read(&selection, &request);
	if (force)
		ignore_missing(&selection);
	status = command_selection_status(&selection, &filters, NULL, r);
	if (all_namespaces)
		status = status_merge(status, check_places(&selection));
	if (r == 0)
		status = status_merge(status, handle_selection(&selection, &output));
	if (r == 0 && count == 0)
		report_left(&selection);
	selection_free(&selection);
	return status;
}

const struct command command_rm = {
	.name = "rm",
	.arguments = "[SEGMENT...]",
	.summary = "Remove segments",
	.details =
		"Removes the named segments, or all segments that match the filters. With both,\n"
		"removes the named segments that match. Filters alone never remove attached\n"
		"segments unless --attached is given. They also keep segments that a running\n"
		"process created or used within the last second, and segments that you may not\n"
		"remove. If a named segment is attached, it is marked for destruction and\n"
		"disappears with the last detach. Filters remove POSIX objects only with\n"
		"--unattached and --idle, and only if two looks at all processes, --settle\n"
		"apart, find no user.\n" SEGMENT_HELP,
	.options = {
		GROUP("Options:", rm_options),
		GROUP("Filters:", filter_options),
	},
	.max_args = OPERANDS_ANY,
	.namespaced = true,
	.changes = true,
	.run = run,
};
