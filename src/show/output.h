/*
 * Print rows as a table for people, or as JSON, raw lines or KEY="value" pairs for
 * programs.
 */
#ifndef SHMTOOL_SHOW_OUTPUT_H
#define SHMTOOL_SHOW_OUTPUT_H

#include <popt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "column.h"
#include "show/human.h"
#include "show/sort.h"
#include "usage_error.h"

enum output_mode {
	OUTPUT_TABLE,
	OUTPUT_JSON,
	OUTPUT_JSON_LINES,
	OUTPUT_RAW,
	OUTPUT_EXPORT,
};

#define OUTPUT_COLUMNS_MAX 64

/* The sums of all rows: one row with columns of its own. */
struct output_total {
	const void *row; /* NULL: print no total */
	const struct column *columns;
	size_t count; /* of columns; the first holds the number of rows */
	const char *noun; /* what is counted: "segment" */
};

struct output {
	enum output_mode mode;
	const struct column *shown[OUTPUT_COLUMNS_MAX];
	size_t count;
	struct sort sorts[OUTPUT_COLUMNS_MAX];
	size_t nsorts; /* 0: the order of the rows */
	struct output_total total; /* printed after the rows */
	bool headings, bytes;
	size_t width; /* of the terminal that shows the table; 0: cut nothing */
	bool colors;
	enum time_format time_format;
	bool time_format_given;
};

/* Options of every command that prints rows, and of commands that print a list. */
extern struct poptOption output_form_options[];
extern struct poptOption output_list_options[];

/* The names of enum time_format, and NULL. */
extern const char *const output_time_formats[];

/* The columns that a command shows by default: those with COLUMN_DEFAULT; of POSIX
 * objects and other single objects, those with COLUMN_OBJECT; those with either or
 * COLUMN_KINDS; or all. */
enum output_default { OUTPUT_USUAL, OUTPUT_OBJECTS, OUTPUT_KINDS, OUTPUT_ALL };

/* Fill OUTPUT from the options on the command line. COLUMNS ends with a column without a
 * name. -EINVAL: see USAGE_ERROR. */
int output_read(struct output *output, const struct column *columns,
	enum output_default shown, struct usage_error *usage_error);

/* Show COLUMN after the others, unless it is shown already. */
void output_add(struct output *output, const struct column *column);

/* Return whether --output replaces the default columns, rather than adding to them. */
bool output_replaces_columns(void);

/* Return whether the user chose a mode or columns. */
bool output_is_customized(const struct output *output);

/* Return whether values are printed in JSON. */
static inline bool output_is_json(const struct output *output)
{
	return output->mode == OUTPUT_JSON || output->mode == OUTPUT_JSON_LINES;
}

/* Return the findings needed by the shown columns and the sort columns. */
unsigned int output_needs(const struct output *output);

/* Return pointers to the COUNT rows at ROWS, each SIZE bytes long, in the order to print
 * them. The caller frees the array. */
const void **output_sort(
	const struct output *output, const void *rows, size_t count, size_t size);

/* Print rows to FILE. NAME: the name of their array in JSON. A failed write is left in
 * ferror(FILE). */
void output_print(const struct output *output, const char *name, const void *const *rows,
	size_t count, FILE *file);

/* Return how to print the total of OUTPUT: in the same form, with the columns of a total.
 */
struct output output_of_total(const struct output *output);

/* Print the names of COLUMNS and their help, and mark the default ones. */
void output_help(const struct column *columns, enum output_default shown, FILE *file);

#endif
