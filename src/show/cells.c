#include "show/cells.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "show/output.h"
#include "show/text.h"

/* Makes room for LENGTH bytes more. */
static int reserve(struct cells *cells, size_t length)
{
	size_t capacity = cells->capacity ? cells->capacity : 4096;
	char *grown;

	while (capacity - cells->used < length)
		capacity *= 2;
	if (capacity == cells->capacity)
		return 0;
	grown = realloc(cells->text, capacity);
	if (!grown)
		return -ENOMEM;
	cells->text = grown;
	cells->capacity = capacity;
	return 0;
}

static bool is_special(const char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text > '~' || *text == '\\')
			return true;
	}
	return false;
}

static int add_cell(struct cells *cells, const char *text)
{
	size_t length = strlen(text) + 1;
	int r = reserve(cells, length);

	if (r < 0)
		return r;
	memcpy(cells->text + cells->used, text, length);
	cells->special = cells->special || is_special(text);
	cells->used += length;
	return 0;
}

/* A list with commas in between as an array of JSON: of our own words, between QUOTES, or
 * of numbers, where these are empty. */
static int add_list(struct cells *cells, const char *list, const char *quotes)
{
	char *to;
	/* Each comma becomes three characters, and brackets and quotes go around. */
	int r = reserve(cells, strlen(list) * 3 + sizeof("[\"\"]"));

	if (r < 0)
		return r;
	to = stpcpy(stpcpy(cells->text + cells->used, "["), *list ? quotes : "");
	for (const char *from = list; *from; from++) {
		if (*from == ',')
			to = stpcpy(stpcpy(stpcpy(to, quotes), ","), quotes);
		else
			*to++ = *from;
	}
	to = stpcpy(stpcpy(to, *list ? quotes : ""), "]");
	cells->used = (size_t)(to + 1 - cells->text);
	return 0;
}

static int add_string(struct cells *cells, const char *text)
{
	char CLEANUP_FREE *string = text_json(text);

	return string ? add_cell(cells, string) : -ENOMEM;
}

/* The text of a number, which may be in BUFFER. */
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

static bool is_string_of_json(const struct output *output, const struct column *column)
{
	return column->type == COLUMN_TEXT ||
		(column->type == COLUMN_TIME && output->time_format != TIME_EPOCH);
}

/* The same of JSON, where TEXT is that of a value that is known. */
static int add_json(struct cells *cells, const struct output *output,
	const struct column *column, const char *text)
{
	if (column->type == COLUMN_WORDS)
		return add_list(cells, text, "\"");
	if (column->type == COLUMN_NUMBERS)
		return add_list(cells, text, "");
	if (is_string_of_json(output, column))
		return add_string(cells, text);
	return add_cell(cells, text);
}

static int add_value(struct cells *cells, const struct output *output,
	const struct column *column, const void *row)
{
	struct value value = { 0 };
	char CLEANUP_FREE *allocated = NULL;
	char buffer[HUMAN_MAX];
	const char *text = NULL;
	bool known = column->get(row, &value);

	allocated = value.allocated;
	if (known && column_is_text(column))
		text = value.text;
	else if (known)
		text = number_text(output, column, &value, buffer);
	if (known && !text)
		return -ENOMEM;
	if (output->mode == OUTPUT_JSON)
		return text ? add_json(cells, output, column, text)
			    : add_cell(cells, "null");
	if (output->mode == OUTPUT_RAW && (!text || !*text))
		text = "-"; /* an empty cell would shift those behind it */
	return add_cell(cells, text ? text : "");
}

int cells_add(struct cells *cells, const struct output *output, const void *const *rows,
	size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < output->count; j++) {
			int r = add_value(cells, output, output->shown[j], rows[i]);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

void cells_free(struct cells *cells)
{
	free(cells->text);
	*cells = (struct cells){ 0 };
}
