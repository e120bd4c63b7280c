#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "command.h"
#include "kernel/posix.h"
#include "select/filter.h"
#include "show/groups.h"
#include "show/message.h"
#include "show/segment_columns.h"
#include "show/text.h"

static int quiet, all_namespaces, resolve_owner, total;
static char *input_path, *group_text;
static const struct column *group_column; /* of --group-by */
static struct filters filters;

static struct poptOption where_options[] = {
	FLAG("all-namespaces", 'A', &all_namespaces,
		"List the segments of every namespace"),
	VALUE("input", '\0', &input_path, "FILE",
		"Read FILE, a saved copy of /proc/sysvipc/shm (- for standard input)"),
	FLAG("resolve-owner", '\0', &resolve_owner,
		"With --input, resolve owner IDs to names of this host"),
	POPT_TABLEEND,
};

static struct poptOption output_options[] = {
	FLAG("quiet", 'q', &quiet, "Print IDs or names only, one per line"),
	VALUE("group-by", '\0', &group_text, "COLUMN",
		"Print a row for each value of COLUMN: COUNT, SIZE, RSS, SWAP, NATTCH"),
	FLAG("total", '\0', &total, "Print the sums of all rows in the last line"),
	POPT_TABLEEND,
};

/* Return whether xargs(1) and an unquoted $(...) read the name as one word. */
static bool is_plain_word(const char *name)
{
	char CLEANUP_FREE *printable = text_escape(name);

	return strcmp(printable, name) == 0 && !strpbrk(name, " \"'\\*?[");
}

/* Print IDs and names. A name that programs could take for several words might name
 * segments of others: leave it out. */
static enum exit_status print_ids(
	const struct output *output, const struct row *rows, size_t count)
{
	const void CLEANUP_FREE **sorted =
		output_sort(output, rows, count, sizeof(*rows));
	size_t left_out = 0;

	for (size_t i = 0; i < count; i++) {
		const struct segment *segment = &((const struct row *)sorted[i])->segment;

		if (segment->type == SEGMENT_SYSV)
			printf("%d\n", segment->id);
		else if (is_plain_word(segment->name))
			puts(segment->name);
		else
			left_out++;
	}
	if (left_out == 0)
		return STATUS_DONE;
	message("%zu name%s with blanks, quotes or control characters left out; use "
		"--json",
		left_out, left_out == 1 ? "" : "s");
	return STATUS_FAILED;
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
	if (input_path && (filters.kinds & SEGMENTS_POSIX))
		return message_usage("--posix and --input cannot be combined");
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

/* Add the columns that name the namespace of a segment. */
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
		return command_output(
			segment_columns, command_columns(filters.kinds), output);
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

static enum exit_status print(
	const struct output *options, const struct row *rows, size_t count)
{
	struct output output = *options;
	struct row_group sums;

	if (total) {
		sums = total_of(rows, count);
		output.total = output_total_of(&sums, filters.kinds);
	}
	if (quiet)
		return print_ids(&output, rows, count);
	if (group_text)
		print_groups(&output, rows, count);
	else
		command_print_rows(&output, rows, count);
	return STATUS_DONE;
}

/* Count a segment. */
static void count_one(
	void *data, const struct segment *segment, const struct memory_use *memory)
{
	(void)segment;
	(void)memory;
	++*(size_t *)data;
}

/* Say that there is nothing to list, and how many segments of the other kind there are.
 */
static void report_nothing(void)
{
	static const char *const kinds[] = { "System V segment", "POSIX object" };
	bool posix = filters.kinds == SEGMENTS_POSIX;
	struct enumeration_gaps gaps = { 0 };
	char CLEANUP_FREE *others = NULL;
	size_t count = 0;

	if (filters.kinds == SEGMENTS_SYSV && !input_path)
		posix_enumerate(false, count_one, &count, &gaps);
	else if (posix)
		enumerate_segments(false, count_one, &count, &gaps);
	if (count > 0)
		others = xasprintf("; %zu %s%s: shmtool ls%s", count, kinds[!posix],
			count == 1 ? "" : "s", posix ? "" : " -P");
	message("no %ss%s%s", filters.kinds & SEGMENTS_SYSV ? kinds[0] : kinds[1],
		filters.kinds == (SEGMENTS_SYSV | SEGMENTS_POSIX) ? " or POSIX objects"
								  : "",
		others ? others : "");
}

/* Say how many files of /dev/shm are no objects. */
static void report_others(const struct enumeration_gaps *gaps)
{
	const struct counted others[] = {
		{ gaps->semaphores, "semaphore", "semaphores" },
		{ gaps->links, "symbolic link", "symbolic links" },
		{ gaps->directories, "directory", "directories" },
		{ gaps->others, "other file", "other files" },
	};
	char CLEANUP_FREE *text =
		command_counts(others, sizeof(others) / sizeof(*others));

	if (*text)
		message("not listed: %s", text);
}

static enum exit_status list(
	const struct output *output, struct selection_request *request)
{
	struct selection selection;
	enum exit_status status;
	int r;

	request->needs = output_needs(output) | (total ? FINDING_MEMORY : 0) |
		(group_column ? group_column->needs : 0);
	r = selection_read(&selection, request);
	status = command_selection_status(&selection, request->filters, input_path, r);
	if (r == 0)
		status = status_merge(
			status, print(output, selection.rows, selection.count));
	if (status == STATUS_DONE && selection.count == 0 && isatty(STDOUT_FILENO)) {
		if (filters_given(&filters))
			message("nothing matches");
		else
			report_nothing();
	}
	if (isatty(STDOUT_FILENO))
		report_others(&selection.gaps);
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

	status = command_select(words, count, &filters, &operands);
	if (status == STATUS_DONE)
		status = read_output(&output);
	if (status == STATUS_DONE)
		status = check_options(&output);
	if (status != STATUS_DONE)
		return status;
	if (input_path) {
		file = strcmp(input_path, "-") == 0 ? stdin : xfopen(input_path);
		if (!file)
			return command_result(input_path, OPERATION_FILE, -errno, NULL);
	}
	if (all_namespaces && !group_text && !output_replaces_columns())
		show_namespaces(&output);
	if (quiet)
		output.count = 0;
	request.operands = operands;
	request.kinds = filters.kinds;
	request.filters = &filters;
	request.all_namespaces = all_namespaces;
	request.saved = file;
	request.saved_names = resolve_owner;
	return list(&output, &request);
}

const struct command command_ls = {
	.name = "ls",
	.arguments = "[SEGMENT...]",
	.summary = "List shared memory",
	.details =
		"Lists all System V segments of the IPC namespace, all POSIX objects with\n"
		"--posix, or only the named ones.\n" SEGMENT_HELP,
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
