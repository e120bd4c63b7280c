#include "show/output.h"

#include <errno.h>
#include <inttypes.h>
#include <libsmartcols.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "show/nearest.h"
#include "show/text.h"

static int json_given, raw_given, export_given, noheadings_given, bytes_given, all_given;
static char *list_text, *sort_text, *time_format_text;

struct poptOption output_form_options[] = {
	{ "output", 'o', POPT_ARG_STRING, &list_text, 0,
		"show these columns; +LIST adds to the default ones", "LIST" },
	{ "json", 'J', POPT_ARG_NONE, &json_given, 0, "print JSON", NULL },
	{ "raw", 'r', POPT_ARG_NONE, &raw_given, 0,
		"print one line a row, blanks between the columns", NULL },
	{ "export", 'e', POPT_ARG_NONE, &export_given, 0,
		"print KEY=\"value\" pairs, one line a row", NULL },
	{ "noheadings", 'n', POPT_ARG_NONE, &noheadings_given, 0, "print no header line",
		NULL },
	{ "bytes", 'b', POPT_ARG_NONE, &bytes_given, 0, "print sizes in bytes", NULL },
	{ "time-format", '\0', POPT_ARG_STRING, &time_format_text, 0,
		"print times as short, full, iso or epoch", "FORMAT" },
	POPT_TABLEEND,
};

struct poptOption output_list_options[] = {
	{ "output-all", 'O', POPT_ARG_NONE, &all_given, 0, "show every column", NULL },
	{ "sort", '\0', POPT_ARG_STRING, &sort_text, 0,
		"sort by COLUMN, by value; -COLUMN: the highest first", "COLUMN" },
	POPT_TABLEEND,
};

static const char *const time_formats[] = {
	[TIME_SHORT] = "short",
	[TIME_FULL] = "full",
	[TIME_ISO] = "iso",
	[TIME_EPOCH] = "epoch",
};

const struct column *output_find_column(
	const struct column *columns, const char *name, struct option_fault *fault)
{
	size_t distance = 0;

	for (const struct column *column = columns; column->name; column++) {
		if (strcasecmp(column->name, name) == 0)
			return column;
		name_nearer(name, column->name, &fault->nearest, &distance);
	}
	fault->value = name;
	fault->why = *name ? "no such column; --help lists them"
			   : "a column's name is missing";
	return NULL;
}

void output_add(struct output *output, const struct column *column)
{
	for (size_t i = 0; i < output->count; i++) {
		if (output->shown[i] == column)
			return; /* a column named again is shown once */
	}
	if (output->count < OUTPUT_COLUMNS_MAX)
		output->shown[output->count++] = column;
}

static void show_columns(struct output *output, const struct column *columns, bool all)
{
	for (const struct column *column = columns; column->name; column++) {
		if (all || (column->flags & COLUMN_DEFAULT))
			output_add(output, column);
	}
}

/* --output LIST, which is cut up. */
static int read_list(struct output *output, const struct column *columns, bool all,
	char *list, struct option_fault *fault)
{
	char *name;

	*fault = (struct option_fault){ .option = "--output" };
	if (*list == '+') {
		show_columns(output, columns, all);
		list++;
	}
	while ((name = strsep(&list, ","))) {
		const struct column *column = output_find_column(columns, name, fault);

		if (!column)
			return -EINVAL;
		output_add(output, column);
	}
	return 0;
}

static int read_mode(struct output *output, struct option_fault *fault)
{
	if (json_given + raw_given + export_given > 1) {
		*fault = (struct option_fault){
			.option = json_given ? "--json" : "--raw",
			.why = raw_given && json_given ? "excludes --raw"
						       : "excludes --export",
		};
		return -EINVAL;
	}
	output->mode = json_given ? OUTPUT_JSON
		: raw_given       ? OUTPUT_RAW
		: export_given    ? OUTPUT_EXPORT
				  : OUTPUT_TABLE;
	return 0;
}

static int read_time_format(struct output *output, struct option_fault *fault)
{
	size_t distance = 0;

	output->time_format = output->mode == OUTPUT_TABLE ? TIME_SHORT : TIME_ISO;
	if (!time_format_text)
		return 0;
	*fault = (struct option_fault){
		.option = "--time-format",
		.value = time_format_text,
		.why = "not short, full, iso or epoch",
	};
	for (size_t i = 0; i < sizeof(time_formats) / sizeof(*time_formats); i++) {
		if (strcmp(time_formats[i], time_format_text) == 0) {
			output->time_format = (enum time_format)i;
			output->time_format_given = true;
			return 0;
		}
		name_nearer(
			time_format_text, time_formats[i], &fault->nearest, &distance);
	}
	return -EINVAL;
}

int output_read(struct output *output, const struct column *columns, bool all,
	struct option_fault *fault)
{
	int r;

	*output = (struct output){ .headings = !noheadings_given, .bytes = bytes_given };
	r = read_mode(output, fault);
	if (r == 0)
		r = read_time_format(output, fault);
	if (r < 0)
		return r;
	if (list_text && all_given) {
		*fault = (struct option_fault){ "--output", NULL, "excludes --output-all",
			NULL };
		return -EINVAL;
	}
	if (list_text)
		r = read_list(output, columns, all, list_text, fault);
	else
		show_columns(output, columns, all || all_given);
	if (r < 0)
		return r;
	if (sort_text) {
		*fault = (struct option_fault){ .option = "--sort" };
		output->descending = *sort_text == '-';
		output->sort = output_find_column(
			columns, sort_text + output->descending, fault);
		if (!output->sort)
			return -EINVAL;
	}
	return 0;
}

bool output_named(void)
{
	return list_text;
}

bool output_chosen(const struct output *output)
{
	return output->mode != OUTPUT_TABLE || list_text || all_given;
}

unsigned int output_needs(const struct output *output)
{
	unsigned int needs = output->sort ? output->sort->needs : 0;

	for (size_t i = 0; i < output->count; i++)
		needs |= output->shown[i]->needs;
	return needs;
}

/* A row and what it is sorted by. */
struct sort_key {
	const void *row;
	size_t place; /* equal rows keep their order */
	bool known;
	struct value value;
};

static int compare_values(
	const struct sort_key *a, const struct sort_key *b, const struct column *column)
{
	if (!a->known || !b->known)
		return a->known - b->known;
	if (column->type == COLUMN_NUMBERS)
		return strverscmp(a->value.text, b->value.text);
	if (column_is_text(column))
		return strcmp(a->value.text, b->value.text);
	return (a->value.number > b->value.number) - (a->value.number < b->value.number);
}

static int compare_keys(const void *a, const void *b, void *data)
{
	const struct sort_key *left = *(struct sort_key *const *)a;
	const struct sort_key *right = *(struct sort_key *const *)b;
	const struct output *output = data;
	int order = compare_values(left, right, output->sort);

	if (order == 0)
		return (left->place > right->place) - (left->place < right->place);
	return output->descending ? -order : order;
}

/* Sorts the rows by the keys. What is moved are pointers: a value may point into itself.
 */
static int sort_rows(const struct output *output, const void **rows, size_t count)
{
	struct sort_key CLEANUP_FREE *keys = calloc(count, sizeof(*keys));
	struct sort_key CLEANUP_FREE **order = calloc(count, sizeof(struct sort_key *));

	if (!keys || !order)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		keys[i].row = rows[i];
		keys[i].place = i;
		keys[i].known = output->sort->get(rows[i], &keys[i].value);
		order[i] = &keys[i];
	}
	qsort_r(order, count, sizeof(struct sort_key *), compare_keys,
		(void *)(uintptr_t)output);
	for (size_t i = 0; i < count; i++) {
		rows[i] = order[i]->row;
		free(order[i]->value.allocated);
	}
	return 0;
}

const void **output_sort(
	const struct output *output, const void *rows, size_t count, size_t size)
{
	const void **sorted = calloc(count + 1, sizeof(*sorted));

	if (!sorted)
		return NULL;
	for (size_t i = 0; i < count; i++)
		sorted[i] = (const char *)rows + i * size;
	if (output->sort && count > 0 && sort_rows(output, sorted, count) < 0) {
		free(sorted);
		return NULL;
	}
	return sorted;
}

/* A list of numbers as a JSON array: libsmartcols 2.38 has no empty arrays. */
static char *json_numbers(const char *numbers)
{
	char *array;

	return asprintf(&array, "[%s]", numbers) < 0 ? NULL : array;
}

/* The same of a list of our own words. */
static char *json_words(const char *words)
{
	char *array, *to;

	/* Each comma becomes three characters, and brackets and quotes go around. */
	array = malloc(strlen(words) * 3 + sizeof("[\"\"]"));
	if (!array)
		return NULL;
	to = stpcpy(array, *words ? "[\"" : "[");
	for (; *words; words++) {
		if (*words == ',')
			to = stpcpy(to, "\",\"");
		else
			*to++ = *words;
	}
	stpcpy(to, to > array + 1 ? "\"]" : "]");
	return array;
}

/* The text of a number, in BUFFER. */
static const char *number_text(const struct output *output, const struct column *column,
	const struct value *value, char buffer[HUMAN_MAX])
{
	static time_t now;
	bool people = output->mode == OUTPUT_TABLE;
	bool bytes = column->type == COLUMN_SIZE ||
		(column->type == COLUMN_AMOUNT && value->amount == AMOUNT_BYTES);
	uint64_t number = value->number;

	if (now == 0)
		now = time(NULL);
	if (column->type == COLUMN_TIME)
		return human_time(buffer, (int64_t)number, output->time_format, now);
	if (bytes && people && !output->bytes)
		return human_size(buffer, number);
	if (value->amount == AMOUNT_UNLIMITED && people && !output->bytes)
		return "unlimited";
	if (column->type == COLUMN_DURATION && people)
		return human_duration(buffer, number);
	return human_number(buffer, number);
}

/* The text of a cell, which the caller frees; *FAILED without memory. NULL: empty. */
static char *cell_text(const struct output *output, const struct column *column,
	const void *row, bool *failed)
{
	struct value value = { 0 };
	char CLEANUP_FREE *allocated = NULL;
	char buffer[HUMAN_MAX];
	const char *text;
	char *copy;
	bool known;

	known = column->get(row, &value);
	allocated = value.allocated;
	if (!known)
		text = NULL;
	else if (column_is_text(column))
		text = value.text;
	else
		text = number_text(output, column, &value, buffer);
	*failed = known && !text && column->type == COLUMN_JSON;
	if (output->mode == OUTPUT_RAW && (!text || !*text))
		text = "-"; /* an empty cell would shift those behind it */
	if (!text)
		return NULL;
	if (output->mode == OUTPUT_JSON && column->type == COLUMN_WORDS)
		copy = json_words(text);
	else if (output->mode == OUTPUT_JSON && column->type == COLUMN_NUMBERS)
		copy = json_numbers(text);
	else if (output->mode == OUTPUT_JSON && column->type == COLUMN_TEXT)
		copy = text_json(text);
	else
		copy = strdup(text);
	*failed = !copy;
	return copy;
}

static int json_type(const struct output *output, const struct column *column)
{
	switch (column->type) {
	case COLUMN_TIME:
		return output->time_format == TIME_EPOCH ? SCOLS_JSON_NUMBER
							 : SCOLS_JSON_STRING;
	default:
		return SCOLS_JSON_NUMBER; /* printed as it is: arrays and strings too */
	}
}

static int add_columns(const struct output *output, struct libscols_table *table)
{
	for (size_t i = 0; i < output->count; i++) {
		const struct column *column = output->shown[i];
		int flags = (column->flags & COLUMN_CUT) ? SCOLS_FL_TRUNC : 0;
		struct libscols_column *added;
		char name[32];

		/* UID is read-only in bash, and root's zsh that assigns to UID or GID
		 * changes its own: neither is safe for eval. */
		snprintf(name, sizeof(name), "%s%s",
			output->mode == OUTPUT_EXPORT && (column->flags & COLUMN_SHELL)
				? "OWNER_"
				: "",
			column->name);
		if (!column_is_text(column) && column->type != COLUMN_TIME)
			flags |= SCOLS_FL_RIGHT;
		added = scols_table_new_column(table, name, 0, flags);
		if (!added)
			return -ENOMEM;
		scols_column_set_json_type(added, json_type(output, column));
	}
	return 0;
}

/* Whether FILE is a terminal that shows colours, to somebody who wants any: see
 * https://no-color.org. libsmartcols leaves that to its callers. */
static bool wants_colors(FILE *file)
{
	const char *refused = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return !(refused && *refused) && terminal && *terminal &&
		strcmp(terminal, "dumb") != 0 && isatty(fileno(file));
}

static int add_row(
	const struct output *output, struct libscols_table *table, const void *row)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);

	if (!line ||
		(output->color && scols_line_set_color(line, output->color(row)) != 0))
		return -ENOMEM;
	for (size_t i = 0; i < output->count; i++) {
		bool failed = false;
		char *text = cell_text(output, output->shown[i], row, &failed);

		if (failed)
			return -ENOMEM;
		if (text && scols_line_refer_data(line, i, text) != 0) {
			free(text);
			return -ENOMEM;
		}
	}
	return 0;
}

int output_print(const struct output *output, const char *name, const void *const *rows,
	size_t count, FILE *file)
{
	/* The last one stays until the program ends or the next one comes: to give back
	 * hundreds of thousands of cells one by one costs a tenth of the time. */
	static struct libscols_table *table;
	int r;

	/* What programs read is the same in every locale. */
	if (output->mode != OUTPUT_TABLE)
		setlocale(LC_ALL, "C");
	scols_init_debug(0);
	scols_unref_table(table);
	table = scols_new_table();
	if (!table)
		return -ENOMEM;
	scols_table_set_stream(table, file);
	scols_table_enable_json(table, output->mode == OUTPUT_JSON);
	scols_table_enable_raw(table, output->mode == OUTPUT_RAW);
	scols_table_enable_export(table, output->mode == OUTPUT_EXPORT);
	scols_table_enable_noheadings(table, !output->headings);
	scols_table_enable_colors(table, output->color && wants_colors(file));
	scols_table_enable_minout(table, 1); /* no blanks at the end of lines */
	r = scols_table_set_name(table, name);
	if (r == 0)
		r = add_columns(output, table);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = add_row(output, table, rows[i]);
	if (r == 0)
		r = scols_print_table(table) == 0 ? 0 : -ENOMEM;
	return r;
}

void output_help(const struct column *columns, bool all, FILE *file)
{
	fprintf(file, "\nColumns (%s shown by default):\n", all ? "all are" : "*");
	for (const struct column *column = columns; column->name; column++) {
		fprintf(file, "  %-11s %c %s\n", column->name,
			!all && (column->flags & COLUMN_DEFAULT) ? '*' : ' ',
			column->help);
	}
}
