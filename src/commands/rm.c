#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "cleanup.h"
#include "command.h"
#include "kernel/enumerate.h"
#include "kernel/shmfile.h"
#include "select/filter.h"
#include "select/selection.h"
#include "select/watch.h"
#include "show/human.h"
#include "show/message.h"
#include "show/names.h"
#include "show/output.h"
#include "show/segment_columns.h"

static int dry_run, interactive, force, verbose;

static struct poptOption rm_options[] = {
	{ "dry-run", 'n', POPT_ARG_NONE, &dry_run, 0,
		"show the table of what would go; remove nothing", NULL },
	{ "interactive", 'i', POPT_ARG_NONE, &interactive, 0, "ask before each removal",
		NULL },
	{ "force", 'f', POPT_ARG_NONE, &force, 0, "a missing segment is no error", NULL },
	{ "verbose", 'v', POPT_ARG_NONE, &verbose, 0, "say what is removed", NULL },
	POPT_TABLEEND,
};

static struct poptOption options[] = {
	{ .argInfo = POPT_ARG_INCLUDE_TABLE, .arg = rm_options, .descrip = "Options:" },
	{ .argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = filter_options,
		.descrip = "Which segments (several: all must hold):" },
	POPT_TABLEEND,
};

static enum exit_status no_memory(void)
{
	return message_failure(
		NULL, &(struct failure){ .deed = DEED_LIST, .error = -ENOMEM });
}

#if !HAVE_RPMATCH
/* musl has no rpmatch(3), and knows yes in English only. */
static int rpmatch(const char *answer)
{
	return *answer == 'y' || *answer == 'Y';
}
#endif

/* Asks on standard error, as rm(1) does; no answer is a no. 1: yes; 0: no; or the error
 * of reading it. */
static int agreed(const struct segment *segment)
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

/* Says what became of a segment that was removed, SEGMENT being how it was then: the
 * kernel only marks one that is attached, even one that became so a moment ago. */
static void say_removed(const char *text, const struct segment *segment)
{
	struct segment now;
	int r = segment_stat(segment->id, &now);

	if (r < 0 && r != -EINVAL && r != -EIDRM)
		now = *segment; /* not to be seen, but there: as it was */
	else if (r < 0)
		now.nattch = 0;
	if (now.nattch > 0)
		message("%s: marked for destruction; %" PRIu64 " attach%s it alive", text,
			now.nattch, now.nattch == 1 ? " keeps" : "es keep");
	else if (verbose)
		printf("removed %d (key 0x%08x, %" PRIu64 " bytes)\n", segment->id,
			(uint32_t)segment->key, segment->size);
}

static void say_kept(const char *text, const char *why)
{
	if (verbose)
		printf("kept %s: %s\n", text, why);
}

/* Whether a segment that was seen is to go still, being NOW so. 1: it is to go; 0: it is
 * kept. One that was chosen by filters has to be the same still, and to have been left
 * alone if nobody had it attached; one that was named is named by its ID, which no other
 * segment gets. */
static int still_wanted(const struct segment *seen, const struct segment *now,
	const struct filter *filter, bool named)
{
	if (!named &&
		(!segment_same(seen, now) ||
			(seen->nattch == 0 && segment_used_between(seen, now))))
		return 0;
	return selection_match(filter, seen, now);
}

/* Looks at a segment again, with nothing between that and its removal: what the filter
 * asks of others is asked first, and then only whether all stayed as it was. *NOW: how it
 * is. As still_wanted(); or, with *GONE, the error of looking. */
static int last_look(const struct segment *seen, struct segment *now,
	const struct filter *filter, bool named, bool *gone)
{
	struct segment asked;
	int wanted = 1, r = segment_stat(seen->id, now);

	*gone = r < 0;
	if (r < 0)
		return r;
	wanted = still_wanted(seen, now, filter, named);
	if (wanted <= 0 || !filter_costs(filter))
		return wanted;
	asked = *now;
	r = segment_stat(seen->id, now);
	*gone = r < 0;
	if (r < 0)
		return r;
	return segment_same(&asked, now) && !segment_used_between(&asked, now);
}

/* Asks whether a segment that is wanted is to go; again where it came into use meanwhile:
 * a yes to a segment that nobody used is none to one that somebody uses now. As agreed().
 */
static int agreed_to_last(
	const struct segment *seen, const struct filter *filter, bool named)
{
	struct segment asked = *seen, now;

	for (;;) {
		int r = agreed(&asked);

		if (r <= 0)
			return r;
		if (segment_stat(seen->id, &now) < 0 || now.nattch <= asked.nattch ||
			still_wanted(seen, &now, filter, named) <= 0)
			return 1;
		asked = now;
	}
}

/* Removes one segment. TEXT is how the user named it, or its ID; SEEN how it was when it
 * was chosen; FILTER what it still has to match. One that was removed without more to say
 * of it now is added to LATER, for say_attached_late(); NULL: all is said at once. */
static enum exit_status remove_segment(const char *text, const struct segment *seen,
	const struct filter *filter, bool named, struct segment_table *later)
{
	struct segment now;
	bool gone;
	int r = 1;

	if (seen->busy) {
		say_kept(text, "it came into use");
		return STATUS_DONE;
	}
	if (interactive)
		r = agreed_to_last(seen, filter, named);
	if (r < 0)
		return message_failure("standard input",
			&(struct failure){ .deed = DEED_FILE, .error = r });
	if (r == 0)
		return STATUS_DONE;
	r = last_look(seen, &now, filter, named, &gone);
	if (r == 0) {
		say_kept(text, "it changed after it was chosen");
		return STATUS_DONE;
	}
	if (r < 0 && !gone)
		return command_filter_failed(filter, r);
	if (r > 0)
		r = segment_remove(seen->id);
	if ((r == -EINVAL || r == -EIDRM) && (force || !named))
		return STATUS_DONE; /* it is gone, which is what was asked for */
	if (r < 0)
		return message_failure(text,
			&(struct failure){
				.deed = DEED_REMOVE, .error = r, .segment = seen });
	if (!later || now.nattch > 0 || segment_table_add(later, &now) < 0)
		say_removed(text, &now);
	return STATUS_DONE;
}

/* Removes what an operand names if it matches, as it was when all were found. */
static enum exit_status remove_operand(const struct operand *operand,
	const struct segment *segment, const struct filter *filter)
{
	int r = selection_match(filter, segment, segment);

	if (r < 0)
		return command_filter_failed(filter, r);
	if (r > 0)
		return remove_segment(operand->text, segment, filter, true, NULL);
	say_kept(operand->text, "it does not match");
	return STATUS_DONE;
}

/* Whether an operand before this one names the same segment. */
static bool named_before(
	const struct operand *operands, const struct segment *found, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if ((operands[i].by_key || operands[index].by_key) && found[i].size > 0 &&
			found[i].id == found[index].id)
			return true;
	}
	return false;
}

/* Where only what nobody has attached is to go, sees who is just about to attach. False:
 * without memory. */
static bool watch(struct segment_table *table, const struct filter *filter)
{
	if (!filter->unattached && !filter->orphaned)
		return true;
	return segments_watch(table) == 0;
}

/* Finds all segments before the first goes: a key may be another segment's by then. */
static enum exit_status remove_named(
	const struct operand *operands, size_t count, const struct filter *filter)
{
	struct segment CLEANUP_FREE *found = calloc(count, sizeof(*found));
	struct segment_table table = { .segments = found, .count = count };
	enum exit_status status = STATUS_DONE;

	if (!found)
		return no_memory();
	for (size_t i = 0; i < count; i++) {
		int r = operand_find(&operands[i], &found[i]);

		if (r == 0)
			continue;
		found[i].size = 0; /* which no segment has */
		if (!force || !operand_missing(&operands[i], r))
			status = status_merge(status, command_not_found(&operands[i], r));
	}
	if (!watch(&table, filter))
		return no_memory();
	for (size_t i = 0; i < count; i++) {
		if (found[i].size > 0 && !named_before(operands, found, i))
			status = status_merge(
				status, remove_operand(&operands[i], &found[i], filter));
	}
	return status;
}

/* Reads all that is left, where that is less than to look for each of COUNT segments, and
 * all of it can be seen. The caller frees it. */
static bool read_left(struct segment_table *left, size_t count)
{
	int slots = enumerate_slots();

	*left = (struct segment_table){ 0 };
	if (slots < 0 || (size_t)slots >= count || enumerate_segments(left, false) < 0 ||
		left->hidden > 0 || left->bad_lines > 0)
		return false;
	segment_table_order(left);
	return true;
}

/* Says which of those that nobody had attached a moment before they were removed, and of
 * which nothing was said, somebody has all the same. */
static void say_attached_late(const struct segment_table *removed)
{
	struct segment_table left;
	bool all;

	if (removed->count == 0)
		return;
	all = read_left(&left, removed->count);
	for (size_t i = 0; i < removed->count; i++) {
		const struct segment *segment = &removed->segments[i];
		char number[NUMBER_MAX];

		snprintf(number, sizeof(number), "%d", segment->id);
		if (!all || segment_table_find(&left, segment->id))
			say_removed(number, segment);
	}
	segment_table_free(&left);
}

static enum exit_status remove_matching(const struct filter *filter)
{
	const struct selection_request request = { .filter = filter };
	struct segment_table later = { 0 };
	struct selection selection;
	int r = selection_read(&selection, &request);
	enum exit_status status =
		command_selection_status(&selection, filter, SHMFILE_PATH, r);

	if (r == 0 && !watch(&selection.table, filter)) {
		r = -ENOMEM;
		status = no_memory();
	}
	/* They take the places of those that are done. */
	later.segments = selection.table.segments;
	later.capacity = selection.table.count;
	for (size_t i = 0; r == 0 && i < selection.table.count; i++) {
		const struct segment *segment = &selection.table.segments[i];
		char number[NUMBER_MAX];

		snprintf(number, sizeof(number), "%d", segment->id);
		status = status_merge(status,
			remove_segment(number, segment, filter, false,
				verbose || interactive ? NULL : &later));
	}
	say_attached_late(&later);
	selection_free(&selection);
	return status;
}

/* Says which of the segments the kernel would not let go. */
static enum exit_status say_refused(const struct segment_table *table)
{
	enum exit_status status = STATUS_DONE;

	for (size_t i = 0; i < table->count; i++) {
		const struct segment *segment = &table->segments[i];
		const struct failure failure = {
			.deed = DEED_REMOVE, .error = -EPERM, .segment = segment
		};
		char number[NUMBER_MAX];

		snprintf(number, sizeof(number), "%d", segment->id);
		if (!segment_is_ours(segment))
			status = status_merge(status, message_failure(number, &failure));
	}
	return status;
}

/* The table of what would go. */
static enum exit_status show(
	const struct operand *operands, size_t count, const struct filter *filter)
{
	struct selection_request request = {
		.operands = operands, .count = count, .filter = filter
	};
	struct option_fault fault;
	struct selection selection;
	struct output output;
	enum exit_status status;
	int r;

	output_read(&output, segment_columns, false, &fault);
	request.needs = output_needs(&output);
	r = selection_read(&selection, &request);
	if (force)
		selection_forget_missing(&selection);
	status = command_selection_status(&selection, filter, SHMFILE_PATH, r);
	if (r == 0) {
		status = status_merge(
			status, command_print_segments(&output, &selection.table));
		status = status_merge(status, say_refused(&selection.table));
	}
	selection_free(&selection);
	return status;
}

static enum exit_status run(const char *const *words, size_t count)
{
	struct operand CLEANUP_FREE *operands = NULL;
	struct filter filter;
	enum exit_status status = command_filter(&filter);

	if (status != STATUS_DONE)
		return status;
	if (count == 0 && !filter_any(&filter))
		return message_usage("name segments, or say which with a filter such as "
				     "--unattached");
	operands = command_operands(words, count, &status);
	if (status != STATUS_DONE)
		return status;
	/* Filters alone never take what somebody uses, unless they say so. */
	if (count == 0 && !filter.attached)
		filter.unattached = true;
	if (dry_run)
		return show(operands, count, &filter);
	return count > 0 ? remove_named(operands, count, &filter)
			 : remove_matching(&filter);
}

const struct command command_rm = {
	.name = "rm",
	.arguments = "[SEGMENT...]",
	.summary = "removes segments",
	.details =
		"Removes the segments that are named, or that match the filters, or, with\n"
		"both, those named that match. Filters alone take no attached segment,\n"
		"unless --attached is given. A named segment that is attached is marked\n"
		"for destruction and goes with its last detach.\n" SEGMENT_HELP,
	.options = options,
	.most = OPERANDS_ANY,
	.namespaced = true,
	.changes = true,
	.run = run,
};
