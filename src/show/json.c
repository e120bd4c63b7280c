#include "show/json.h"

#include <ctype.h>
#include <string.h>

#include "show/cells.h"
#include "show/output.h"

/* Room for the name of a column, and the text around the name. */
#define MEMBER_MAX 48

/* The text around members of an object. */
struct layout {
	const char *indent, *colon, *comma;
};

/* libsmartcols prints the first layout too, but would keep all rows in memory. */
static const struct layout member_a_line = { "         ", ": ", ",\n" };
static const struct layout compact = { "", ":", "," };

/* Prints the members of one row after another. */
struct printer {
	const struct output *output;
	const char *comma;
	char members[OUTPUT_COLUMNS_MAX][MEMBER_MAX]; /* the text before each value */
	struct cells cells;
	FILE *file;
};

static void printer_init(struct printer *printer, const struct output *output,
	const struct layout *layout, FILE *file)
{
	*printer = (struct printer){ output, layout->comma, .file = file };
	for (size_t i = 0; i < output->count; i++) {
		char *member = printer->members[i];

		snprintf(member, MEMBER_MAX, "%s\"%s\"%s", layout->indent,
			output->shown[i]->name, layout->colon);
		for (; *member; member++)
			*member = (char)tolower((unsigned char)*member);
	}
}

static void print_members(struct printer *printer, const void *row)
{
	const struct output *output = printer->output;
	const char *cell;

	printer->cells.used = 0;
	cells_add(&printer->cells, output, &row, 1);
	cell = printer->cells.text;
	for (size_t i = 0; i < output->count; i++) {
		fputs_unlocked(i > 0 ? printer->comma : "", printer->file);
		fputs_unlocked(printer->members[i], printer->file);
		fputs_unlocked(cell, printer->file);
		cell += strlen(cell) + 1;
	}
}

static void print_total(const struct output *output, FILE *file)
{
	const struct output form = output_of_total(output);
	struct printer printer;

	printer_init(&printer, &form, &compact, file);
	fputs("\"total\":{", file);
	print_members(&printer, output->total.row);
	fputs("}", file);
	cells_free(&printer.cells);
}

void json_print(const struct output *output, const char *name, const void *const *rows,
	size_t count, FILE *file)
{
	struct printer printer;

	printer_init(&printer, output, &member_a_line, file);
	fprintf(file, "{\n   \"%s\": [", name);
	for (size_t i = 0; i < count; i++) {
		fputs_unlocked(i == 0 ? "\n      {\n" : "\n      },{\n", file);
		print_members(&printer, rows[i]);
	}
	fputs(count > 0 ? "\n      }\n   ]" : "\n\n   ]", file);
	if (output->total.row) {
		fputs(",\n   ", file);
		print_total(output, file);
	}
	fputs("\n}\n", file);
	cells_free(&printer.cells);
}

void json_print_lines(
	const struct output *output, const void *const *rows, size_t count, FILE *file)
{
	struct printer printer;

	printer_init(&printer, output, &compact, file);
	for (size_t i = 0; i < count; i++) {
		fputs_unlocked("{", file);
		print_members(&printer, rows[i]);
		fputs_unlocked("}\n", file);
	}
	if (output->total.row) {
		fputs("{", file);
		print_total(output, file);
		fputs("}\n", file);
	}
	cells_free(&printer.cells);
}
