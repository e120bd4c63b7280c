#include "show/cells.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <time.h>

#include "alloc.h"
#include "cleanup.h"
#include "show/output.h"
#include "show/text.h"

/* Make room for LENGTH more bytes. */
static void reserve(struct cells *cells, size_t length)
{
	while (cells->capacity - cells->used < length) {
		cells->capacity = cells->capacity ? cells->capacity * 2 : 4096;
		cells->text = xreallocarray(cells->text, cells->capacity, 1);
	}
}

void cells_append(struct cells *cells, const char *text)
{
	size_t length = strlen(text);

	reserve(cells, length + 1);
	memcpy(cells->text + cells->used, text, length + 1);
	cells->used += length;
}

void cells_add_text(struct cells *cells, const char *text)
{
	cells_append(cells, text);
	cells->used++;
}

/* Return whether TEXT may contain characters that are unprintable or not ASCII. */
static bool is_special(const char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text > '~' || *text == '\\')
			return true;
	}
	return false;
}

/* Append the text of a cell of a table. */
static void append_printable(struct cells *cells, const char *text)
{
	char CLEANUP_FREE *printable = is_special(text) ? text_for_terminal(text) : NULL;

	cells->wide = cells->wide || printable;
	cells_append(cells, printable ? printable : text);
}

/* Append a list as a terminal has room for it: no more than four of its members. */
static void append_short_list(struct cells *cells, const char *list)
{
	size_t count = 1;
	const char *third = list;
	char CLEANUP_FREE *text = NULL;

	for (const char *at = list; *at; at++) {
		if (*at == ',' && ++count == 3)
			third = at + 1;
	}
	if (count > 4)
		text = xasprintf("%.*s%s (%zu)", (int)(third - list), list,
			text_ellipsis(), count);
	append_printable(cells, text ? text : list);
}

/* Append a list with commas between its members as an array of JSON, with QUOTES around
 * each member. */
static void append_list(struct cells *cells, const char *list, const char *quotes)
{
	char *to;

	/* A comma becomes three characters. */
	reserve(cells, strlen(list) * 3 + sizeof("[\"\"]"));
	to = stpcpy(stpcpy(cells->text + cells->used, "["), *list ? quotes : "");
	for (const char *from = list; *from; from++) {
		if (*from == ',')
			to = stpcpy(stpcpy(stpcpy(to, quotes), ","), quotes);
		else
			*to++ = *from;
	}
	to = stpcpy(stpcpy(to, *list ? quotes : ""), "]");
	cells->used = (size_t)(to - cells->text);
}

/* Return NUMBER times UNIT, at most UINT64_MAX. */
static uint64_t multiply(uint64_t number, uint64_t unit)
{
	return __builtin_mul_overflow(number, unit, &number) ? UINT64_MAX : number;
}

/* Return the text of a number for people, which may be in BUFFER. */
static const char *number_for_people(const struct output *output,
	const struct column *column, const struct value *value, char buffer[HUMAN_MAX])
{
	uint64_t unit = column->type == COLUMN_SIZE ? 1 : value->unit;

	if (value->unlimited)
		return "unlimited";
	if (column->type == COLUMN_DURATION)
		return human_duration(buffer, value->number);
	if (unit == 0)
		return human_number(buffer, value->number);
	return (output->bytes ? human_number : human_size)(
		buffer, multiply(value->number, unit));
}

/* Return the text of a number, which may be in BUFFER. */
static const char *number_text(const struct output *output, const struct column *column,
	const struct value *value, char buffer[HUMAN_MAX])
{
	static time_t now;

	if (now == 0)
		now = time(NULL);
	if (column->type == COLUMN_TIME)
		return human_time(
			buffer, (int64_t)value->number, output->time_format, now);
	if (output->mode == OUTPUT_TABLE)
		return number_for_people(output, column, value, buffer);
	return human_number(buffer, value->number);
}

/* Return whether a value in MODE, raw lines or pairs, has \\xNN for this byte. */
static bool is_escaped(char byte, enum output_mode mode)
{
	if (byte < ' ' || byte > '~' || byte == '\\')
		return true;
	return mode == OUTPUT_RAW ? byte == ' '
				  : byte == '"' || byte == '$' || byte == '`';
}

/* Append a value for MODE, raw lines or pairs. */
static void append_escaped(struct cells *cells, const char *text, enum output_mode mode)
{
	const char *quotes = mode == OUTPUT_EXPORT ? "\"" : "";
	char *to;

	reserve(cells, strlen(text) * strlen("\\xff") + sizeof("\"\""));
	to = stpcpy(cells->text + cells->used, quotes);
	for (; *text; text++) {
		if (is_escaped(*text, mode))
			to += snprintf(
				to, sizeof("\\xff"), "\\x%02x", (unsigned char)*text);
		else
			*to++ = *text;
	}
	to = stpcpy(to, quotes);
	cells->used = (size_t)(to - cells->text);
}

/* Append a known value, whose text is TEXT, in JSON. */
static void append_json(struct cells *cells, const struct output *output,
	const struct column *column, const char *text)
{
	char CLEANUP_FREE *string = NULL;

	if (column->type == COLUMN_WORDS) {
		append_list(cells, text, "\"");
	} else if (column->type == COLUMN_NUMBERS) {
		append_list(cells, text, "");
	} else if (column->type == COLUMN_TEXT ||
		(column->type == COLUMN_TIME && output->time_format != TIME_EPOCH)) {
		string = text_json(text);
		cells_append(cells, string);
	} else {
		cells_append(cells, text);
	}
}

void cells_append_value(struct cells *cells, const struct output *output,
	const struct column *column, const void *row)
{
	struct value value = { 0 };
	char buffer[1 + HUMAN_MAX] = "-";
	const char *text = NULL;

	if (column->get(row, &value))
		text = column_is_text(column)
			? value.text
			: number_text(output, column, &value, buffer + 1);
	if (value.negative)
		text = buffer;
	if (output_is_json(output) && text)
		append_json(cells, output, column, text);
	else if (output_is_json(output))
		cells_append(cells, "null");
	else if (output->mode == OUTPUT_RAW && (!text || !*text))
		cells_append(cells, "-"); /* an empty cell would shift the next ones */
	else if (output->mode == OUTPUT_RAW || output->mode == OUTPUT_EXPORT)
		append_escaped(cells, text ? text : "", output->mode);
	else if (output->width > 0 && text && column->type == COLUMN_NUMBERS)
		append_short_list(cells, text);
	else
		append_printable(cells, text ? text : "");
	free(value.allocated);
}

void cells_add(struct cells *cells, const struct output *output, const void *const *rows,
	size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < output->count; j++) {
			cells_append_value(cells, output, output->shown[j], rows[i]);
			cells->used++;
		}
	}
}

size_t cells_width(const struct cells *cells, const char *cell)
{
	return cells->wide ? text_width(cell) : strlen(cell);
}

void cells_measure(const struct cells *cells, const struct output *output, size_t *widths)
{
	size_t length;

	memset(widths, 0, output->count * sizeof(*widths));
	for (size_t at = 0, i = 0; at < cells->used; at += length + 1, i++) {
		const char *cell = cells->text + at;
		size_t *width = &widths[i % output->count];

		length = strlen(cell);
		*width = MAX(*width, cells->wide ? text_width(cell) : length);
	}
}

void cells_free(struct cells *cells)
{
	free(cells->text);
	*cells = (struct cells){ 0 };
}
