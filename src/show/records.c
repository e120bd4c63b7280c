#include "show/records.h"

#include <ctype.h>
#include <string.h>

#include "show/cells.h"
#include "show/output.h"

/* Room for the name of a column, and the text around the name. */
#define MEMBER_MAX 48

/* The text around the values of a row, around their names, which raw lines do not have,
 * and between rows. */
struct layout {
	const char *begin, *before_name, *after_name, *comma, *end, *next;
};

/* libsmartcols prints most of these, too, but would keep all rows in memory, and take
 * longer. */
static const struct layout layouts[] = {
	[OUTPUT_JSON] = { "{\n", "         \"", "\": ", ",\n", "\n      }", "," },
	[OUTPUT_JSON_LINES] = { "{", "\"", "\":", ",", "}\n", "" },
	[OUTPUT_RAW] = { "", NULL, NULL, " ", "\n", "" },
	[OUTPUT_EXPORT] = { "", "", "=", " ", "\n", "" },
};
static const struct layout json_total = { "{", "\"", "\":", ",", "}", "" };

/* Prints one row after another. */
struct printer {
	const struct output *output;
	const struct layout *layout;
	char names[OUTPUT_COLUMNS_MAX][MEMBER_MAX]; /* the text before each value */
	struct cells cells;
	FILE *file;
};

/* Write the text before the values of a column to NAME. */
static void format_name(char name[MEMBER_MAX], const struct output *output,
	const struct layout *layout, const struct column *column)
{
	bool export = output->mode == OUTPUT_EXPORT;

	/* UID is read-only in bash. In root's zsh, an assignment to UID or GID changes
	 * the ID of the shell. Neither name is safe for eval. */
	if (layout->before_name)
		snprintf(name, MEMBER_MAX, "%s%s%s%s", layout->before_name,
			export && (column->flags & COLUMN_SHELL) ? "OWNER_" : "",
			column->name, layout->after_name);
	for (; *name && !export; name++)
		*name = (char)tolower((unsigned char)*name);
}

static void printer_init(struct printer *printer, const struct output *output,
	const struct layout *layout, FILE *file)
{
	*printer = (struct printer){ output, layout, .file = file };
	for (size_t i = 0; i < output->count; i++)
		format_name(printer->names[i], output, layout, output->shown[i]);
}

static void print_row(struct printer *printer, const void *row)
{
	const struct output *output = printer->output;
	const char *cell;

	printer->cells.used = 0;
	cells_add(&printer->cells, output, &row, 1);
	cell = printer->cells.text;
	fputs_unlocked(printer->layout->begin, printer->file);
	for (size_t i = 0; i < output->count; i++) {
		fputs_unlocked(i > 0 ? printer->layout->comma : "", printer->file);
		fputs_unlocked(printer->names[i], printer->file);
		fputs_unlocked(cell, printer->file);
		cell += strlen(cell) + 1;
	}
	fputs_unlocked(printer->layout->end, printer->file);
}

static void print_headings(const struct output *output, FILE *file)
{
	for (size_t i = 0; i < output->count; i++)
		fprintf(file, "%s%s", i > 0 ? " " : "", output->shown[i]->name);
	fputs("\n", file);
}

static void print_total(const struct output *output, FILE *file)
{
	static const char *const before[] = {
		[OUTPUT_JSON] = ",\n   \"total\":",
		[OUTPUT_JSON_LINES] = "{\"total\":",
		[OUTPUT_RAW] = "total ",
		[OUTPUT_EXPORT] = "",
	};
	const struct output form = output_of_total(output);
	struct printer printer;

	printer_init(&printer, &form,
		output_is_json(output) ? &json_total : &layouts[output->mode], file);
	fputs(before[output->mode], file);
	print_row(&printer, output->total.row);
	fputs(output->mode == OUTPUT_JSON_LINES ? "}\n" : "", file);
	cells_free(&printer.cells);
}

void records_print(const struct output *output, const char *name, const void *const *rows,
	size_t count, FILE *file)
{
	bool json = output->mode == OUTPUT_JSON;
	struct printer printer;

	printer_init(&printer, output, &layouts[output->mode], file);
	if (json)
		fprintf(file, "{\n   \"%s\": [\n%s", name, count > 0 ? "      " : "");
	if (output->mode == OUTPUT_RAW && output->headings && count > 0)
		print_headings(output, file);
	for (size_t i = 0; i < count; i++) {
		fputs_unlocked(i > 0 ? printer.layout->next : "", file);
		print_row(&printer, rows[i]);
	}
	fputs(json ? "\n   ]" : "", file);
	if (output->total.row)
		print_total(output, file);
	fputs(json ? "\n}\n" : "", file);
	cells_free(&printer.cells);
}
