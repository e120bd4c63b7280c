#include "show/output.h"

#include <errno.h>
#include <libsmartcols.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/param.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "nearest.h"
#include "show/cells.h"
#include "show/fit.h"
#include "show/records.h"
#include "show/terminal.h"

static int json_given, json_lines_given, raw_given, export_given;
static int noheadings_given, bytes_given, all_given;
static char *list_text, *sort_text, *time_format_text;

struct poptOption output_form_options[] = {
	{ "output", 'o', POPT_ARG_STRING, &list_text, 0,
		"Print these columns; +LIST adds to the default ones", "LIST" },
	{ "json", 'J', POPT_ARG_NONE, &json_given, 0, "Print JSON", NULL },
	{ "json-lines", 'j', POPT_ARG_NONE, &json_lines_given, 0,
		"Print JSON Lines: one object per line", NULL },
	{ "raw", 'r', POPT_ARG_NONE, &raw_given, 0,
		"Print one line per row, one space between columns", NULL },
	{ "export", 'e', POPT_ARG_NONE, &export_given, 0,
		"Print KEY=\"value\" pairs, one line per row", NULL },
	{ "noheadings", 'n', POPT_ARG_NONE, &noheadings_given, 0, "Print no header line",
		NULL },
	{ "bytes", 'b', POPT_ARG_NONE, &bytes_given, 0, "Print sizes in bytes", NULL },
	{ "time-format", '\0', POPT_ARG_STRING, &time_format_text, 0,
		"Print times as short, full, iso or epoch", "FORMAT" },
	POPT_TABLEEND,
};

struct poptOption output_list_options[] = {
	{ "output-all", 'O', POPT_ARG_NONE, &all_given, 0, "Print all columns", NULL },
	{ "sort", '\0', POPT_ARG_STRING, &sort_text, 0,
		"Sort by COLUMN, ascending; -COLUMN: descending", "COLUMN[,COLUMN...]" },
	POPT_TABLEEND,
};

const char *const output_time_formats[] = {
	[TIME_SHORT] = "short",
	[TIME_FULL] = "full",
	[TIME_ISO] = "iso",
	[TIME_EPOCH] = "epoch",
	NULL,
};

void output_add(struct output *output, const struct column *column)
{
	for (size_t i = 0; i < output->count; i++) {
		if (output->shown[i] == column)
			return;
	}
	if (output->count < OUTPUT_COLUMNS_MAX)
		output->shown[output->count++] = column;
}

static void show_columns(
	struct output *output, const struct column *columns, enum output_default shown)
{
	static const unsigned int defaults[] = {
		[OUTPUT_USUAL] = COLUMN_DEFAULT,
		[OUTPUT_OBJECTS] = COLUMN_OBJECT,
		[OUTPUT_KINDS] = COLUMN_DEFAULT | COLUMN_OBJECT | COLUMN_KINDS,
		[OUTPUT_ALL] = 0,
	};
	unsigned int usual =
		defaults[shown] | (output->mode == OUTPUT_TABLE ? 0 : COLUMN_PROGRAMS);

	for (const struct column *column = columns; column->name; column++) {
		if (shown == OUTPUT_ALL || (column->flags & usual))
			output_add(output, column);
	}
}

static int refuse_both(
	struct usage_error *usage_error, const char *option, const char *conflict)
{
	*usage_error = (struct usage_error){ .option = option, .conflict = conflict };
	return -EINVAL;
}

static int read_mode(struct output *output, struct usage_error *usage_error)
{
	static const struct {
		enum output_mode mode;
		const int *given;
		const char *option;
	} modes[] = {
		{ OUTPUT_JSON, &json_given, "--json" },
		{ OUTPUT_JSON_LINES, &json_lines_given, "--json-lines" },
		{ OUTPUT_RAW, &raw_given, "--raw" },
		{ OUTPUT_EXPORT, &export_given, "--export" },
	};
	const char *option = NULL;

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (!*modes[i].given)
			continue;
		if (option)
			return refuse_both(usage_error, option, modes[i].option);
		option = modes[i].option;
		output->mode = modes[i].mode;
	}
	return 0;
}

/* Find out what the terminal can show, if the table goes to one. */
static void read_terminal(struct output *output)
{
	if (output->mode != OUTPUT_TABLE || !isatty(STDOUT_FILENO))
		return;
	output->width = terminal_width(STDOUT_FILENO);
	output->colors = terminal_has_colors(STDOUT_FILENO);
}

static int read_time_format(struct output *output, struct usage_error *usage_error)
{
	size_t distance = 0;

	output->time_format = output->mode == OUTPUT_TABLE ? TIME_SHORT : TIME_ISO;
	if (!time_format_text)
		return 0;
	*usage_error = (struct usage_error){
		.option = "--time-format",
		.value = time_format_text,
		.why = "not short, full, iso or epoch",
	};
	for (size_t i = 0; output_time_formats[i]; i++) {
		if (strcmp(output_time_formats[i], time_format_text) == 0) {
			output->time_format = (enum time_format)i;
			output->time_format_given = true;
			return 0;
		}
		name_nearer(time_format_text, output_time_formats[i],
			&usage_error->nearest, &distance);
	}
	return -EINVAL;
}

/* Read --output and --output-all. */
static int read_columns(struct output *output, const struct column *columns,
	enum output_default shown, struct usage_error *usage_error)
{
	char *rest = list_text, *name;

	if (list_text && all_given)
		return refuse_both(usage_error, "--output", "--output-all");
	if (!list_text || *list_text == '+')
		show_columns(output, columns, all_given ? OUTPUT_ALL : shown);
	if (rest && *rest == '+')
		rest++;
	*usage_error = (struct usage_error){ .option = "--output" };
	while ((name = strsep(&rest, ","))) {
		const struct column *column = column_find(columns, name, usage_error);

		if (!column)
			return -EINVAL;
		output_add(output, column);
	}
	return 0;
}

static int read_sort(struct output *output, const struct column *columns,
	struct usage_error *usage_error)
{
	char *rest = sort_text, *name;

	*usage_error = (struct usage_error){ .option = "--sort" };
	while ((name = strsep(&rest, ","))) {
		bool descending = *name == '-';
		const struct column *column =
			column_find(columns, name + descending, usage_error);

		if (!column)
			return -EINVAL;
		/* A table has fewer columns, so any further one is a repetition. */
		if (output->nsorts < OUTPUT_COLUMNS_MAX)
			output->sorts[output->nsorts++] =
				(struct sort){ column, descending };
	}
	return 0;
}

int output_read(struct output *output, const struct column *columns,
	enum output_default shown, struct usage_error *usage_error)
{
	int r;

	*output = (struct output){ .headings = !noheadings_given, .bytes = bytes_given };
	r = read_mode(output, usage_error);
	read_terminal(output);
	if (r == 0)
		r = read_time_format(output, usage_error);
	if (r == 0)
		r = read_columns(output, columns, shown, usage_error);
	if (r == 0)
		r = read_sort(output, columns, usage_error);
	return r;
}

bool output_replaces_columns(void)
{
	return list_text && *list_text != '+';
}

bool output_is_customized(const struct output *output)
{
	return output->mode != OUTPUT_TABLE || list_text || all_given;
}

unsigned int output_needs(const struct output *output)
{
	unsigned int needs = 0;

	for (size_t i = 0; i < output->count; i++)
		needs |= output->shown[i]->needs;
	for (size_t i = 0; i < output->nsorts; i++)
		needs |= output->sorts[i].column->needs;
	return needs;
}

const void **output_sort(
	const struct output *output, const void *rows, size_t count, size_t size)
{
	return sort_rows(output->sorts, output->nsorts, rows, count, size);
}

/* Rows in one table of libsmartcols: see print_table(). */
#define BATCH 512

/* Check the result of a function of libsmartcols that fails only if out of memory. */
static void check(int result)
{
	if (result != 0)
		out_of_memory();
}

static void add_columns(const struct output *output, struct libscols_table *table)
{
	for (size_t i = 0; i < output->count; i++) {
		const struct column *column = output->shown[i];
		bool right = !column_is_text(column) && column->type != COLUMN_TIME;

		if (!scols_table_new_column(
			    table, column->name, 0, right ? SCOLS_FL_RIGHT : 0))
			out_of_memory();
	}
}

/* Return an empty table with its columns. */
static struct libscols_table *new_table(const struct output *output, FILE *file)
{
	struct libscols_table *table;

	scols_init_debug(0);
	table = scols_new_table();
	if (!table)
		out_of_memory();
	scols_table_set_stream(table, file);
	scols_table_enable_colors(table, output->colors);
	scols_table_enable_minout(table, 1); /* no blanks at the end of lines */
	add_columns(output, table);
	return table;
}

/* Add a line of the cells at CELL; return the end of the cells. */
static const char *add_line(const struct output *output, struct libscols_table *table,
	const void *row, const char *cell)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);

	if (!line)
		out_of_memory();
	for (size_t i = 0; i < output->count; i++) {
		const struct column *column = output->shown[i];

		if (*cell)
			check(scols_line_set_data(line, i, cell));
		if (*cell && output->colors && column->color)
			check(scols_cell_set_color(
				scols_line_get_cell(line, i), column->color(row)));
		cell += strlen(cell) + 1;
	}
	return cell;
}

/* A part of the rows, which libsmartcols prints as one table. */
struct batch {
	const void *const *rows;
	size_t count;
	const struct cells *cells;
	const char *cell; /* the first cell of the rows */
	const size_t *widths; /* of the columns */
	bool headings;
	FILE *file;
};

/* Return the width of a cell to libsmartcols. */
static size_t measure_cell(
	const struct libscols_column *column, const char *cell, void *cells)
{
	(void)column;
	return cells_width(cells, cell);
}

/* Set the width of a column. WIDTH: of the widest cell; HEADER: of the header, which is
 * printed if HEADINGS. */
static void set_width(
	struct libscols_column *column, size_t width, size_t header, bool headings)
{
	/* libsmartcols honors a width hint reliably only above the header's width; a
	 * printed header sets the minimum anyway. A header that is not printed counts in
	 * some versions (2.38) and not in others (2.41): remove it. */
	if (!headings)
		check(scols_cell_set_data(scols_column_get_header(column), NULL));
	if (headings && width <= header)
		return;
	check(scols_column_set_flags(
		column, scols_column_get_flags(column) | SCOLS_FL_STRICTWIDTH));
	check(scols_column_set_whint(column, (double)MAX(width, header)));
}

/* Tell libsmartcols the widths of columns and cells, which it would count character by
 * character, and more than once. All text is printable. */
static void set_widths(const struct output *output, struct libscols_table *table,
	const struct batch *batch)
{
	size_t line = 0;

	for (size_t i = 0; i < output->count; i++) {
		struct libscols_column *column = scols_table_get_column(table, i);
		size_t header = strlen(output->shown[i]->name);

		set_width(column, batch->widths[i], header, batch->headings);
		line += MAX(batch->widths[i], header) + 1;
		/* Before 2.40, libsmartcols calls a column's own wrap function for the
		 * width of cells. Later versions count anyway. */
		if (scols_get_library_version(NULL) >= 2400)
			continue;
		check(scols_column_set_flags(
			column, scols_column_get_flags(column) | SCOLS_FL_WRAP));
		check(scols_column_set_wrapfunc(column, measure_cell,
			scols_wrapnl_nextchunk, (void *)(uintptr_t)batch->cells));
	}
	/* Nothing needs encoding. Unless the output is a terminal of that width, a line
	 * gets a buffer of BUFSIZ bytes, which some versions (2.41) clear for each cell.
	 */
	scols_table_enable_noencoding(table, 1);
	scols_table_set_termforce(table, SCOLS_TERMFORCE_ALWAYS);
	scols_table_set_termwidth(table, line);
}

/* Print a batch; advance BATCH->cell past the cells printed. */
static void print_batch(const struct output *output, struct batch *batch)
{
	struct libscols_table *table = new_table(output, batch->file);

	scols_table_enable_noheadings(table, !batch->headings);
	set_widths(output, table, batch);
	for (size_t i = 0; i < batch->count; i++)
		batch->cell = add_line(output, table, batch->rows[i], batch->cell);
	check(scols_print_table(table));
	scols_unref_table(table);
}

/* Print a table in batches: libsmartcols needs three times the memory of a row, and
 * reused memory is faster than new memory. The columns must fit all rows, so measure them
 * first. */
static void print_table(
	const struct output *output, const void *const *rows, size_t count, FILE *file)
{
	struct cells __attribute__((cleanup(cells_free))) cells = { 0 };
	size_t widths[OUTPUT_COLUMNS_MAX];
	struct batch batch = { .cells = &cells, .widths = widths, .file = file };

	cells_add(&cells, output, rows, count);
	cells_measure(&cells, output, widths);
	if (output->width > 0)
		fit_cells(output, &cells, widths);
	batch.cell = cells.text;
	for (size_t done = 0; done < count; done += batch.count) {
		batch.rows = &rows[done];
		batch.count = MIN(BATCH, count - done);
		batch.headings = output->headings && done == 0;
		print_batch(output, &batch);
	}
}

struct output output_of_total(const struct output *output)
{
	struct output form = *output;

	form.headings = false;
	form.count = 0;
	for (size_t i = 0; i < output->total.count; i++)
		output_add(&form, &output->total.columns[i]);
	return form;
}

/* Print the total of a table as a sentence. */
static void print_total(const struct output *output, FILE *file)
{
	struct cells __attribute__((cleanup(cells_free))) cells = { 0 };
	const struct output form = output_of_total(output);
	const char *cell;

	cells_add(&cells, &form, &form.total.row, 1);
	cell = cells.text;
	fprintf(file, "total: %s %s%s", cell, form.total.noun,
		strcmp(cell, "1") == 0 ? "" : "s");
	for (size_t i = 1; i < form.count; i++) {
		cell += strlen(cell) + 1;
		fprintf(file, ", %s %s", form.shown[i]->name, *cell ? cell : "unknown");
	}
	fputs("\n", file);
}

void output_print(const struct output *output, const char *name, const void *const *rows,
	size_t count, FILE *file)
{
	if (output->mode == OUTPUT_TABLE) {
		print_table(output, rows, count, file);
		if (output->total.row)
			print_total(output, file);
		return;
	}
	/* Output for programs is the same in every locale. */
	setlocale(LC_ALL, "C");
	records_print(output, name, rows, count, file);
}

void output_help(const struct column *columns, enum output_default shown, FILE *file)
{
	bool all = shown == OUTPUT_ALL, objects = false;

	for (const struct column *column = columns; column->name; column++)
		objects = objects || (column->flags & COLUMN_OBJECT);
	fprintf(file, "\nColumns (%s printed by default%s):\n", all ? "all" : "*",
		objects && !all ? ", + for objects" : "");
	for (const struct column *column = columns; column->name; column++) {
		unsigned int flags = all ? 0 : column->flags;

		fprintf(file, "  %-11s %c%c %s\n", column->name,
			flags & COLUMN_DEFAULT ? '*' : ' ',
			flags & COLUMN_OBJECT ? '+' : ' ', column->help);
	}
}
