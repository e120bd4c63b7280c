#include <errno.h>
#include <inttypes.h>
#include <sys/param.h>

#include "alloc.h"
#include "cleanup.h"
#include "clock.h"
#include "command.h"
#include "condition.h"
#include "kernel/orphan.h"
#include "kernel/shmfile.h"
#include "select/filter.h"
#include "select/selection.h"
#include "show/human.h"
#include "show/message.h"
#include "show/names.h"
#include "show/output.h"
#include "show/segment_columns.h"

static int dry_run, interactive, force, verbose;

static struct poptOption rm_options[] = {
	{ "dry-run", 'n', POPT_ARG_NONE, &dry_run, 0,
		"List what would be removed; remove nothing", NULL },
	{ "interactive", 'i', POPT_ARG_NONE, &interactive, 0, "Ask before each removal",
		NULL },
	{ "force", 'f', POPT_ARG_NONE, &force, 0, "Ignore missing segments", NULL },
	{ "verbose", 'v', POPT_ARG_NONE, &verbose, 0,
		"Print what is removed and what is kept", NULL },
	POPT_TABLEEND,
};

static struct poptOption options[] = {
	{ .argInfo = POPT_ARG_INCLUDE_TABLE, .arg = rm_options, .descrip = "Options:" },
	{ .argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = filter_options,
		.descrip = "Filters (all must match):" },
	POPT_TABLEEND,
};

static struct filters filters;

/* One reading of findings serves so many removals, for so long after it ended. */
#define PASS_ROWS 4096
#define PASS_TIME (50 * CLOCK_MILLISECOND)

/* Why a segment is kept; room for any reason. */
#define REASON_MAX 80

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

/* Return what messages call a segment: its operand as typed, or else its ID. */
static const char *row_name(const struct row *row, char number[NUMBER_MAX])
{
	if (row->operand)
		return row->operand->text;
	snprintf(number, NUMBER_MAX, "%d", row->segment.id);
	return number;
}

static enum exit_status report_failure(const struct row *row, int error)
{
	char number[NUMBER_MAX];

	return message_failure(row_name(row, number),
		&(struct failure){
			.deed = DEED_REMOVE, .error = error, .segment = &row->segment });
}

/* Report a segment on which IPC_RMID succeeded. The kernel only marks an attached one,
 * even if it was attached after the last examination. */
static void report_removed(const struct row *row)
{
	struct segment now = row->segment;
	char number[NUMBER_MAX];

	if (segment_stat(now.id, &now) != -CONDITION_MISSING)
		message("%s: marked for destruction; %" PRIu64 " attach%s it alive",
			row_name(row, number), now.nattch,
			now.nattch == 1 ? " keeps" : "es keep");
	else if (verbose)
		printf("removed %d (key 0x%08x, %" PRIu64 " bytes)\n", now.id,
			(uint32_t)now.key, now.size);
}

/* Whether filters alone selected a segment that is in motion: BUFFER gets that reason. */
static bool is_in_motion(const struct row *row, char buffer[REASON_MAX])
{
	pid_t pid;

	if (row->operand || !segment_in_motion(&row->segment, &pid))
		return false;
	snprintf(buffer, REASON_MAX, "in motion: used less than a second ago by PID %d",
		(int)pid);
	return true;
}

/* Return the reason to keep a segment that exists, in BUFFER; NULL: there is none. */
static const char *why_kept(const struct examination *examined, char buffer[REASON_MAX])
{
	const struct row *row = &examined->row;
	enum filter_id id = examined->unmatched;
	uint64_t nattch = row->segment.nattch;

	if (examined->verdict == VERDICT_CHANGED)
		return "changed since it was selected";
	if (examined->verdict == VERDICT_USED)
		return "attached or detached since it was selected";
	if (examined->verdict == VERDICT_UNMATCHED) {
		if (nattch == 0 || (id != FILTER_UNATTACHED && id != FILTER_ORPHANED))
			snprintf(
				buffer, REASON_MAX, "does not match %s", filter_name(id));
		else if (nattch == 1)
			return "attached once";
		else
			snprintf(
				buffer, REASON_MAX, "attached %" PRIu64 " times", nattch);
		return buffer;
	}
	return is_in_motion(row, buffer) ? buffer : NULL;
}

/* Whether a row before ROW is of the same segment, which was named twice then. */
static bool is_repeated(const struct selection *selection, const struct row *row)
{
	for (const struct row *other = selection->rows; other < row; other++) {
		if (other->segment.id == row->segment.id)
			return true;
	}
	return false;
}

/* Report a segment that is missing, or kept for REASON. */
static enum exit_status report_skipped(const struct selection *selection,
	const struct row *row, enum verdict verdict, const char *reason)
{
	char number[NUMBER_MAX];

	if (row->operand && verdict != VERDICT_UNMATCHED && is_repeated(selection, row))
		return STATUS_DONE; /* the first removal did that */
	if (verdict == VERDICT_MISSING)
		return force || !row->operand ? STATUS_DONE
					      : report_failure(row, -CONDITION_MISSING);
	if (row->operand && verdict != VERDICT_UNMATCHED) {
		message("%s: not removed: %s", row->operand->text, reason);
		return STATUS_FAILED;
	}
	if (verbose)
		printf("kept %s: %s\n", row_name(row, number), reason);
	return STATUS_DONE;
}

/* Remove a segment that was just examined, ROW being how it was selected or shown in the
 * question. */
static enum exit_status remove_examined(const struct selection *selection,
	const struct row *row, struct examination *examined)
{
	const struct segment *segment = &examined->row.segment;
	char buffer[REASON_MAX];
	const char *reason = NULL;
	struct segment now;
	int r = 0;

	if (examined->verdict == VERDICT_MATCHES && interactive &&
		segment->nattch > row->segment.nattch)
		examined->verdict = VERDICT_USED;
	/* Findings take time, and hold only if nothing happened meanwhile. */
	if (examined->verdict == VERDICT_MATCHES && filters.needs) {
		r = segment_stat(segment->id, &now);
		if (r == 0 && !segment_unchanged(segment, &now))
			examined->verdict = VERDICT_USED;
	}
	if (r == 0 && examined->verdict != VERDICT_MISSING)
		reason = why_kept(examined, buffer);
	if (examined->verdict == VERDICT_MISSING || reason)
		return report_skipped(selection, row, examined->verdict, reason);
	if (r == 0)
		r = segment_remove(segment->id);
	if (r == -CONDITION_MISSING)
		return report_skipped(selection, row, VERDICT_MISSING, NULL);
	if (r < 0)
		return report_failure(&examined->row, r);
	report_removed(&examined->row);
	return STATUS_DONE;
}

/* Ask whether to remove a segment as it is now, and note in ROW how that was. 1: yes, or
 * there is nothing to ask, as the examination will find; 0: no; or a negative errno. */
static int confirm(struct row *row)
{
	struct segment now;

	if (segment_stat(row->segment.id, &now) < 0 || !segment_same(&row->segment, &now))
		return 1;
	row->segment = now;
	return ask(&now);
}

/* Examine COUNT rows, and remove those that still match before the examination is too
 * old. *DONE: how many rows were dealt with. */
static enum exit_status remove_pass(const struct selection *selection,
	const struct row *rows, size_t count, size_t *done)
{
	struct examination CLEANUP_FREE *examined = xcalloc(count, sizeof(*examined));
	enum exit_status status = STATUS_DONE;
	struct attach_list list = { 0 };
	int r = selection_examine(&filters, rows, examined, count, &list);
	uint64_t end = clock_now() + PASS_TIME;

	*done = 0;
	if (r < 0) {
		*done = count;
		status = command_filter_failed(&filters, r);
	}
	while (*done < count && (*done == 0 || clock_now() < end)) {
		status = status_merge(status,
			remove_examined(selection, &rows[*done], &examined[*done]));
		++*done;
	}
	attaches_free(&list);
	return status;
}

static enum exit_status remove_rows(struct selection *selection)
{
	/* Facts are examined one by one right before the removal, and findings for many.
	 */
	size_t most = filters.needs && !interactive ? PASS_ROWS : 1;
	enum exit_status status = STATUS_DONE;

	for (size_t i = 0, done; i < selection->count; i += done) {
		struct row *row = &selection->rows[i];
		int r = interactive ? confirm(row) : 1;

		done = 1;
		if (r > 0)
			status = status_merge(status,
				remove_pass(selection, row,
					MIN(most, selection->count - i), &done));
		else if (r < 0)
			status = status_merge(status,
				message_failure("standard input",
					&(struct failure){
						.deed = DEED_FILE, .error = r }));
	}
	return status;
}

/* Print the table of what would be removed, and then what is kept. */
static enum exit_status show(
	const struct selection *selection, const struct output *output)
{
	struct row CLEANUP_FREE *removable =
		xcalloc(selection->count, sizeof(*removable));
	char CLEANUP_FREE *kept = NULL;
	char reason[REASON_MAX], number[NUMBER_MAX];
	size_t count = 0, size;
	FILE *lines = xopen_memstream(&kept, &size);
	enum exit_status status;

	for (size_t i = 0; i < selection->count; i++) {
		const struct row *row = &selection->rows[i];

		if (is_in_motion(row, reason))
			fprintf(lines, "kept %s: %s\n", row_name(row, number), reason);
		else
			removable[count++] = *row;
	}
	xclose_memstream(lines);
	status = command_print_rows(output, removable, count);
	fputs(kept, stdout);
	for (size_t i = 0; i < count; i++) {
		if (!segment_is_ours(&removable[i].segment))
			status = status_merge(
				status, report_failure(&removable[i], -EPERM));
	}
	return status;
}

/* Drop the operands whose segment does not exist. */
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
	struct selection_request request = { .count = count, .filters = &filters };
	struct selection selection;
	struct option_fault fault;
	struct output output;
	enum exit_status status = command_filters(&filters);
	int r;

	if (status != STATUS_DONE)
		return status;
	if (count == 0 && !filters_given(&filters))
		return message_usage("name segments, or select them with a filter such "
				     "as --unattached");
	operands = command_operands(words, count, &status);
	if (status != STATUS_DONE)
		return status;
	/* Filters alone never select what is in use, unless asked to. */
	if (count == 0 && !filters.given[FILTER_ATTACHED])
		filters.given[FILTER_UNATTACHED] = true;
	output_read(&output, segment_columns, false, &fault);
	request.operands = operands;
	if (dry_run)
		request.needs = output_needs(&output);
	r = selection_read(&selection, &request);
	if (force)
		ignore_missing(&selection);
	status = command_selection_status(&selection, &filters, SHMFILE_PATH, r);
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
		"Removes the segments that are named, or those that match the filters or,\n"
		"with both, the named ones that match. Filters alone never remove attached\n"
		"segments unless --attached is given, nor segments that a running process\n"
		"created or used within the last second. A named segment that is attached is\n"
		"marked for destruction: it goes with its last detach.\n" SEGMENT_HELP,
	.options = options,
	.most = OPERANDS_ANY,
	.namespaced = true,
	.run = run,
};
