#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/param.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "command.h"
#include "condition.h"
#include "kernel/attach.h"
#include "kernel/ftok.h"
#include "kernel/memory.h"
#include "kernel/process.h"
#include "kernel/shmfile.h"
#include "select/selection.h"
#include "show/attach_columns.h"
#include "show/bar.h"
#include "show/message.h"
#include "show/names.h"
#include "show/output.h"
#include "show/segment_columns.h"
#include "show/text.h"

static struct poptOption options[] = {
	{ .argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = output_form_options,
		.descrip = "Output:" },
	POPT_TABLEEND,
};

static void help(FILE *out)
{
	output_help(segment_columns, true, out);
}

/* A line of the page: its label, and then what the caller prints. */
static void label(const char *text)
{
	printf("  %-14s", text);
}

static void print_size(const struct output *output, uint64_t bytes)
{
	char text[HUMAN_MAX];

	if (output->bytes)
		printf("%" PRIu64, bytes);
	else
		fputs(human_size(text, bytes), stdout);
}

/* The key, and what ftok(3) would have made it from. */
static void print_key(const struct segment *segment)
{
	key_t key = segment->key;
	struct ftok_parts parts = ftok_split(key);

	label("Key");
	if (key == 0) {
		printf("0x00000000 (%s)\n",
			segment->dest ? "if it had one, it lost it with its removal"
				      : "private");
		return;
	}
	printf("0x%08x (%d)\n", (uint32_t)key, key);
	label("By ftok(3)?");
	printf("%s PROJ %u", parts.proj == 0 ? "unlikely:" : "if so,", parts.proj);
	if (parts.proj > ' ' && parts.proj < 0x7f)
		printf(" ('%c')", (char)parts.proj);
	printf(", device 0x..%02x, inode 0x..%04x\n", parts.device, parts.inode);
}

static void print_owner(uid_t uid, gid_t gid)
{
	char user[NUMBER_MAX], group[NUMBER_MAX];

	printf("%s:%s (%u:%u)\n", user_or_number(uid, user), group_or_number(gid, group),
		uid, gid);
}

/* One line a word, the first behind the label. */
static void print_status(const struct segment *segment)
{
	const struct {
		bool holds;
		const char *text;
	} words[] = {
		{ segment->orphan,
			"orphan: no attach, and the processes that used it are gone" },
		{ segment->dest,
			"dest: marked for destruction, goes with its last detach" },
		{ segment->locked, "locked: kept in memory" },
		{ segment->page_size > (uint64_t)sysconf(_SC_PAGESIZE),
			"huge: made of huge pages" },
	};
	const char *heading = "Status";

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!words[i].holds)
			continue;
		label(heading);
		puts(words[i].text);
		heading = "";
	}
	if (*heading) {
		label(heading);
		puts("-");
	}
}

/* A process that was running at the second SINCE. */
static void print_process(pid_t pid, int64_t since)
{
	const char *command = process_command(pid, since);
	char CLEANUP_FREE *safe = command ? text_escape(command) : NULL;

	if (pid == 0)
		puts("a process that cannot be seen from here");
	else if (safe)
		printf("PID %d: %s\n", (int)pid, safe);
	else if (process_state(pid, since) == PROCESS_GONE)
		printf("PID %d, which is gone\n", (int)pid);
	else
		printf("PID %d\n", (int)pid);
}

static void print_time(const struct output *output, int64_t second)
{
	char text[HUMAN_MAX];

	/* A page has the room that a table has not. */
	puts(second == 0 ? "never"
			 : human_time(text, second,
				   output->time_format_given ? output->time_format
							     : TIME_FULL,
				   time(NULL)));
}

static void print_memory(const struct output *output, const struct segment *segment)
{
	label("Memory");
	if (!segment->has_memory) {
		puts("not known");
		return;
	}
	print_size(output, segment->rss);
	fputs(" resident, ", stdout);
	print_size(output, segment->swap);
	puts(" swapped");
}

static void print_total(const struct output *output, const struct segment *segment)
{
	label("Size");
	print_size(output, segment->size);
	printf(" (%" PRIu64 " bytes", segment->size);
	if (segment->page_size != 0) {
		uint64_t pages = segment->size / segment->page_size +
			(segment->size % segment->page_size > 0);

		printf(", %" PRIu64 " page%s of ", pages, pages == 1 ? "" : "s");
		print_size(output, segment->page_size);
	}
	puts(")");
}

/* Where there is data, drawn to fit the terminal. */
static void print_parts(const struct segment *segment)
{
	struct memory_range CLEANUP_FREE *ranges = NULL;
	size_t width = bar_terminal_width(), count;
	char bar[201];
	const struct attach_target target = { .segment = segment,
		.attaches = segment->attaches,
		.nattaches = segment->nattaches,
		.page_size = segment->page_size };
	int r = memory_ranges(&target, &ranges, &count);

	label("Parts");
	if (r == -ENOENT) {
		puts("not known while nobody who can be seen has it attached");
	} else if (r == -CONDITION_HUGE_PAGES) {
		puts("not known of huge pages");
	} else if (r == -CONDITION_SWAP_UNKNOWN) {
		puts("not known: something is in swap, and this kernel does not tell what");
	} else if (r < 0) {
		puts(r == -EPERM || r == -EACCES ? "only root may know" : "not known");
	} else {
		width = MIN(MAX(width, 28) - 18, sizeof(bar) - 1);
		bar_draw(bar, width, segment->size, ranges, count);
		printf("[%s]\n", bar);
		label("");
		puts("# in memory, s in swap, + less than half, . never touched");
	}
}

static void print_attaches(const struct segment *segment)
{
	size_t processes = attach_processes(segment->attaches, segment->nattaches);

	label("Attaches");
	printf("%" PRIu64, segment->nattch);
	if (processes > 0)
		printf(", by %zu process%s", processes, processes == 1 ? "" : "es");
	if (processes > 0 && segment->nattaches < segment->nattch)
		printf(" and others that are not visible");
	puts("");
}

static void print_page(const struct output *output, const struct segment *segment)
{
	int64_t last_use = segment_last_use(segment);
	char text[HUMAN_MAX];
	uint64_t idle;

	printf("Segment %d\n", segment->id);
	print_key(segment);
	label("Owner");
	print_owner(segment->uid, segment->gid);
	label("Creator");
	print_owner(segment->cuid, segment->cgid);
	label("Permissions");
	printf("%s (%04o)\n", human_perms(text, segment->mode), segment->mode);
	print_total(output, segment);
	print_memory(output, segment);
	print_parts(segment);
	print_attaches(segment);
	print_status(segment);
	label("Created by");
	print_process(segment->cpid, segment_existed(segment));
	label("Last used by");
	if (last_use == 0)
		puts("nobody yet");
	else
		print_process(segment->lpid, last_use);
	label("Last attach");
	print_time(output, segment->atime);
	label("Last detach");
	print_time(output, segment->dtime);
	label("Last change");
	print_time(output, segment->ctime);
	label("Idle");
	puts(segment_idle(segment, &idle) ? human_duration(text, idle)
					  : "not known: the clock was set back");
}

/* More attaches than this do not help on a terminal. */
#define TERMINAL_ATTACHES_MAX 100

/* The attached processes, under the facts. */
static enum exit_status print_holders(
	const struct output *output, const struct segment *segment)
{
	const void CLEANUP_FREE **rows = NULL;
	struct output table = { .bytes = output->bytes, .headings = output->headings };
	size_t count = segment->nattaches;

	if (count == 0)
		return STATUS_DONE;
	if (isatty(STDOUT_FILENO))
		count = MIN(count, TERMINAL_ATTACHES_MAX);
	for (const struct column *column = attach_columns; column->name; column++)
		output_add(&table, column);
	rows = output_sort(&table, segment->attaches, count, sizeof(*segment->attaches));
	puts("");
	if (rows && output_print(&table, "attaches", rows, count, stdout) == 0) {
		if (count < segment->nattaches)
			printf("and %zu more attach%s; --json prints all\n",
				segment->nattaches - count,
				segment->nattaches - count == 1 ? "" : "es");
		return STATUS_DONE;
	}
	return message_failure(
		NULL, &(struct failure){ .deed = DEED_LIST, .error = -ENOMEM });
}

static enum exit_status print_pages(
	const struct output *output, const struct segment_table *table)
{
	enum exit_status status = STATUS_DONE;

	for (size_t i = 0; i < table->count; i++) {
		if (i > 0)
			puts("");
		print_page(output, &table->segments[i]);
		status = status_merge(status, print_holders(output, &table->segments[i]));
	}
	return status;
}

static void add_json_columns(struct output *output)
{
	for (const struct column *column = attach_json_columns; column->name; column++)
		output_add(output, column);
}

static enum exit_status run(const char *const *words, size_t count)
{
	struct operand CLEANUP_FREE *operands = NULL;
	struct selection_request request = { .count = count };
	struct option_fault fault;
	struct selection selection;
	struct output output;
	enum exit_status status;
	int r;

	if (output_read(&output, segment_columns, true, &fault) < 0)
		return message_fault(&fault);
	operands = command_operands(words, count, &status);
	if (!operands)
		return status;
	if (output.mode == OUTPUT_JSON && !output_named())
		add_json_columns(&output);
	request.operands = operands;
	request.needs = output_needs(&output);
	/* The page does not name a process of the namespace, so that none is looked for.
	 */
	if (!output_chosen(&output))
		request.needs &= ~SEGMENT_NS;
	r = selection_read(&selection, &request);
	status = command_selection_status(&selection, NULL, SHMFILE_PATH, r);
	if (r == 0)
		status = status_merge(status,
			output_chosen(&output)
				? command_print_segments(&output, &selection.table)
				: print_pages(&output, &selection.table));
	selection_free(&selection);
	return status;
}

static const char *const names[] = { "SEGMENT" };

const struct command command_info = {
	.name = "info",
	.arguments = "SEGMENT...",
	.summary = "says everything about segments",
	.details = "A page for each segment, or all its columns in the form asked for.\n"
		   "Nothing is attached, so nothing changes by looking.\n" SEGMENT_HELP,
	.options = options,
	.least = 1,
	.most = OPERANDS_ANY,
	.names = names,
	.help = help,
	.namespaced = true,
	.run = run,
};
