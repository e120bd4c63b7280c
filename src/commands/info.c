#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/param.h>
#include <time.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "command.h"
#include "condition.h"
#include "kernel/ftok.h"
#include "kernel/memory.h"
#include "kernel/process.h"
#include "show/attach_columns.h"
#include "show/bar.h"
#include "show/message.h"
#include "show/names.h"
#include "show/reason.h"
#include "show/segment_columns.h"
#include "show/terminal.h"
#include "show/text.h"

static struct filters filters;

/* The width of the labels. */
#define MARGIN ((size_t)16)

/* Return how much of TEXT, in bytes, to print on a line of WIDTH columns: whole words, at
 * least one. */
static size_t line_length(const char *text, size_t width)
{
	size_t fitting = text_fitting(text, width), length = fitting;

	if (!text[fitting])
		return fitting;
	while (length > 0 && text[length] != ' ')
		length--;
	return length > 0 ? length : fitting + strcspn(text + fitting, " ");
}

/* Print a line of the report; on a terminal, several if it is too narrow. */
__attribute__((format(printf, 2, 3))) static void line(
	const char *label, const char *format, ...)
{
	size_t width = SIZE_MAX, length;
	char CLEANUP_FREE *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = xvasprintf(format, arguments);
	va_end(arguments);
	if (isatty(STDOUT_FILENO))
		width = MAX(terminal_width(STDOUT_FILENO), 2 * MARGIN) - MARGIN;
	for (const char *rest = text; rest == text || *rest; rest += length) {
		length = line_length(rest, width);
		printf("  %-*s%.*s\n", (int)MARGIN - 2, label, (int)length, rest);
		label = "";
		length += rest[length] == ' ';
	}
}

static const char *size_text(
	const struct output *output, uint64_t bytes, char text[HUMAN_MAX])
{
	if (!output->bytes)
		return human_size(text, bytes);
	snprintf(text, HUMAN_MAX, "%" PRIu64, bytes);
	return text;
}

/* Print the key, and the parts from which ftok(3) could have made it. */
static void print_key(const struct segment *segment)
{
	key_t key = segment->key;
	struct ftok_parts parts = ftok_split(key);
	char proj[] = " ('?')";

	if (key == 0) {
		line("Key", "0x00000000 (%s)",
			segment->dest ? "cleared when marked for destruction"
				      : "private");
		return;
	}
	line("Key", "0x%08x (%d)", (uint32_t)key, key);
	if (parts.proj > ' ')
		proj[3] = (char)parts.proj;
	else
		*proj = '\0';
	/* Programs give a small number or a letter. */
	if (parts.proj > 0 && parts.proj < 0x7f)
		line("ftok(3) guess", "PROJ %u%s, device 0x..%02x, inode 0x..%04x",
			parts.proj, proj, parts.device, parts.inode);
}

static void print_owner(const char *label, uid_t uid, gid_t gid)
{
	char user[NUMBER_MAX], group[NUMBER_MAX];

	line(label, "%s:%s (%u:%u)", user_or_number(uid, user),
		group_or_number(gid, group), uid, gid);
}

/* Print one line per word of the status, the first after the label. */
static void print_status(const struct row *row)
{
	const struct {
		bool holds;
		const char *text;
	} words[] = {
		{ row->orphan.state == ORPHAN_YES,
			"orphan: not attached, creator and last user gone" },
		{ row->segment.dest,
			"dest: marked for destruction, removed with its last detach" },
		{ row->segment.locked, "locked: kept in memory" },
		{ row->page_size > (uint64_t)sysconf(_SC_PAGESIZE),
			"huge: consists of huge pages" },
	};
	const char *label = "Status";

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (words[i].holds) {
			line(label, "%s", words[i].text);
			label = "";
		}
	}
	if (*label)
		line(label, "-");
}

/* Print a process that was running at the second SINCE. */
static void print_process(const char *label, pid_t pid, int64_t since)
{
	const char *command = process_command(pid, since);
	char CLEANUP_FREE *safe = command ? text_for_message(command) : NULL;

	if (pid == 0)
		line(label, "not visible (another PID namespace?)");
	else if (safe)
		line(label, "PID %d: %s", (int)pid, safe);
	else
		line(label, "PID %d%s", (int)pid,
			process_state(pid, since) == PROCESS_GONE ? " (gone)" : "");
}

/* Print unit and container, and the process that they are read from. */
static void print_unit(const struct row *row)
{
	pid_t pid = row->unit_pid;
	const struct {
		const char *label, *name;
	} lines[] = {
		{ "Unit", process_unit(pid, row->unit_since) },
		{ "Container", process_container(pid, row->unit_since) },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		char CLEANUP_FREE *safe =
			lines[i].name ? text_for_message(lines[i].name) : NULL;

		if (safe)
			line(lines[i].label, "%s (PID %d)", safe, (int)pid);
	}
}

static void print_time(const char *label, const struct output *output, int64_t second)
{
	char text[HUMAN_MAX];
	/* A report has more room than a table. */
	enum time_format format =
		output->time_format_given ? output->time_format : TIME_FULL;

	line(label, "%s",
		second == 0 ? "never" : human_time(text, second, format, time(NULL)));
}

static void print_size(const struct output *output, const struct row *row)
{
	uint64_t size = row->segment.size, page = row->page_size, count;
	char text[HUMAN_MAX], page_text[HUMAN_MAX], pages[2 * HUMAN_MAX] = "";

	if (page != 0) {
		count = size / page + (size % page > 0);
		snprintf(pages, sizeof(pages), ", %" PRIu64 " page%s of %s", count,
			count == 1 ? "" : "s", size_text(output, page, page_text));
	}
	line("Size", "%s (%" PRIu64 " byte%s%s)", size_text(output, size, text), size,
		size == 1 ? "" : "s", pages);
}

static void print_memory(const struct output *output, const struct memory_use *memory)
{
	char rss[HUMAN_MAX], swap[HUMAN_MAX];

	if (memory->known)
		line("Memory", "%s resident, %s swapped",
			size_text(output, memory->rss, rss),
			size_text(output, memory->swap, swap));
	else
		line("Memory", "unknown");
}

/* Return why memory_ranges() failed. */
static const char *why_unknown(int error, enum segment_type type)
{
	switch (-error) {
	case ENOENT:
		return ": no visible process has it attached";
	case CONDITION_HUGE_PAGES:
		return " for huge pages";
	case CONDITION_SWAP_UNKNOWN:
		return ": part is in swap, and this kernel does not tell which";
	case EPERM:
	case EACCES:
		if (type == SEGMENT_POSIX)
			return ": read and write permission required";
		return ": needs CAP_CHECKPOINT_RESTORE in the initial user namespace";
	default:
		return "";
	}
}

/* Print a bar that shows which parts of the segment hold data, as wide as the terminal
 * allows. */
static void print_parts(const struct output *output, const struct row *row)
{
	const struct attach_target target = row_target(row);
	struct memory_range CLEANUP_FREE *ranges = NULL;
	size_t room = output->width > 0 ? output->width : 80, count;
	size_t width = MAX(room, 28) - MARGIN - strlen("[]");
	char bar[201];
	int r = memory_ranges(&target, &row->memory, &ranges, &count);

	if (r < 0) {
		line("Parts", "unknown%s", why_unknown(r, row->segment.type));
		return;
	}
	bar_draw(bar, MIN(width, sizeof(bar) - 1), row->segment.size, ranges, count);
	line("Parts", "[%s]", bar);
	line("", "# in memory, s in swap, + less than half, . never touched");
}

/* Print how often the segment is attached, mapped or open, and by how many processes. */
static void print_attaches(const struct row *row)
{
	size_t processes = count_processes(row->attaches, row->nattaches);
	bool posix = row_is_posix(row);
	char CLEANUP_FREE *count =
		posix ? reason_attaches(row) : xasprintf("%" PRIu64, row->segment.nattch);
	char by[40] = "";

	if (processes > 0)
		snprintf(by, sizeof(by), ", by %zu process%s", processes,
			processes == 1 ? "" : "es");
	line(posix ? "Used" : "Attaches", "%s%s%s%s", count, by,
		processes == 0 || row->complete ? ""
			: posix                 ? " and perhaps others"
						: " and others",
		processes == 0 || row->complete ? "" : " (not visible)");
}

/* Print what only System V segments have: who created and used it, and when. */
static void print_users(const struct output *output, const struct row *row)
{
	const struct segment *segment = &row->segment;
	int64_t last_use = segment_last_use(segment);

	print_status(row);
	print_process("Created by", segment->cpid, segment_existed(segment));
	if (last_use == 0)
		line("Last used by", "never");
	else
		print_process("Last used by", segment->lpid, last_use);
	print_unit(row);
	print_time("Last attach", output, segment->atime);
	print_time("Last detach", output, segment->dtime);
}

static void print_title(const struct segment *segment)
{
	char CLEANUP_FREE *name = NULL;

	if (segment->type == SEGMENT_POSIX) {
		name = text_for_message(segment->name);
		printf("Object %s\n", name);
	} else {
		printf("Segment %d\n", segment->id);
		print_key(segment);
	}
}

static void print_report(const struct output *output, const struct row *row)
{
	const struct segment *segment = &row->segment;
	bool posix = row_is_posix(row);
	char text[HUMAN_MAX];
	uint64_t idle;

	print_title(segment);
	print_owner("Owner", segment->uid, segment->gid);
	if (!posix)
		print_owner("Creator", segment->cuid, segment->cgid);
	line("Permissions", "%s (%04o)", human_perms(text, segment->mode), segment->mode);
	print_size(output, row);
	print_memory(output, &row->memory);
	print_parts(output, row);
	print_attaches(row);
	if (posix) {
		print_unit(row);
		print_time("Last access", output, segment->atime);
		print_time("Last write", output, segment->mtime);
	} else {
		print_users(output, row);
	}
	print_time("Last change", output, segment->ctime);
	line("Idle", "%s",
		segment_idle(segment, &idle) ? human_duration(text, idle)
			: posix              ? "unknown: its times lie in the future"
					     : "unknown: the clock was set back");
}

static void add_columns(struct output *output, const struct column *columns)
{
	for (const struct column *column = columns; column->name; column++)
		output_add(output, column);
}

/* Print at most this many attaches per report on a terminal. */
#define MAX_ON_TERMINAL 100

/* Print the table of attaches. */
static void print_attached(const struct output *output, const struct row *row)
{
	const void CLEANUP_FREE **rows = NULL;
	struct output table = *output;
	size_t count = row->nattaches;

	if (count == 0)
		return;
	if (count > MAX_ON_TERMINAL && isatty(STDOUT_FILENO))
		count = MAX_ON_TERMINAL;
	table.count = 0;
	for (const struct column *column = attach_columns; column->name; column++) {
		if (row_is_posix(row) || (column->flags & COLUMN_DEFAULT))
			output_add(&table, column);
	}
	rows = output_sort(&table, row->attaches, count, sizeof(*row->attaches));
	puts("");
	output_print(&table, "attaches", rows, count, stdout);
	if (count < row->nattaches)
		printf("and %zu more attach%s; --json prints all\n",
			row->nattaches - count, row->nattaches - count == 1 ? "" : "es");
}

/* Print whether a filter alone would select a segment now, and why. */
static void print_decision(enum filter_id id, const struct row *row)
{
	struct filters alone = { .needs = 0 };
	struct examination examined = { .row = *row };
	char CLEANUP_FREE *reason = NULL;

	alone.given[id] = true;
	examined.row.operand = NULL; /* which would outweigh that it is in motion */
	selection_decide(&alone, &examined);
	reason = examined.verdict == VERDICT_IN_MOTION
		? reason_motion(&row->segment, examined.motion)
		: command_filter_reason(id, row);
	line(filter_name(id), "%s: %s",
		examined.verdict == VERDICT_MATCHES ? "yes" : "no", reason);
}

static void print_reports(const struct output *output, const struct selection *selection)
{
	for (size_t i = 0; i < selection->count; i++) {
		const struct row *row = &selection->rows[i];

		if (i > 0)
			puts("");
		print_report(output, row);
		print_attached(output, row);
		puts("");
		print_decision(FILTER_UNATTACHED, row);
		if (!row_is_posix(row))
			print_decision(FILTER_ORPHANED, row);
	}
}

static enum exit_status run(const char *const *words, size_t count)
{
	struct operand CLEANUP_FREE *operands = NULL;
	struct selection_request request = { .count = count };
	struct selection selection;
	struct output output;
	enum exit_status status = command_select(words, count, &filters, &operands);
	int r;

	if (status == STATUS_DONE)
		status = command_require_choice(&filters, count);
	if (status == STATUS_DONE)
		status = command_output(segment_columns, OUTPUT_ALL, &output);
	if (status != STATUS_DONE)
		return status;
	if (output_is_json(&output) && !output_replaces_columns())
		add_columns(&output, attach_json_columns);
	request.operands = operands;
	request.kinds = filters.kinds;
	request.filters = &filters;
	request.needs = output_needs(&output);
	/* The report does not name a process of the namespace. */
	if (!output_is_customized(&output))
		request.needs &= ~FINDING_NS;
	r = selection_read(&selection, &request);
	status = command_selection_status(&selection, &filters, NULL, r);
	/* Unless each operand was reported as not found. */
	if (r == 0 && selection.count == 0 && selection.nfailures < MAX(count, 1) &&
		isatty(STDERR_FILENO))
		message("nothing matches");
	if (r == 0 && output_is_customized(&output))
		command_print_rows(&output, selection.rows, selection.count);
	else if (r == 0)
		print_reports(&output, &selection);
	selection_free(&selection);
	return status;
}

const struct command command_info = {
	.name = "info",
	.arguments = "[SEGMENT...]",
	.summary = "Show everything about segments",
	.details =
		"Prints a report on each named segment, or on each segment that matches the\n"
		"filters. With both, reports on the named segments that match. The report ends\n"
		"with the reasons why 'rm --unattached' and 'rm --orphaned' would remove the\n"
		"segment now or keep it. --output, --json, --json-lines, --raw and --export\n"
		"print its columns instead.\n"
		"Only reads: attaches nothing, changes no timestamp or counter, and allocates no\n"
		"page.\n" SEGMENT_HELP,
	.options = {
		GROUP("Filters:", filter_options),
		GROUP("Output:", output_form_options),
	},
	.columns = segment_columns,
	.shown = OUTPUT_ALL,
	.max_args = OPERANDS_ANY,
	.namespaced = true,
	.run = run,
};
