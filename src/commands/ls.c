#include <errno.h>
#include <stdlib.h>

#include "cleanup.h"
#include "command.h"
#include "select/filter.h"
#include "select/selection.h"
#include "show/message.h"
#include "show/output.h"
#include "show/segment_columns.h"

static int quiet;

static struct poptOption output_options[] = {
	{ "quiet", 'q', POPT_ARG_NONE, &quiet, 0, "print IDs only, one a line", NULL },
	{ .argInfo = POPT_ARG_INCLUDE_TABLE, .arg = output_form_options },
	{ .argInfo = POPT_ARG_INCLUDE_TABLE, .arg = output_list_options },
	POPT_TABLEEND,
};

static struct poptOption options[] = {
	{ .argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = filter_options,
		.descrip = "Which segments (several: all must hold):" },
	{ .argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = output_options,
		.descrip = "Output:" },
	POPT_TABLEEND,
};

static void help(FILE *out)
{
	output_help(segment_columns, false, out);
}

static enum exit_status print_ids(
	const struct output *output, const struct segment_table *table)
{
	const void CLEANUP_FREE **rows = output_sort(
		output, table->segments, table->count, sizeof(*table->segments));

	if (!rows)
		return message_failure(
			NULL, &(struct failure){ .deed = DEED_LIST, .error = -ENOMEM });
	for (size_t i = 0; i < table->count; i++)
		printf("%d\n", ((const struct segment *)rows[i])->id);
	return STATUS_DONE;
}

static enum exit_status run(const char *const *words, size_t count)
{
	struct operand CLEANUP_FREE *operands = NULL;
	struct option_fault fault;
	struct selection selection;
	struct output output;
	struct filter filter;
	enum exit_status status;
	int r;

	if (filter_read(&filter, &fault) < 0 ||
		output_read(&output, segment_columns, false, &fault) < 0)
		return message_fault(&fault);
	if (quiet && output_chosen(&output))
		return message_usage(
			"--quiet prints IDs only: it excludes --output, --json, "
			"--output-all, --raw and --export");
	if (quiet)
		output.count = 0;
	operands = command_operands(words, count, &status);
	if (status != STATUS_DONE)
		return status;
	r = selection_read(&selection, operands, count, &filter, output_needs(&output));
	status = command_selection_status(&selection, r);
	if (r == 0)
		status = status_merge(status,
			quiet ? print_ids(&output, &selection.table)
			      : command_print_segments(&output, &selection.table));
	selection_free(&selection);
	return status;
}

const struct command command_ls = {
	.name = "ls",
	.arguments = "[SEGMENT...]",
	.summary = "lists segments",
	.details =
		"Lists all segments of the IPC namespace, or those that are named.\n" SEGMENT_HELP,
	.options = options,
	.most = OPERANDS_ANY,
	.help = help,
	.run = run,
};
