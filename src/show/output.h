/*
 * Rows as a table for people, or as JSON, raw lines or KEY="value" pairs for programs.
 */
#ifndef SHMTOOL_SHOW_OUTPUT_H
#define SHMTOOL_SHOW_OUTPUT_H

#include <popt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "column.h"
#include "fault.h"
#include "show/human.h"

enum output_mode { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_RAW, OUTPUT_EXPORT };

#define OUTPUT_COLUMNS_MAX 64

struct output {
	enum output_mode mode;
	const struct column *shown[OUTPUT_COLUMNS_MAX];
	size_t count;
	const struct column *sort; /* NULL: the order of the rows */
	bool descending, headings, bytes;
	enum time_format time_format;
	bool time_format_given;
	/* The colour of a row on a terminal, as libsmartcols names them; NULL: its own.
	 * NULL where no row has one. */
	const char *(*color)(const void *row);
};

/* The options that say in which form: those of every command that prints rows, and
 * those of a command that prints a list. To be included in the commands' tables. */
extern struct poptOption output_form_options[];
extern struct poptOption output_list_options[];

/* The names of enum time_format, and NULL. */
extern const char *const output_time_formats[];

/* Fills OUTPUT from the options that were given. COLUMNS: all there are, up to one
 * without name; ALL: show all of them by default. -EINVAL: FAULT says what is wrong. */
int output_read(struct output *output, const struct column *columns, bool all,
	struct option_fault *fault);

/* Shows COLUMN too, as the last one, unless it is shown already. */
void output_add(struct output *output, const struct column *column);

/* Whether --output named the columns, rather than adding some to those that are shown. */
bool output_named(void);

/* Whether the user asked for a mode or for columns, rather than taking what comes. */
bool output_chosen(const struct output *output);

/* The costly parts that the columns shown and sorted by need. */
unsigned int output_needs(const struct output *output);

/* Pointers to the COUNT rows at ROWS, each SIZE bytes long, in the order to print them;
 * the caller frees them. NULL without memory. */
const void **output_sort(
	const struct output *output, const void *rows, size_t count, size_t size);

/* Prints the rows to FILE; NAME is the name of their array in JSON. 0 or -ENOMEM; a
 * failed write is left in ferror(FILE). */
int output_print(const struct output *output, const char *name, const void *const *rows,
	size_t count, FILE *file);

/* Prints the names of COLUMNS and their help, and which are shown by default: ALL, or
 * those that say so. */
void output_help(const struct column *columns, bool all, FILE *file);

#endif
