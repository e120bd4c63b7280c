#include <inttypes.h>

#include "cleanup.h"
#include "command.h"
#include "kernel/limits.h"
#include "parse/number.h"
#include "show/limit_columns.h"
#include "show/message.h"

static char no_check[] = "", *check_text = no_check; /* NULL: --check without PERCENT */

static struct poptOption check_options[] = {
	{ "check", '\0', POPT_ARG_STRING | POPT_ARGFLAG_OPTIONAL, &check_text, 0,
		"Fail if more than PERCENT (default 90) of a limit is used", "PERCENT" },
	POPT_TABLEEND,
};

/* Set *PERCENT to the argument of --check; 0: not given. */
static enum exit_status read_check(int *percent)
{
	*percent = check_text == no_check ? 0 : 90;
	if (check_text == no_check || !check_text)
		return STATUS_DONE;
	if (parse_id(check_text, percent) < 0 || *percent < 1 || *percent > 100)
		return message_usage(
			"--check: '%s': not a number from 1 to 100", check_text);
	return STATUS_DONE;
}

/* Report each limit that is used above PERCENT. */
static enum exit_status check(
	const struct limit *limits, size_t count, unsigned int percent)
{
	enum exit_status status = STATUS_DONE;
	char name[LIMIT_NAME_MAX];

	for (size_t i = 0; i < count; i++) {
		const struct limit *limit = &limits[i];

		if (!limit_is_above(limit, percent))
			continue;
		status = STATUS_FAILED;
		if (limit->value == 0)
			message("%s: the limit is 0", limit_name(limit, name));
		else
			message("%s: %" PRIu64 " %% used, above %u %%",
				limit_name(limit, name), limit_percent(limit), percent);
	}
	return status;
}

static enum exit_status run(const char *const *words, size_t count)
{
	const void CLEANUP_FREE **rows = NULL;
	struct limit limits[LIMITS_MAX];
	struct output output;
	int percent;
	enum exit_status status = command_output(limit_columns, OUTPUT_USUAL, &output);
	unsigned int kinds;
	size_t nlimits;
	int r;

	(void)words;
	(void)count;
	if (status == STATUS_DONE)
		status = read_check(&percent);
	if (status == STATUS_DONE)
		status = command_enter_all(&kinds);
	if (status != STATUS_DONE)
		return status;
	r = limits_read(limits, &nlimits, kinds | LIMITS_HOST);
	if (r < 0)
		return command_result(NULL, OPERATION_LIST, r, NULL);
	rows = output_sort(&output, limits, nlimits, sizeof(*limits));
	output_print(&output, "limits", rows, nlimits, stdout);
	return percent > 0 ? check(limits, nlimits, (unsigned int)percent) : STATUS_DONE;
}

const struct command command_limits = {
	.name = "limits",
	.arguments = "",
	.summary = "Show the kernel's limits and how much of each is used",
	.details =
		"A limit is marked 'near' if more than 90 % of it is used, and 'full' if all of\n"
		"it is. 'sysctl NAME=VALUE' sets the kernel.* and vm.* limits,\n"
		"'mount -o remount,size=SIZE,nr_inodes=NUMBER /dev/shm' those of /dev/shm.\n",
	.options = {
		GROUP("Options:", check_options),
		GROUP("Output:", output_form_options),
		GROUP(NULL, output_list_options),
	},
	.columns = limit_columns,
	.namespaced = true,
	.run = run,
};
