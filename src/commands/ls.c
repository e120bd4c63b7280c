#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "command.h"
#include "select/filter.h"
#include "show/groups.h"
#include "show/message.h"
#include "show/segment_columns.h"

static int quiet, all_namespaces, resolve_owner, total;
static char *input_path, *group_text;
static const struct column *group_column; /* of --group-by */
static struct filters filters;

static struct poptOption where_options[] = {
	FLAG("all-namespaces", 'A', &all_namespaces,
		"List the segments of every IPC namespace that has a process"),
	VALUE("input", '\0', &input_path, "FILE",
		"Read FILE, a saved copy of /proc/sysvipc/shm (- for standard input)"),
	FLAG("resolve-owner", '\0', &resolve_owner,
		"With --input, resolve owner IDs to names of this host"),
	POPT_TABLEEND,
};

static struct poptOption output_options[] = {
	FLAG("quiet", 'q', &quiet, "Print IDs only, one per line"),
	VALUE("group-by", '\0', &group_text, "COLUMN",
		"Print a row for each value of COLUMN: COUNT, SIZE, RSS, SWAP, NATTCH"),
	FLAG("total", '\0', &total, "Print the sums of all rows in the last line"),
	POPT_TABLEEND,
};

static void print_ids(const struct output *output, const struct row *rows, size_t count)
{
	const void CLEANUP_FREE **sorted =
		output_sort(output, rows, count, sizeof(*rows));

	for (size_t i = 0; i < count; i++)
		printf("%d\n", ((const struct row *)sorted[i])->segment.id);
}

/* Filters that a saved table cannot answer. */
static const struct {
	enum filter_id id;
	const char *why;
} unsaved[] = {
	{ FILTER_PID, "the processes are not those of this host" },
	{ FILTER_ORPHANED, "the processes are not those of this host" },
	{ FILTER_CREATOR_GONE, "the processes are not those of this host" },
	{ FILTER_OLDER_THAN, "the copy does not say when it was saved" },
	{ FILTER_IDLE, "the copy does not say when it was saved" },
};

/* Refuse options that cannot be combined. */
static enum exit_status check_options(const struct output *output)
{
	if (quiet && (output_is_customized(output) || group_text || total))
		return message_usage(
			"--quiet cannot be combined with --output, --output-all, "
			"--json, --json-lines, --raw, --export, --group-by or --total");
	if (quiet && all_namespaces)
		return message_usage("--quiet and --all-namespaces cannot be combined: "
				     "namespaces have segments with the same ID");
	if (all_namespaces && input_path)
		return message_usage("--all-namespaces and --input cannot be combined");
	if ((all_namespaces || input_path) && command_in_namespace())
		return message_usage(
			"--namespace cannot be combined with --all-namespaces or --input");
	if (resolve_owner && !input_path)
		return message_usage("--resolve-owner requires --input");
	for (size_t i = 0; input_path && i < sizeof(unsaved) / sizeof(*unsaved); i++) {
		if (filters.given[unsaved[i].id])
			return message_usage("%s and --input cannot be combined: %s",
				filter_name(unsaved[i].id), unsaved[i].why);
	}
	return STATUS_DONE;
}

/* Add the columns that name the IPC namespace of a segment. */
static void show_namespaces(struct output *output)
{
	for (const struct column *column = segment_columns; column->name; column++) {
		if (column->flags & COLUMN_PLACE)
			output_add(output, column);
	}
}

/* Read the output options, for columns of segments or of groups. */
static enum exit_status read_output(struct output *output)
{
	struct usage_error usage_error = { .option = "--group-by" };
	enum exit_status status;
	const struct column *columns;

	if (!group_text)
		return command_output(segment_columns, OUTPUT_USUAL, output);
	group_column = column_find(segment_columns, group_text, &usage_error);
	if (!group_column)
		return message_usage_error(&usage_error);
	columns = group_columns(group_column);
	status = command_output(columns, OUTPUT_USUAL, output);
	if (status == STATUS_DONE && output->nsorts == 0)
		output->sorts[output->nsorts++] =
			(struct sort){ column_find(columns, "SIZE", &usage_error), true };
	return status;
}

static void print_groups(
	const struct output *output, const struct row *rows, size_t count)
{
	size_t ngroups;
	struct row_group CLEANUP_FREE *groups =
		groups_of(group_column, rows, count, &ngroups);
	const void CLEANUP_FREE **sorted =
		output_sort(output, groups, ngroups, sizeof(*groups));

	output_print(output, "groups", sorted, ngroups, stdout);
}

static void print(const struct output *options, const struct row *rows, size_t count)
{
	struct output output = *options;
	struct row_group sums;

	if (total) {
		sums = total_of(rows, count);
		output.total = &sums;
	}
	if (quiet)
		print_ids(&output, rows, count);
	else if (group_text)
		print_groups(&output, rows, count);
	else
		command_print_rows(&output, rows, count);
}

static enum exit_status list(
	const struct output *output, struct selection_request *request)
{
	struct selection selection;
	enum exit_status status;
	int r;

	request->needs = output_needs(output) | (total ? FINDING_MEMORY : 0);
	r = selection_read(&selection, request);
	status = command_selection_status(&selection, request->filters, input_path, r);
	if (r == 0)
		print(output, selection.rows, selection.count);
	if (status == STATUS_DONE && selection.count == 0 && isatty(STDOUT_FILENO))
		message("%s",
			filters_given(&filters) ? "nothing matches"
						: "no System V segments");
	selection_free(&selection);
	return status;
}

static enum exit_status run(const char *const *words, size_t count)
{
	struct operand CLEANUP_FREE *operands = NULL;
	struct selection_request request = { .count = count };
	FILE CLEANUP_FILE *file = NULL;
	struct output output;
	enum exit_status status;

	status = command_filters(&filters);
	if (status == STATUS_DONE)
		status = read_output(&output);
	if (status == STATUS_DONE)
		status = check_options(&output);
	if (status == STATUS_DONE)
		status = command_operands(words, count, &operands);
	if (status != STATUS_DONE)
		return status;
	if (input_path) {
		file = strcmp(input_path, "-") == 0 ? stdin : fopen(input_path, "re");
		if (!file)
			return command_result(input_path, OPERATION_FILE, -errno, NULL);
	}
	if (all_namespaces && !group_text && !output_replaces_columns())
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
		"Lists all segments of the IPC namespace, or only the named ones.\n" SEGMENT_HELP,
	.options = {
		GROUP("Filters:", filter_options),
		GROUP("Output:", output_options),
		GROUP(NULL, output_form_options),
		GROUP(NULL, output_list_options),
		GROUP("Sources:", where_options),
	},
	.columns = segment_columns,
	.max_args = OPERANDS_ANY,
	.namespaced = true,
	.run = run,
};
