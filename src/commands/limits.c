#include <errno.h>

#include "cleanup.h"
#include "command.h"
#include "kernel/limits.h"
#include "show/limit_columns.h"
#include "show/message.h"
#include "show/output.h"

static struct poptOption output_options[] = {
	{ .argInfo = POPT_ARG_INCLUDE_TABLE, .arg = output_form_options },
	{ .argInfo = POPT_ARG_INCLUDE_TABLE, .arg = output_list_options },
	POPT_TABLEEND,
};

static struct poptOption options[] = {
	{ .argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = output_options,
		.descrip = "Output:" },
	POPT_TABLEEND,
};

static void help(FILE *out)
{
	output_help(limit_columns, OUTPUT_USUAL, out);
}

static enum exit_status run(const char *const *words, size_t count)
{
	const void CLEANUP_FREE **rows = NULL;
	struct limit limits[LIMITS_MAX];
	struct usage_error usage_error;
	struct output output;
	size_t nlimits;
	int r;

	(void)words;
	(void)count;
	if (output_read(&output, limit_columns, OUTPUT_USUAL, &usage_error) < 0)
		return message_usage_error(&usage_error);
	output.color = limit_color;
	r = limits_read(limits, &nlimits);
	if (r < 0)
		return message_failure(NULL,
			&(struct failure){ .operation = OPERATION_LIST, .error = r });
	rows = output_sort(&output, limits, nlimits, sizeof(*limits));
	output_print(&output, "limits", rows, nlimits, stdout);
	return STATUS_DONE;
}

const struct command command_limits = {
	.name = "limits",
	.arguments = "",
	.summary = "Show the kernel's limits and how much of each is used",
	.details =
		"A limit of which more than 90 % is used is marked 'near', and one that is\n"
		"reached 'full'. 'sysctl NAME=VALUE' sets those that have a dot in their names.\n",
	.options = options,
	.columns = limit_columns,
	.help = help,
	.namespaced = true,
	.run = run,
};
