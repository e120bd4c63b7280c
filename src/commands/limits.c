#include "kernel/limits.h"
#include "cleanup.h"
#include "command.h"
#include "show/limit_columns.h"

static enum exit_status run(const char *const *words, size_t count)
{
	const void CLEANUP_FREE **rows = NULL;
	struct limit limits[LIMITS_MAX];
	struct output output;
	enum exit_status status = command_output(&command_limits, &output);
	size_t nlimits;
	int r;

	(void)words;
	(void)count;
	if (status != STATUS_DONE)
		return status;
	output.color = limit_color;
	r = limits_read(limits, &nlimits);
	if (r < 0)
		return command_result(NULL, OPERATION_LIST, r, NULL);
	rows = output_sort(&output, limits, nlimits, sizeof(*limits));
	output_print(&output, "limits", rows, nlimits, stdout);
	return STATUS_DONE;
}

const struct command command_limits = {
	.name = "limits",
	.arguments = "",
	.summary = "Show the kernel's limits and how much of each is used",
	.details =
		"A limit is marked 'near' if more than 90 % of it is used, and 'full' if all of\n"
		"it is. 'sysctl NAME=VALUE' sets the kernel.* and vm.* limits.\n",
	.options = {
		GROUP("Output:", output_form_options),
		GROUP(NULL, output_list_options),
	},
	.columns = limit_columns,
	.namespaced = true,
	.run = run,
};
