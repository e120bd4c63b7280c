#include "show/fit.h"

#include <string.h>
#include <sys/param.h>

#include "alloc.h"
#include "cleanup.h"
#include "show/cells.h"
#include "show/output.h"
#include "show/text.h"

/* The width at which a cell can still be read. */
#define READABLE 8

/* Reduce the widths of columns that have FLAG by EXCESS in all, always that of the widest
 * column. Return the part of EXCESS for which they have no room. */
static size_t narrow(
	const struct output *output, unsigned int flag, size_t *widths, size_t excess)
{
	for (; excess > 0; excess--) {
		size_t *widest = NULL;

		for (size_t i = 0; i < output->count; i++) {
			const struct column *column = output->shown[i];

			if ((column->flags & flag) &&
				widths[i] > MAX(strlen(column->name), READABLE) &&
				(!widest || widths[i] > *widest))
				widest = &widths[i];
		}
		if (!widest)
			break;
		--*widest;
	}
	return excess;
}

/* Return by how much the table is wider than the terminal. */
static size_t measure_excess(const struct output *output, const size_t *widths)
{
	size_t line = output->count - 1; /* the blanks between columns */

	for (size_t i = 0; i < output->count; i++)
		line += MAX(widths[i], strlen(output->shown[i]->name));
	return line > output->width ? line - output->width : 0;
}

/* Return a command line without the folder of its program. */
static const char *without_folder(const char *command)
{
	const char *name = command;

	for (const char *at = command; *command == '/' && *at && *at != ' '; at++) {
		if (*at == '/')
			name = at + 1;
	}
	return *name && *name != ' ' ? name : command;
}

static void add_cut(
	struct cells *cells, const struct column *column, const char *cell, size_t width)
{
	const char *mark = text_ellipsis();
	char CLEANUP_FREE *cut = NULL;

	if (text_width(cell) > width && (column->flags & COLUMN_LONG))
		cell = without_folder(cell);
	if (text_width(cell) > width)
		cut = xasprintf("%.*s%s",
			(int)text_fitting(cell, width - text_width(mark)), cell, mark);
	cells_add_text(cells, cut ? cut : cell);
}

void fit_cells(const struct output *output, struct cells *cells, size_t *widths)
{
	size_t excess = measure_excess(output, widths), length;
	struct cells cut = { .wide = true };

	if (excess == 0)
		return;
	excess = narrow(output, COLUMN_LONG, widths, excess);
	narrow(output, COLUMN_CUT, widths, excess);
	for (size_t at = 0, i = 0; at < cells->used; at += length + 1, i++) {
		size_t column = i % output->count;

		length = strlen(cells->text + at);
		add_cut(&cut, output->shown[column], cells->text + at, widths[column]);
	}
	cells_free(cells);
	*cells = cut;
	cells_measure(cells, output, widths);
}
