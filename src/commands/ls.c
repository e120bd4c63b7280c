#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "command.h"
#include "kernel/shmfile.h"
#include "select/filter.h"
#include "select/selection.h"
#include "show/message.h"
#include "show/output.h"
#include "show/segment_columns.h"

static int quiet, all_namespaces, resolve_owner;
static char *input_path;
static struct filters filters;

static struct poptOption where_options[] = {
	{ "all-namespaces", 'A', POPT_ARG_NONE, &all_namespaces, 0,
		"List every IPC namespace that has a process", NULL },
	{ "input", '\0', POPT_ARG_STRING, &input_path, 0,
		"Read FILE, a saved copy of /proc/sysvipc/shm (- for standard input)",
		"FILE" },
	{ "resolve-owner", '\0', POPT_ARG_NONE, &resolve_owner, 0,
		"With --input, resolve owner IDs to names of this host", NULL },
	POPT_TABLEEND,
};

static struct poptOption output_options[] = {
	{ "quiet", 'q', POPT_ARG_NONE, &quiet, 0, "Print IDs only, one a line", NULL },
	{ .argInfo = POPT_ARG_INCLUDE_TABLE, .arg = output_form_options },
	{ .argInfo = POPT_ARG_INCLUDE_TABLE, .arg = output_list_options },
	POPT_TABLEEND,
};

static struct poptOption options[] = {
	{ .argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = filter_options,
		.descrip = "Filters:" },
	{ .argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = output_options,
		.descrip = "Output:" },
	{ .argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = where_options,
		.descrip = "Sources:" },
	POPT_TABLEEND,
};

static void help(FILE *out)
{
	output_help(segment_columns, OUTPUT_USUAL, out);
}

static void print_ids(const struct output *output, const struct row *rows, size_t count)
{
	const void CLEANUP_FREE **sorted =
		output_sort(output, rows, count, sizeof(*rows));

	for (size_t i = 0; i < count; i++)
		printf("%d\n", ((const struct row *)sorted[i])->segment.id);
}

/* Refuse options that cannot be combined. */
static enum exit_status check_options(const struct output *output)
{
	if (quiet && output_chosen(output))
		return message_usage(
			"--quiet cannot be combined with --output, --output-all, "
			"--json, --raw or --export");
	if (all_namespaces && input_path)
		return message_usage("--all-namespaces and --input cannot be combined");
	if ((all_namespaces || input_path) && command_in_namespace())
		return message_usage(
			"--namespace cannot be combined with --all-namespaces or --input");
	if (resolve_owner && !input_path)
		return message_usage("--resolve-owner requires --input");
	if (input_path && (filters.given[FILTER_PID] || filters.given[FILTER_ORPHANED]))
		return message_usage(
			"%s and --input cannot be combined: the processes are not "
			"those of this host",
			filters.given[FILTER_PID] ? "--pid" : "--orphaned");
	if (input_path &&
		(filters.given[FILTER_OLDER_THAN] || filters.given[FILTER_IDLE]))
		return message_usage(
			"%s and --input cannot be combined: the copy does not say "
			"when it was saved",
			filters.given[FILTER_OLDER_THAN] ? "--older-than" : "--idle");
	return STATUS_DONE;
}

/* Show the namespaces, too. */
static void show_namespaces(struct output *output)
{
	for (const struct column *column = segment_columns; column->name; column++) {
		if (column->flags & COLUMN_PLACE)
			output_add(output, column);
	}
}

static enum exit_status list(
	const struct output *output, struct selection_request *request)
{
	const char *file = input_path ? input_path : SHMFILE_PATH;
	struct selection selection;
	enum exit_status status;
	int r;

	request->needs = output_needs(output);
	r = selection_read(&selection, request);
	status = command_selection_status(&selection, request->filters, file, r);
	if (r == 0 && quiet)
		print_ids(output, selection.rows, selection.count);
	else if (r == 0)
		command_print_rows(output, selection.rows, selection.count);
	selection_free(&selection);
	return status;
}

/* Open the file of --input; NULL after a message. */
static FILE *open_input(enum exit_status *status)
{
	FILE *file = strcmp(input_path, "-") == 0 ? stdin : fopen(input_path, "re");

	if (!file)
		*status = message_failure(input_path,
			&(struct failure){
				.operation = OPERATION_FILE, .error = -errno });
	return file;
}

static enum exit_status run(const char *const *words, size_t count)
{
	struct operand CLEANUP_FREE *operands = NULL;
	struct selection_request request = { .count = count };
	FILE CLEANUP_FILE *file = NULL;
	struct usage_error usage_error;
	struct output output;
	enum exit_status status;

	status = command_filters(&filters);
	if (status != STATUS_DONE)
		return status;
	if (output_read(&output, segment_columns, OUTPUT_USUAL, &usage_error) < 0)
		return message_usage_error(&usage_error);
	status = check_options(&output);
	if (status != STATUS_DONE)
		return status;
	operands = command_operands(words, count, &status);
	if (status != STATUS_DONE)
		return status;
	if (input_path) {
		file = open_input(&status);
		if (!file)
			return status;
	}
	if (all_namespaces && !output_named())
		show_namespaces(&output);
	if (quiet)
		output.count = 0;
	request.operands = operands;
	request.filters = &filters;
	request.all_namespaces = all_namespaces;
	request.saved = file;
	request.saved_names = resolve_owner;
	return list(&output, &request);
}

const struct command command_ls = {
	.name = "ls",
	.arguments = "[SEGMENT...]",
	.summary = "List segments",
	.details =
		"Lists all segments of the IPC namespace, or those that are named.\n" SEGMENT_HELP,
	.options = options,
	.columns = segment_columns,
	.max_args = OPERANDS_ANY,
	.help = help,
	.namespaced = true,
	.run = run,
};
