#include "show/records.h"

#include <ctype.h>
#include <string.h>

#include "show/cells.h"
#include "show/output.h"

/* Room for the text before a value, with the name of its column. */
#define BEFORE_MAX 48

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
	char before[OUTPUT_COLUMNS_MAX][BEFORE_MAX]; /* the text before each value */
	struct cells text; /* of a row */
	FILE *file;
};

/* Write the text before a value of COLUMN, which follows BEFORE, to TEXT. */
static void format_name(char text[BEFORE_MAX], const struct output *output,
	const struct layout *layout, const char *before, const struct column *column)
{
	bool export = output->mode == OUTPUT_EXPORT;

	/* UID is read-only in bash. In root's zsh, an assignment to UID or GID changes
	 * the ID of the shell. Neither name is safe for eval. */
	if (layout->before_name)
		snprintf(text, BEFORE_MAX, "%s%s%s%s%s", before, layout->before_name,
			export && (column->flags & COLUMN_SHELL) ? "OWNER_" : "",
			column->name, layout->after_name);
	else
		snprintf(text, BEFORE_MAX, "%s", before);
	for (; *text && !export; text++)
		*text = (char)tolower((unsigned char)*text);
}

static void printer_init(struct printer *printer, const struct output *output,
	const struct layout *layout, FILE *file)
{
	*printer = (struct printer){ output, layout, .file = file };
	for (size_t i = 0; i < output->count; i++)
		format_name(printer->before[i], output, layout,
			i > 0 ? layout->comma : layout->begin, output->shown[i]);
}

static void print_row(struct printer *printer, const void *row)
{
	const struct output *output = printer->output;
	struct cells *text = &printer->text;

	text->used = 0;
	for (size_t i = 0; i < output->count; i++) {
		cells_append(text, printer->before[i]);
		cells_append_value(text, output, output->shown[i], row);
	}
	cells_append(text, printer->layout->end);
	fwrite_unlocked(text->text, 1, text->used, printer->file);
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
	cells_free(&printer.text);
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
	cells_free(&printer.text);
}
