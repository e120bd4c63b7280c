/*
 * Expressions over columns, in the language of scols-filter(5), and whether a row fits
 * one.
 */
#ifndef SHMTOOL_SHOW_EXPRESSION_H
#define SHMTOOL_SHOW_EXPRESSION_H

#include "column.h"
#include <stdbool.h>

#include "fault.h"

struct expression;

/* Reads TEXT, in which names of COLUMNS (all there are, up to one without name) stand for
 * their values: bytes, seconds, seconds since the epoch, other numbers, or text. A
 * comparison with a value that is not known is false. What libsmartcols would take for
 * something else, or fail on later, is refused: numbers compared with text, and what is
 * no part of the language. -EINVAL: FAULT says what is wrong, or that libsmartcols is
 * older than 2.40; -ENOMEM. The caller frees *MADE, also after an error, but then not
 * before what FAULT names is said. */
int expression_read(const char *text, const struct column *columns,
	struct expression **made, struct option_fault *fault);

/* The costly parts of a row that its columns need. */
unsigned int expression_needs(const struct expression *expression);

/* Whether ROW fits: 1 or 0; -ENOMEM. */
bool expression_match(const struct expression *expression, const void *row);

void expression_free(struct expression *expression);

#endif
