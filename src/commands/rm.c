#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "cleanup.h"
#include "command.h"
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

/* Asks on standard error, as rm(1) does; no answer is a no. */
static bool agreed(const struct segment *segment)
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
	return getline(&answer, &capacity, stdin) > 0 && rpmatch(answer) == 1;
}

/* Says what became of an attached segment, which the kernel only marked. */
static void say_marked(const char *text, int id)
{
	struct segment now;

	if (segment_stat(id, &now) == 0 && now.nattch > 0)
		message("%s: marked for destruction; %" PRIu64 " attach%s it alive", text,
			now.nattch, now.nattch == 1 ? " keeps" : "es keep");
}

static void say_kept(const char *text, const char *why)
{
	if (verbose)
		printf("kept %s: %s\n", text, why);
}

/* Removes one segment after another look at it. TEXT is how the user named it, or its
 * ID; SEEN how it was when it was chosen; FILTER what it still has to match. */
static enum exit_status remove_segment(const char *text, const struct segment *seen,
	const struct filter *filter, bool named)
{
	struct segment now;
	int r;

	if (interactive && !agreed(seen))
		return STATUS_DONE;
	r = segment_stat(seen->id, &now);
	if (r == 0 && (!segment_same(seen, &now) || !filter_match(filter, &now))) {
		say_kept(text, "it changed after it was chosen");
		return STATUS_DONE;
	}
	if (r == 0)
		r = segment_remove(seen->id);
	if ((r == -EINVAL || r == -EIDRM) && (force || !named))
		return STATUS_DONE; /* it is gone, which is what was asked for */
	if (r < 0)
		return message_failure(text,
			&(struct failure){
				.deed = DEED_REMOVE, .error = r, .segment = seen });
	if (verbose)
		printf("removed %d (key 0x%08x, %" PRIu64 " bytes)\n", now.id,
			(uint32_t)now.key, now.size);
	if (now.nattch > 0)
		say_marked(text, now.id);
	return STATUS_DONE;
}

static enum exit_status remove_named(
	const struct operand *operands, size_t count, const struct filter *filter)
{
	enum exit_status status = STATUS_DONE;

	for (size_t i = 0; i < count; i++) {
		struct segment segment;
		int r = operand_find(&operands[i], &segment);

		if (force && operand_missing(&operands[i], r))
			continue;
		if (r < 0)
			status = status_merge(status, command_not_found(&operands[i], r));
		else if (!filter_match(filter, &segment))
			say_kept(operands[i].text, "it does not match");
		else
			status = status_merge(status,
				remove_segment(operands[i].text, &segment, filter, true));
	}
	return status;
}

static enum exit_status remove_matching(const struct filter *filter)
{
	struct selection selection;
	int r = selection_read(&selection, NULL, 0, filter, 0);
	enum exit_status status = command_selection_status(&selection, r);

	for (size_t i = 0; r == 0 && i < selection.table.count; i++) {
		const struct segment *segment = &selection.table.segments[i];
		char number[NUMBER_MAX];

		snprintf(number, sizeof(number), "%d", segment->id);
		status = status_merge(
			status, remove_segment(number, segment, filter, false));
	}
	selection_free(&selection);
	return status;
}

/* The table of what would go. */
static enum exit_status show(
	const struct operand *operands, size_t count, const struct filter *filter)
{
	struct option_fault fault;
	struct selection selection;
	struct output output;
	enum exit_status status;
	int r;

	output_read(&output, segment_columns, false, &fault);
	r = selection_read(&selection, operands, count, filter, output_needs(&output));
	if (force)
		selection_forget_missing(&selection);
	status = command_selection_status(&selection, r);
	if (r == 0)
		status = status_merge(
			status, command_print_segments(&output, &selection.table));
	selection_free(&selection);
	return status;
}

static enum exit_status run(const char *const *words, size_t count)
{
	struct operand CLEANUP_FREE *operands = NULL;
	struct option_fault fault;
	struct filter filter;
	enum exit_status status;

	if (filter_read(&filter, &fault) < 0)
		return message_fault(&fault);
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
	.run = run,
};
