#include <inttypes.h>
#include <sys/param.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "clock.h"
#include "command.h"
#include "parse/size.h"
#include "select/account.h"
#include "show/human.h"
#include "show/message.h"
#include "show/meter.h"
#include "show/usage_columns.h"

static int objects, total;
static char *min_text;

static struct poptOption usage_options[] = {
	FLAG("objects", '\0', &objects, "List every object, the largest first"),
	VALUE("min-size", '\0', &min_text, "SIZE",
		"With --objects: only objects of at least SIZE bytes of memory and swap"),
	FLAG("total", '\0', &total,
		"With --objects: print the sums of all rows in the last line"),
	POPT_TABLEEND,
};

/* When a search began. */
static uint64_t started;

/* Show how far the search is, if it takes long. */
static void show_progress(size_t processes)
{
	static uint64_t last;
	uint64_t now;

	if (!isatty(STDERR_FILENO))
		return;
	now = clock_now();
	if (now - started < CLOCK_SECOND || now - last < CLOCK_SECOND / 4)
		return;
	last = now;
	meter_show_processes(processes);
}

static enum exit_status read_options(struct output *output, uint64_t *min_size)
{
	struct usage_error usage_error;
	enum exit_status status = command_output(
		usage_columns, objects ? OUTPUT_OBJECTS : OUTPUT_USUAL, output);

	/* An object that takes nothing is no use of memory. */
	*min_size = 1;
	if (status != STATUS_DONE)
		return status;
	if ((min_text || total) && !objects)
		return message_usage(
			"%s requires --objects", min_text ? "--min-size" : "--total");
	if (min_text && parse_size(min_text, min_size) < 0)
		return message_usage("--min-size: '%s': " NOT_A_SIZE, min_text);
	*min_size = MAX(*min_size, 1);
	if (objects && output->nsorts == 0)
		output->sorts[output->nsorts++] =
			(struct sort){ column_find(usage_columns, "MEMORY", &usage_error),
				true };
	return STATUS_DONE;
}

/* Say in one line what could not be examined. */
static void report_gaps(const struct account *all)
{
	const struct shmem_account *account = &all->shmem;
	const struct {
		size_t count;
		const char *one, *many;
	} gaps[] = {
		{ account_unseen_processes(all), "process", "processes" },
		{ all->segments.inaccessible_namespaces, "IPC namespace",
			"IPC namespaces" },
		{ all->segments.gaps.hidden, "segment", "segments" },
		{ account->namespaces, "mount namespace", "mount namespaces" },
		{ account->unreached, "tmpfs mount", "tmpfs mounts" },
		{ account->unread, "directory", "directories" },
		{ account->unmeasured, "object", "objects" },
		{ account->skipped, "open file on an unknown mount",
			"open files on unknown mounts" },
	};
	char CLEANUP_FREE *text = NULL;
	size_t size;
	FILE *out = xopen_memstream(&text, &size);

	for (size_t i = 0; i < sizeof(gaps) / sizeof(*gaps); i++) {
		if (gaps[i].count > 0)
			fprintf(out, "%s%zu %s", ftell(out) > 0 ? ", " : "",
				gaps[i].count,
				gaps[i].count == 1 ? gaps[i].one : gaps[i].many);
	}
	xclose_memstream(out);
	if (*text)
		message("not examined: %s%s", text,
			geteuid() == 0 ? "" : "; run as root");
	if (account->together > 0)
		message("memory and swap of %zu object%s or mount%s are counted together",
			account->together, account->together == 1 ? "" : "s",
			account->together == 1 ? "" : "s");
}

/* Say how long the search took, and what changed meanwhile. */
static void report_search(const struct shmem_account *account)
{
	uint64_t change = account->after > account->before
		? account->after - account->before
		: account->before - account->after;
	char text[HUMAN_MAX];

	if (change > 0 || isatty(STDERR_FILENO))
		message("examined %zu process%s in %.2f s; Shmem %s%s meanwhile",
			account->processes, account->processes == 1 ? "" : "es",
			(double)(clock_now() - started) / CLOCK_SECOND,
			change == 0                                ? "did not change"
				: account->after > account->before ? "grew by "
								   : "shrank by ",
			change == 0 ? "" : human_size(text, change));
}

/* Print the objects that take at least MIN_SIZE bytes, or an unknown amount. */
static void print_objects(const struct shmem_account *account,
	const struct output *options, uint64_t min_size)
{
	struct usage_row CLEANUP_FREE *rows = xcalloc(account->count, sizeof(*rows));
	const void CLEANUP_FREE **sorted = NULL;
	struct usage_total sums = { .memory_known = true, .swap_known = true };
	struct output output = *options;
	size_t n = 0;

	for (size_t i = 0; i < account->count; i++) {
		const struct shmem_object *object = account->objects[i];

		if (object->kind == SHMEM_IGNORED ||
			(object->measured &&
				object->memory.rss + object->memory.swap < min_size))
			continue;
		rows[n++].object = object;
		usage_total_add(&sums, object);
	}
	if (total)
		output.total = usage_output_total(&sums);
	sorted = output_sort(&output, rows, n, sizeof(*rows));
	output_print(&output, "objects", sorted, n, stdout);
}

/* Print a row for each kind. Mounts that take nothing are left out, except /dev/shm. */
static void print_kinds(const struct shmem_account *account, const struct output *output)
{
	struct usage_row CLEANUP_FREE *rows = xcalloc(account->nrows, sizeof(*rows));
	const void CLEANUP_FREE **sorted = NULL;
	size_t n = 0;

	for (size_t i = 0; i < account->nrows; i++) {
		const struct shmem_row *sum = &account->rows[i];

		if (sum->kind != SHMEM_TMPFS || sum->devshm || sum->memory > 0 ||
			sum->swap > 0)
			rows[n++].sum = sum;
	}
	sorted = output_sort(output, rows, n, sizeof(*rows));
	output_print(output, "usage", sorted, n, stdout);
}

static enum exit_status run(const char *const *words, size_t count)
{
	struct account account;
	struct output output;
	uint64_t min_size;
	enum exit_status status = read_options(&output, &min_size);
	int r;

	(void)words;
	(void)count;
	if (status != STATUS_DONE)
		return status;
	started = clock_now();
	r = account_read(&account, objects ? SHMEM_OBJECTS : SHMEM_ROWS, show_progress);
	meter_clear();
	if (r == 0 && objects)
		print_objects(&account.shmem, &output, min_size);
	else if (r == 0)
		print_kinds(&account.shmem, &output);
	if (r == 0) {
		report_gaps(&account);
		report_search(&account.shmem);
	}
	account_free(&account);
	return command_result(NULL, OPERATION_ACCOUNT, r, NULL);
}

const struct command command_usage = {
	.name = "usage",
	.arguments = "",
	.summary = "Account for the host's shared memory (Shmem), kind by kind",
	.details =
		"Prints a row for System V segments, each tmpfs mount, memory files, shared\n"
		"anonymous memory, deleted files that are still used, and the rest of Shmem in\n"
		"/proc/meminfo. Huge pages are not part of Shmem. Examines all processes.\n",
	.options = {
		GROUP("Options:", usage_options),
		GROUP("Output:", output_form_options),
		GROUP(NULL, output_list_options),
	},
	.columns = usage_columns,
	.run = run,
};
