#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "clock.h"
#include "command.h"
#include "data/replace.h"
#include "kernel/shmfile.h"
#include "select/selection.h"
#include "show/message.h"
#include "show/metrics.h"

static char *output_path;

static struct poptOption output_options[] = {
	{ "output", 'o', POPT_ARG_STRING, &output_path, 0,
		"write FILE, whole or not at all; - is standard output", "FILE" },
	POPT_TABLEEND,
};

static struct poptOption options[] = {
	{ .argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = output_options,
		.descrip = "Output:" },
	POPT_TABLEEND,
};

static bool to_file(void)
{
	return output_path && strcmp(output_path, "-") != 0;
}

/* Reads the segments and the limits. Where not all was read, says so; where nothing was,
 * *FOUND is false. The caller frees the sums. */
static enum exit_status scan(struct metrics *metrics, bool *found)
{
	const struct selection_request request = { .needs = FINDING_MEMORY |
			FINDING_ORPHAN };
	struct selection selection;
	uint64_t start = clock_now();
	enum exit_status status;
	int r;

	*metrics = (struct metrics){ 0 };
	clock_gettime(CLOCK_REALTIME, &metrics->time);
	r = selection_read(&selection, &request);
	status = command_selection_status(&selection, NULL, SHMFILE_PATH, r);
	*found = r == 0;
	if (*found) {
		r = limits_read(metrics->limits, &metrics->nlimits);
		metrics->duration = clock_now() - start;
		for (size_t i = 0; r == 0 && i < selection.count; i++)
			sums_add(&metrics->sums, &selection.rows[i]);
		*found = r == 0;
		if (r < 0)
			status = status_merge(status,
				message_failure(NULL,
					&(struct failure){
						.deed = DEED_LIST, .error = r }));
	}
	selection_free(&selection);
	return status;
}

/* All of it as text, which the caller frees; NULL without memory. */
static char *make_text(const struct metrics *metrics, size_t *length)
{
	char *text = NULL;
	FILE *file = open_memstream(&text, length);
	bool failed;

	if (!file)
		return NULL;
	metrics_write(metrics, file);
	failed = ferror(file);
	if (fclose(file) == 0 && !failed)
		return text;
	free(text);
	return NULL;
}

static enum exit_status write_output(const struct metrics *metrics)
{
	size_t length;
	char CLEANUP_FREE *text = make_text(metrics, &length);
	int r;

	if (!text)
		return message_failure(
			NULL, &(struct failure){ .deed = DEED_LIST, .error = -ENOMEM });
	if (!to_file()) {
		fwrite(text, 1, length, stdout);
		return STATUS_DONE;
	}
	r = replace_file(output_path, text, length);
	if (r == 0)
		return STATUS_DONE;
	return message_failure(
		output_path, &(struct failure){ .deed = DEED_REPLACE, .error = r });
}

static enum exit_status run(const char *const *words, size_t count)
{
	struct metrics metrics;
	enum exit_status status;
	bool found;

	(void)words;
	(void)count;
	if (output_path && !*output_path)
		return message_usage("--output: '' names no file");
	status = scan(&metrics, &found);
	/* Sums of a part would pass for those of all; an old time of the scan tells. */
	if (status != STATUS_DONE && to_file())
		message("%s: not written, since not all is known", output_path);
	else if (found)
		status = status_merge(status, write_output(&metrics));
	sums_free(&metrics.sums);
	return status;
}

const struct command command_metrics = {
	.name = "metrics",
	.arguments = "",
	.summary = "prints the state of the host for Prometheus",
	.details =
		"The owner is a name, or a number where it has none. A segment is in one state:\n"
		"dest, attached, orphan, or unattached. What is not known is left out.\n",
	.options = options,
	.help = metrics_help,
	.namespaced = true,
	.run = run,
};
