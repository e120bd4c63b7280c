#include <errno.h>
#include <inttypes.h>
#include <sys/param.h>

#include "alloc.h"
#include "cleanup.h"
#include "clock.h"
#include "command.h"
#include "condition.h"
#include "select/filter.h"
#include "show/human.h"
#include "show/message.h"
#include "show/names.h"
#include "show/segment_columns.h"

static int dry_run, interactive, force, verbose;

static struct poptOption rm_options[] = {
	FLAG("dry-run", 'n', &dry_run, "List what would be removed; remove nothing"),
	FLAG("interactive", 'i', &interactive, "Ask before each removal"),
	FLAG("force", 'f', &force, "Ignore missing segments"),
	FLAG("verbose", 'v', &verbose, "Print what is removed and what is kept"),
	POPT_TABLEEND,
};

static struct filters filters;

/* Read findings (memory use, orphan state, attaches; see filter.h) once for up to
 * PASS_ROWS segments, and use them for at most PASS_TIME after the reading ended. */
#define PASS_ROWS 4096
#define PASS_TIME (50 * CLOCK_MILLISECOND)

/* Buffer size for the longest reason of why_kept(). */
#define REASON_MAX 128

#if !HAVE_RPMATCH
/* musl lacks rpmatch(3). */
static int rpmatch(const char *answer)
{
	return *answer == 'y' || *answer == 'Y';
}
#endif

/* Ask on standard error, as rm(1) does. Return 1 for yes, 0 for no or the end of the
 * input, or a negative errno. */
static int ask(const struct segment *segment)
{
	char CLEANUP_FREE *answer = NULL;
	char size[HUMAN_MAX], owner[NUMBER_MAX];
	size_t capacity = 0;

	fflush(stdout);
	fprintf(stderr,
		"shmtool rm: remove segment %d (key 0x%08x, owner %s, size %s, attaches %" PRIu64
		")? ",
		segment->id, (uint32_t)segment->key, user_or_number(segment->uid, owner),
		human_size(size, segment->size), segment->nattch);
	errno = 0;
	if (getline(&answer, &capacity, stdin) > 0)
		return rpmatch(answer) == 1;
	if (feof(stdin))
		return 0;
	return errno ? -errno : -EIO;
}

/* Return the name of a segment in messages: its operand as typed, or else its ID. Valid
 * until the next call. */
static const char *row_name(const struct row *row)
{
	static char number[NUMBER_MAX];

	if (row->operand)
		return row->operand->text;
	snprintf(number, sizeof(number), "%d", row->segment.id);
	return number;
}

static enum exit_status report_failure(const struct row *row, int error)
{
	return command_result(row_name(row), OPERATION_REMOVE, error, &row->segment);
}

/* Report a segment on which IPC_RMID succeeded. The kernel only marks an attached segment
 * for destruction, even if it was attached after the last examination. */
static void report_removed(const struct row *row)
{
	struct segment now = row->segment;

	if (segment_stat(now.id, &now) != -CONDITION_MISSING)
		message("%s: marked for destruction; %" PRIu64 " attach%s it alive",
			row_name(row), now.nattch,
			now.nattch == 1 ? " keeps" : "es keep");
	else if (verbose)
		printf("removed %d (key 0x%08x, %" PRIu64 " bytes)\n", now.id,
			(uint32_t)now.key, now.size);
}

/* Return the reason to keep a segment that exists. Valid until the next call. */
static const char *why_kept(const struct examination *examined)
{
	static char reason[REASON_MAX];
	uint64_t nattch = examined->row.segment.nattch;
	enum filter_id id = examined->unmatched;

	switch (examined->verdict) {
	case VERDICT_CHANGED:
		return "changed since it was selected";
	case VERDICT_USED:
		return "attached or detached since it was selected";
	case VERDICT_IN_MOTION:
		snprintf(reason, sizeof(reason),
			"in motion: created or used less than 2 seconds ago by PID %d, "
			"which may still run",
			(int)examined->user);
		return reason;
	default:
		break;
	}
	if (nattch == 0 || (id != FILTER_UNATTACHED && id != FILTER_ORPHANED))
		snprintf(reason, sizeof(reason), "does not match %s", filter_name(id));
	else if (nattch == 1)
		return "attached once";
	else
		snprintf(reason, sizeof(reason), "attached %" PRIu64 " times", nattch);
	return reason;
}

/* Return whether an earlier operand named the same segment. */
static bool is_repeated(const struct selection *selection, const struct row *row)
{
	for (const struct row *other = selection->rows; other < row; other++) {
		if (other->segment.id == row->segment.id)
			return true;
	}
	return false;
}

/* Report a segment that is missing or kept. */
static enum exit_status report_skipped(const struct selection *selection,
	const struct row *row, const struct examination *examined)
{
	enum verdict verdict = examined->verdict;

	/* The earlier operand already removed or reported it. */
	if (row->operand && verdict != VERDICT_UNMATCHED && is_repeated(selection, row))
		return STATUS_DONE;
	if (verdict == VERDICT_MISSING)
		return force || !row->operand ? STATUS_DONE
					      : report_failure(row, -CONDITION_MISSING);
	if (row->operand && verdict != VERDICT_UNMATCHED) {
		message("%s: not removed: %s", row->operand->text, why_kept(examined));
		return STATUS_FAILED;
	}
	if (verbose)
		printf("kept %s: %s\n", row_name(row), why_kept(examined));
	return STATUS_DONE;
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
		r = segment_stat(segment->id, &now);
		if (r == 0 && !segment_unchanged(segment, &now))
			examined->verdict = VERDICT_USED;
	}
	if (r == 0 && examined->verdict == VERDICT_MATCHES)
		r = segment_remove(segment->id);
	if (r == -CONDITION_MISSING)
		examined->verdict = VERDICT_MISSING;
	else if (r < 0)
		return report_failure(&examined->row, r);
	if (examined->verdict != VERDICT_MATCHES)
		return report_skipped(selection, row, examined);
	report_removed(&examined->row);
	return STATUS_DONE;
}

/* Examine a segment, ask whether to remove it as it is now, and examine it once more. */
static enum exit_status ask_and_remove(const struct selection *selection, struct row *row)
{
	struct examination examined;
	struct attach_list list = { 0 };
	int r = selection_examine(&filters, row, &examined, 1, &list);

	if (r == 0 && examined.verdict == VERDICT_MATCHES) {
		int answer;

		row->segment = examined.row.segment;
		answer = ask(&row->segment);
		if (answer < 0)
			return command_result(
				"standard input", OPERATION_FILE, answer, NULL);
		if (answer == 0)
			return STATUS_DONE;
		r = selection_examine(&filters, row, &examined, 1, &list);
		/* The user agreed with the attach count shown; keep the segment if it has
		 * more attaches now. */
		if (r == 0 && examined.verdict == VERDICT_MATCHES &&
			examined.row.segment.nattch > row->segment.nattch)
			examined.verdict = VERDICT_USED;
	}
	attaches_free(&list);
	return r < 0 ? command_filter_failed(&filters, r)
		     : remove_examined(selection, row, &examined);
}

/* Examine COUNT rows, and remove the segments that still match, until the examination
 * is too old. *DONE: how many rows it handled, at least one. */
static enum exit_status remove_pass(const struct selection *selection,
	const struct row *rows, size_t count, size_t *done)
{
	struct examination CLEANUP_FREE *examined = xcalloc(count, sizeof(*examined));
	enum exit_status status = STATUS_DONE;
	struct attach_list list = { 0 };
	int r = selection_examine(&filters, rows, examined, count, &list);
	uint64_t end = clock_now() + PASS_TIME;

	attaches_free(&list);
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

static enum exit_status remove_rows(struct selection *selection)
{
	/* Facts are read for one segment right before its removal, findings for many. */
	size_t max = filters.needs ? PASS_ROWS : 1;
	enum exit_status status = STATUS_DONE;

	for (size_t i = 0, done = 1; i < selection->count; i += done) {
		struct row *row = &selection->rows[i];

		status = status_merge(status,
			interactive ? ask_and_remove(selection, row)
				    : remove_pass(selection, row,
					      MIN(max, selection->count - i), &done));
	}
	return status;
}

/* Print a table of the segments to remove, then a line for each segment to keep. */
static enum exit_status show(
	const struct selection *selection, const struct output *output)
{
	struct row CLEANUP_FREE *removable =
		xcalloc(selection->count, sizeof(*removable));
	char CLEANUP_FREE *kept = NULL;
	size_t count = 0, size;
	FILE *lines = xopen_memstream(&kept, &size);
	enum exit_status status = STATUS_DONE;

	for (size_t i = 0; i < selection->count; i++) {
		struct examination examined = { .row = selection->rows[i] };

		selection_check_motion(&examined);
		if (examined.verdict == VERDICT_MATCHES)
			removable[count++] = examined.row;
		else
			fprintf(lines, "kept %s: %s\n", row_name(&examined.row),
				why_kept(&examined));
	}
	xclose_memstream(lines);
	command_print_rows(output, removable, count);
	fputs(kept, stdout);
	for (size_t i = 0; i < count; i++) {
		if (!segment_may_change(&removable[i].segment))
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

static enum exit_status run(const char *const *words, size_t count)
{
	struct operand CLEANUP_FREE *operands = NULL;
	struct selection_request request = { .count = count };
	struct selection selection;
	struct usage_error usage_error;
	struct output output;
	enum exit_status status = command_filters(&filters);
	int r;

	if (status != STATUS_DONE)
		return status;
	if (count == 0 && !filters_given(&filters))
		return message_usage("name segments, or select them with a filter such "
				     "as --unattached");
	status = command_operands(words, count, &operands);
	if (status != STATUS_DONE)
		return status;
	/* Filters alone select attached segments only with --attached. */
	if (count == 0 && !filters.given[FILTER_ATTACHED])
		filters.given[FILTER_UNATTACHED] = true;
	output_read(&output, segment_columns, OUTPUT_USUAL, &usage_error);
	request.operands = operands;
	/* Operands that do not match are reported when they are examined. */
	if (dry_run || count == 0)
		request.filters = &filters;
	if (dry_run)
		request.needs = output_needs(&output);
	r = selection_read(&selection, &request);
	if (force)
		ignore_missing(&selection);
	status = command_selection_status(&selection, &filters, NULL, r);
	if (r == 0)
		status = status_merge(status,
			dry_run ? show(&selection, &output) : remove_rows(&selection));
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
		"process created or used within the last second. If a named segment is attached,\n"
		"it is marked for destruction and disappears with the last detach.\n" SEGMENT_HELP,
	.options = {
		GROUP("Options:", rm_options),
		GROUP("Filters:", filter_options),
	},
	.max_args = OPERANDS_ANY,
	.namespaced = true,
	.changes = true,
	.run = run,
};
