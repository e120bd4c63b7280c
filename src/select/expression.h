/*
 * Expressions over the columns of a row, for --filter. The language is that of
 * scols-filter(5); shmtool-ls(1) describes it.
 *
 * An expression is true, false or unknown (Kleene's three-valued logic): a comparison
 * with an unknown or uncertain value is unknown, and so is its negation.
 */
#ifndef SHMTOOL_SELECT_EXPRESSION_H
#define SHMTOOL_SELECT_EXPRESSION_H

#include <stdbool.h>

#include "column.h"
#include "usage_error.h"

struct expression;

/* Parse TEXT, in which the names of COLUMNS, an array that ends with a column without a
 * name, stand for the values of a row. The caller frees *RESULT, even after an error, but
 * not before reporting USAGE_ERROR, which may point into it and into TEXT. TEXT and
 * COLUMNS must outlive *RESULT. -EINVAL: see USAGE_ERROR. */
int expression_parse(const char *text, const struct column *columns,
	struct expression **result, struct usage_error *usage_error);

/* Return the findings that the expression needs, as in struct column. */
unsigned int expression_needs(const struct expression *expression);

/* Return whether the expression is true for ROW; false if that is unknown. */
bool expression_match(const struct expression *expression, const void *row);

void expression_free(struct expression *expression);

#endif
