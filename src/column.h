/*
 * A column: its name, its type, and how to get its value from a row. Everything that
 * prints, sorts or filters works on these, so that a new column is one line in one table.
 * Any directory may include this header.
 */
#ifndef SHMTOOL_COLUMN_H
#define SHMTOOL_COLUMN_H

#include <stdbool.h>
#include <stdint.h>

#include "usage_error.h"

enum column_type {
	COLUMN_NUMBER,
	COLUMN_SIZE, /* bytes */
	COLUMN_AMOUNT, /* a number in a unit of the row: see struct value */
	COLUMN_TIME, /* seconds since the epoch */
	COLUMN_DURATION, /* seconds */
	COLUMN_TEXT,
	COLUMN_WORDS, /* fixed words, separated by commas */
	COLUMN_NUMBERS, /* numbers, separated by commas */
	COLUMN_JSON, /* JSON text, only for JSON output */
};

/* What a column's function fills in: NUMBER, or TEXT for text and lists. */
struct value {
	uint64_t number;
	uint64_t unit; /* of a COLUMN_AMOUNT that is memory: bytes; 0: it is not */
	bool unlimited; /* a COLUMN_AMOUNT that people read as a word */
	bool negative; /* a COLUMN_SIZE below zero: the value is -NUMBER */
	bool uncertain; /* shown, but not known for sure: satisfies no comparison */
	/* If the value is one of several, and nobody knows which: their number, and the
	 * index of the one to return; the first is shown. A comparison holds only if it
	 * holds for all. */
	unsigned int variants, variant;
	const char *text; /* valid as long as the row; may point into BUFFER */
	char buffer[40];
	char *allocated; /* if BUFFER is too small; the caller frees it */
};

#define COLUMN_DEFAULT  (1u << 0) /* shown unless the user asks for others */
#define COLUMN_PROGRAMS (1u << 1) /* the same, except in tables */
#define COLUMN_CUT      (1u << 2) /* may be cut to the width of a terminal */
#define COLUMN_LONG     (1u << 3) /* a command line or the like: is cut first */
#define COLUMN_SHELL    (1u << 4) /* also a shell variable: OWNER_... in --export */
#define COLUMN_PLACE    (1u << 5) /* shown by default with --all-namespaces */
#define COLUMN_OBJECT   (1u << 6) /* shown by default for objects: OUTPUT_OBJECTS */
#define COLUMN_KINDS    (1u << 7) /* shown by default for a list of both kinds */

struct column {
	const char *name; /* in capitals; lower case in JSON */
	enum column_type type;
	unsigned int flags;
	unsigned int needs; /* the findings that it shows, see row.h */
	bool (*get)(const void *row, struct value *value); /* false: unknown or none */
	const char *help;
	/* Return the colour of the cell on a terminal, by its libsmartcols name, or NULL.
	 * NULL: cells have no colours. */
	const char *(*color)(const void *row);
};

/* Are the values of the column text, rather than numbers? */
static inline bool column_is_text(const struct column *column)
{
	return column->type == COLUMN_TEXT || column->type == COLUMN_WORDS ||
		column->type == COLUMN_NUMBERS || column->type == COLUMN_JSON;
}

/* Return the column with this name, in upper or lower case. If there is none, return NULL
 * and fill in USAGE_ERROR, except for its option. */
const struct column *column_find(
	const struct column *columns, const char *name, struct usage_error *usage_error);

#endif
