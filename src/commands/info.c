#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/param.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "command.h"
#include "condition.h"
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
	output_help(segment_columns, OUTPUT_ALL, out);
}

/* Begin a line of the page; the caller prints the rest. */
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

/* Print the key, and what ftok(3) would have made it from. */
static void print_key(const struct segment *segment)
{
	key_t key = segment->key;
	struct ftok_parts parts = ftok_split(key);

	label("Key");
	if (key == 0) {
		printf("0x00000000 (%s)\n",
			segment->dest ? "cleared when marked for destruction"
				      : "private");
		return;
	}
	printf("0x%08x (%d)\n", (uint32_t)key, key);
	label("If by ftok(3)");
	printf("%sPROJ %u", parts.proj == 0 ? "unlikely: " : "", parts.proj);
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

/* Print one line a word, the first after the label. */
static void print_status(const struct row *row)
{
	const struct {
		bool holds;
		const char *text;
	} words[] = {
		{ row->orphan == ORPHAN_YES,
			"orphan: not attached, creator and last user gone" },
		{ row->segment.dest,
			"dest: marked for destruction, removed with its last detach" },
		{ row->segment.locked, "locked: kept in memory" },
		{ row->page_size > (uint64_t)sysconf(_SC_PAGESIZE),
			"huge: consists of huge pages" },
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

/* Print a process that was running at the second SINCE. */
static void print_process(pid_t pid, int64_t since)
{
	const char *command = process_command(pid, since);
	char CLEANUP_FREE *safe = command ? text_escape(command) : NULL;

	if (pid == 0)
		puts("not visible (another PID namespace?)");
	else if (safe)
		printf("PID %d: %s\n", (int)pid, safe);
	else if (process_state(pid, since) == PROCESS_GONE)
		printf("PID %d (gone)\n", (int)pid);
	else
		printf("PID %d\n", (int)pid);
}

static void print_time(const struct output *output, int64_t second)
{
	char text[HUMAN_MAX];

	/* A page has room for more than a table. */
	puts(second == 0 ? "never"
			 : human_time(text, second,
				   output->time_format_given ? output->time_format
							     : TIME_FULL,
				   time(NULL)));
}

static void print_memory(const struct output *output, const struct memory_use *memory)
{
	label("Memory");
	if (!memory->known) {
		puts("unknown");
		return;
	}
	print_size(output, memory->rss);
	fputs(" resident, ", stdout);
	print_size(output, memory->swap);
	puts(" swapped");
}

static void print_total(const struct output *output, const struct row *row)
{
	uint64_t size = row->segment.size, page = row->page_size;

	label("Size");
	print_size(output, size);
	printf(" (%" PRIu64 " byte%s", size, size == 1 ? "" : "s");
	if (page != 0) {
		uint64_t pages = size / page + (size % page > 0);

		printf(", %" PRIu64 " page%s of ", pages, pages == 1 ? "" : "s");
		print_size(output, page);
	}
	puts(")");
}

/* Draw where there is data, to fit the terminal. */
static void print_parts(const struct row *row)
{
	const struct attach_target target = row_target(row);
	struct memory_range CLEANUP_FREE *ranges = NULL;
	size_t width = (size_t)terminal_width(STDOUT_FILENO), count;
	char bar[201];
	int r = memory_ranges(&target, &row->memory, &ranges, &count);

	label("Parts");
	if (r == -ENOENT) {
		puts("unknown: no visible process has it attached");
	} else if (r == -CONDITION_HUGE_PAGES) {
		puts("unknown for huge pages");
	} else if (r == -CONDITION_SWAP_UNKNOWN) {
		puts("unknown: part is in swap, and this kernel does not tell which");
	} else if (r < 0) {
		puts(r == -EPERM || r == -EACCES
				? "unknown: needs CAP_CHECKPOINT_RESTORE in the initial user namespace"
				: "unknown");
	} else {
		width = MIN(MAX(width, 28) - 18, sizeof(bar) - 1);
		bar_draw(bar, width, row->segment.size, ranges, count);
		printf("[%s]\n", bar);
		label("");
		puts("# in memory, s in swap, + less than half, . never touched");
	}
}

static void print_attaches(const struct row *row)
{
	size_t processes = attach_processes(row->attaches, row->nattaches);

	label("Attaches");
	printf("%" PRIu64, row->segment.nattch);
	if (processes > 0)
		printf(", by %zu process%s", processes, processes == 1 ? "" : "es");
	if (processes > 0 && !row->complete)
		printf(" and others (not visible)");
	puts("");
}

static void print_page(const struct output *output, const struct row *row)
{
	const struct segment *segment = &row->segment;
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
	print_total(output, row);
	print_memory(output, &row->memory);
	print_parts(row);
	print_attaches(row);
	print_status(row);
	label("Created by");
	print_process(segment->cpid, segment_existed(segment));
	label("Last used by");
	if (last_use == 0)
		puts("never");
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
					  : "unknown: the clock was set back");
}

/* Attaches that a page has room for on a terminal. */
#define MAX_ON_TERMINAL 100

/* Print the attaches below the facts. */
static void print_attached(const struct output *output, const struct row *row)
{
	const void CLEANUP_FREE **rows = NULL;
	struct output table = { .bytes = output->bytes, .headings = output->headings };
	size_t count = row->nattaches;

	if (count == 0)
		return;
	if (count > MAX_ON_TERMINAL && isatty(STDOUT_FILENO))
		count = MAX_ON_TERMINAL;
	for (const struct column *column = attach_columns; column->name; column++)
		output_add(&table, column);
	rows = output_sort(&table, row->attaches, count, sizeof(*row->attaches));
	puts("");
	output_print(&table, "attaches", rows, count, stdout);
	if (count < row->nattaches)
		printf("and %zu more attach%s; --json prints all\n",
			row->nattaches - count, row->nattaches - count == 1 ? "" : "es");
}

static void print_pages(const struct output *output, const struct selection *selection)
{
	for (size_t i = 0; i < selection->count; i++) {
		if (i > 0)
			puts("");
		print_page(output, &selection->rows[i]);
		print_attached(output, &selection->rows[i]);
	}
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
	struct usage_error usage_error;
	struct selection selection;
	struct output output;
	enum exit_status status;
	int r;

	if (output_read(&output, segment_columns, OUTPUT_ALL, &usage_error) < 0)
		return message_usage_error(&usage_error);
	operands = command_operands(words, count, &status);
	if (!operands)
		return status;
	if (output.mode == OUTPUT_JSON && !output_named())
		add_json_columns(&output);
	request.operands = operands;
	request.needs = output_needs(&output);
	/* The page does not name a process of the namespace. */
	if (!output_chosen(&output))
		request.needs &= ~FINDING_NS;
	r = selection_read(&selection, &request);
	status = command_selection_status(&selection, NULL, SHMFILE_PATH, r);
	if (r == 0 && output_chosen(&output))
		command_print_rows(&output, selection.rows, selection.count);
	else if (r == 0)
		print_pages(&output, &selection);
	selection_free(&selection);
	return status;
}

static const char *const names[] = { "SEGMENT" };

const struct command command_info = {
	.name = "info",
	.arguments = "SEGMENT...",
	.summary = "Show everything about segments",
	.details =
		"Prints a page for each segment or, with an output option, its columns.\n"
		"Reads only: no attach, no time, no counter and no page changes.\n" SEGMENT_HELP,
	.options = options,
	.columns = segment_columns,
	.min_args = 1,
	.max_args = OPERANDS_ANY,
	.names = names,
	.help = help,
	.namespaced = true,
	.run = run,
};
