#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "clock.h"
#include "command.h"
#include "data/replace.h"
#include "kernel/posix.h"
#include "select/account.h"
#include "show/message.h"
#include "show/metrics.h"

static char *output_path;
static int with_shmem, all_namespaces;

static struct poptOption output_options[] = {
	VALUE("output", 'o', &output_path, "FILE",
		"Write to FILE, replacing it atomically (- for standard output)"),
	FLAG("all-namespaces", 'A', &all_namespaces,
		"Include every namespace, with the labels namespace and container"),
	FLAG("shmem", '\0', &with_shmem,
		"Add the host's shared memory by kind; examines all processes"),
	POPT_TABLEEND,
};

static bool to_file(void)
{
	return output_path && strcmp(output_path, "-") != 0;
}

/* Add the shared memory of the host. What could not be examined is a metric of its own,
 * not an error. */
static enum exit_status scan_shmem(struct metrics *metrics, struct account *account)
{
	int r = account_read(account, SHMEM_ROWS, NULL);

	metrics->shmem = r == 0 ? &account->shmem : NULL;
	for (size_t i = 0; i < GAPS; i++)
		metrics->unexamined += account->gaps[i];
	return command_result(NULL, OPERATION_ACCOUNT, r, NULL);
}

/* What is being read, and the first error of reading limits. */
struct reading {
	struct metrics *metrics;
	int error;
};

/* Return the sums of a place: all are one, unless --all-namespaces was given. */
static struct place_sums *place_of(struct reading *reading, enum segment_type type,
	uint64_t ns, const char *container)
{
	return sums_place(&reading->metrics->sums[type], all_namespaces ? ns : 0,
		all_namespaces ? container : NULL);
}

/* Read the limits of a place. */
static void read_limits(void *data, enum segment_type type, uint64_t ns, pid_t pid)
{
	struct reading *reading = data;
	const char *container = place_is_shared(type, ns, pid, posix_device())
		? NULL
		: process_container(pid, PROCESS_NOW);
	struct place_sums *place = place_of(reading, type, ns, container);
	int r = 0;

	/* Limits of several namespaces do not add up. */
	if (place->ns == ns || !all_namespaces)
		r = limits_read(place->limits, &place->nlimits, 1u << type);
	reading->error = reading->error ? reading->error : r;
}

static void add_row(struct reading *reading, const struct row *row)
{
	enum segment_type type = row->segment.type;
	const char *container = process_container(row->unit_pid, row->unit_since);

	sums_add(&reading->metrics->sums[type],
		place_of(reading, type, row->ns, container), row);
}

/* Read the segments of these KINDS, and the limits. Report what could not be read; what
 * was not visible is a metric of its own, not an error. *FOUND: there is something to
 * print; then the caller frees the sums. */
static enum exit_status scan(struct metrics *metrics, unsigned int kinds, bool *found)
{
	struct reading reading = { .metrics = metrics };
	const struct selection_request request = { .kinds = kinds,
		.needs = FINDING_MEMORY | FINDING_ORPHAN |
			(all_namespaces ? FINDING_UNIT : 0),
		.all_namespaces = all_namespaces,
		.visit = read_limits,
		.data = &reading };
	struct selection selection;
	enum exit_status status;
	int r;

	r = selection_read(&selection, &request);
	status = command_selection_failures(&selection, NULL, NULL, r);
	if (r == 0) {
		limits_read(metrics->limits, &metrics->nlimits, LIMITS_HOST);
		for (size_t i = 0; i < selection.count; i++)
			add_row(&reading, &selection.rows[i]);
		status = status_merge(status,
			command_result(NULL, OPERATION_LIST, reading.error, NULL));
	}
	metrics->unreached = selection.unseen_processes +
		selection.unreached[SEGMENT_SYSV] + selection.unreached[SEGMENT_POSIX];
	*found = r == 0 && selection.posix_error == 0 && reading.error == 0;
	selection_free(&selection);
	return status;
}

static enum exit_status write_output(const struct metrics *metrics)
{
	char CLEANUP_FREE *text = NULL;
	size_t length;
	FILE *file;

	if (!to_file()) {
		metrics_write(metrics, stdout);
		return STATUS_DONE;
	}
	file = xopen_memstream(&text, &length);
	metrics_write(metrics, file);
	xclose_memstream(file, &text);
	return command_result(output_path, OPERATION_REPLACE,
		replace_file(output_path, text, length), NULL);
}

static enum exit_status run(const char *const *words, size_t count)
{
	struct metrics metrics = { 0 };
	struct account account;
	uint64_t start = clock_now();
	enum exit_status status;
	unsigned int kinds;
	bool found;

	(void)words;
	(void)count;
	if (output_path && !*output_path)
		return message_usage("--output: '': not a file name");
	if (all_namespaces && command_in_namespace())
		return message_usage(
			"--namespace and --all-namespaces cannot be combined");
	status = command_enter_all(&kinds);
	if (status != STATUS_DONE)
		return status;
	metrics.all_namespaces = all_namespaces;
	for (size_t i = 0; i < sizeof(metrics.sums) / sizeof(*metrics.sums); i++)
		metrics.sums[i].owners_left = all_namespaces ? OWNERS_MAX : SIZE_MAX;
	clock_gettime(CLOCK_REALTIME, &metrics.time);
	status = scan(&metrics, kinds, &found);
	if (with_shmem)
		status = status_merge(status, scan_shmem(&metrics, &account));
	metrics.duration = clock_now() - start;
	/* Partial sums would look complete. The time of the scan in the old file shows
	 * its age. */
	if (status != STATUS_DONE && to_file())
		message("%s: not written: metrics incomplete", output_path);
	else if (found)
		status = status_merge(status, write_output(&metrics));
	for (size_t i = 0; i < sizeof(metrics.sums) / sizeof(*metrics.sums); i++)
		sums_free(&metrics.sums[i]);
	if (with_shmem)
		account_free(&account);
	return status;
}

const struct command command_metrics = {
	.name = "metrics",
	.arguments = "",
	.summary = "Print metrics of shared memory and limits for Prometheus",
	.details =
		"An owner without a name is shown as a number. A segment has one state: dest,\n"
		"attached, orphan or unattached; a POSIX object has none. Unknown values are\n"
		"left out.\n",
	.options = { GROUP("Output:", output_options) },
	.help = metrics_help,
	.namespaced = true,
	.run = run,
};
