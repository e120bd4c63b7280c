#include <inttypes.h>
#include <sys/param.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "clock.h"
#include "command.h"
#include "kernel/capability.h"
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

/* When the search began, and whether to show how far it is. */
static uint64_t started;
static bool on_terminal;

/* Show how far the search is, if it takes long. */
static void show_progress(size_t processes)
{
	static uint64_t last;
	uint64_t now = on_terminal ? clock_now() : 0;

	if (!on_terminal || now - started < CLOCK_SECOND || now - last < CLOCK_SECOND / 4)
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

/* Return what root lacks to examine more: "; needs CAP_...". The caller frees it. */
static char *missing_capabilities(const size_t gaps[GAPS])
{
	static const struct {
		enum account_gap gap;
		unsigned int capability;
		const char *name;
	} needs[] = {
		{ GAP_IPC_NAMESPACES, CAP_SYS_ADMIN, "CAP_SYS_ADMIN" },
		{ GAP_OBJECTS, CAP_CHECKPOINT_RESTORE, "CAP_CHECKPOINT_RESTORE" },
	};
	char *text;
	size_t size;
	FILE *out = xopen_memstream(&text, &size);

	fputs(gaps[GAP_PROCESSES] > 0 ? command_process_remedy() : "", out);
	for (size_t i = 0; i < sizeof(needs) / sizeof(*needs); i++) {
		if (gaps[needs[i].gap] > 0 && !has_capability(needs[i].capability))
			fprintf(out, "; needs %s", needs[i].name);
	}
	xclose_memstream(out, &text);
	return text;
}

/* Say in one line what could not be examined. */
static void report_gaps(const struct account *account)
{
	const struct {
		const char *one, *many;
	} names[GAPS] = {
		[GAP_PROCESSES] = { "process", "processes" },
		[GAP_IPC_NAMESPACES] = { "IPC namespace", "IPC namespaces" },
		[GAP_SEGMENTS] = { "segment", "segments" },
		[GAP_MOUNT_NAMESPACES] = { "mount namespace", "mount namespaces" },
		[GAP_MOUNTS] = { "tmpfs mount", "tmpfs mounts" },
		[GAP_DIRECTORIES] = { "directory", "directories" },
		[GAP_OBJECTS] = { "object", "objects" },
		[GAP_FILES] = { "open file on an unknown mount",
			"open files on unknown mounts" },
	};
	struct counted counts[GAPS];
	char CLEANUP_FREE *text = NULL, CLEANUP_FREE *remedy = NULL;

	for (size_t i = 0; i < GAPS; i++)
		counts[i] =
			(struct counted){ account->gaps[i], names[i].one, names[i].many };
	text = command_counts(counts, GAPS);
	remedy = geteuid() == 0 ? missing_capabilities(account->gaps)
				: xstrdup("; run as root");
	if (*text || account->shmem.hidden)
		message("not examined: %s%s%s%s", text,
			*text && account->shmem.hidden ? ", " : "",
			account->shmem.hidden ? "processes that /proc hides" : "",
			remedy);
}

/* Say where MEMORY includes what is in swap. */
static void report_together(const struct shmem_account *account)
{
	if (account->together > 0)
		message("memory and swap of %zu object%s or mount%s are counted together",
			account->together, account->together == 1 ? "" : "s",
			account->together == 1 ? "" : "s");
}

/* Say how many NANOSECONDS the search took, and what changed meanwhile. */
static void report_search(const struct shmem_account *account, uint64_t nanoseconds)
{
	uint64_t change = account->after > account->before
		? account->after - account->before
		: account->before - account->after;
	char text[HUMAN_MAX];

	if (change > 0 || on_terminal)
		message("examined %zu process%s in %.2f s; Shmem %s%s meanwhile",
			account->processes, account->processes == 1 ? "" : "es",
			(double)nanoseconds / CLOCK_SECOND,
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
	uint64_t min_size, duration;
	enum exit_status status = read_options(&output, &min_size);
	int r;

	(void)words;
	(void)count;
	if (status != STATUS_DONE)
		return status;
	on_terminal = isatty(STDERR_FILENO);
	started = clock_now();
	r = account_read(&account, objects ? SHMEM_OBJECTS : SHMEM_ROWS, show_progress);
	duration = clock_now() - started;
	meter_clear();
	if (r == 0 && objects)
		print_objects(&account.shmem, &output, min_size);
	else if (r == 0)
		print_kinds(&account.shmem, &output);
	if (r == 0) {
		report_gaps(&account);
		report_together(&account.shmem);
		report_search(&account.shmem, duration);
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
