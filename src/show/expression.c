#include "show/expression.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <libsmartcols.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "show/output.h"

#if HAVE_SCOLS_FILTER

/* Parentheses within parentheses, and negations. */
#define DEPTH_MAX 100

#define NOT_UNDERSTOOD "not understood here; see scols-filter(5)"

struct expression {
	struct libscols_filter *filter;
	struct libscols_table *table; /* has the columns that are named */
	const struct column *named[OUTPUT_COLUMNS_MAX];
	size_t count;
	const void *row; /* the one that is looked at */
	char *unknown; /* a name that is no column's, for the fault */
};

enum kind {
	END,
	OPEN,
	CLOSE,
	AND,
	OR,
	NOT,
	COMPARE,
	MATCH,
	NUMBER,
	STRING,
	TRUTH,
	NAME,
	WRONG,
};

struct token {
	enum kind kind;
	const char *start;
	size_t length;
	const struct column *column; /* of a NAME */
};

/* One pass through the text: it is checked, and written again for libsmartcols with all
 * parentheses, since its AND does not bind more than its OR. */
struct reader {
	struct expression *expression;
	const struct column *columns;
	const char *text;
	struct token token; /* the next one */
	int depth;
	FILE *out;
	struct option_fault *fault;
};

/* Symbols and words; of those that begin alike, the longer one first. */
static const struct {
	const char *text;
	enum kind kind;
} words[] = {
	{ "(", OPEN },
	{ ")", CLOSE },
	{ "&&", AND },
	{ "and", AND },
	{ "AND", AND },
	{ "||", OR },
	{ "or", OR },
	{ "OR", OR },
	{ "=~", MATCH },
	{ "!~", MATCH },
	{ "==", COMPARE },
	{ "eq", COMPARE },
	{ "EQ", COMPARE },
	{ "!=", COMPARE },
	{ "ne", COMPARE },
	{ "NE", COMPARE },
	{ "<=", COMPARE },
	{ "le", COMPARE },
	{ "LE", COMPARE },
	{ "<", COMPARE },
	{ "lt", COMPARE },
	{ "LT", COMPARE },
	{ ">=", COMPARE },
	{ "ge", COMPARE },
	{ "GE", COMPARE },
	{ ">", COMPARE },
	{ "gt", COMPARE },
	{ "GT", COMPARE },
	{ "!", NOT },
	{ "not", NOT },
	{ "NOT", NOT },
	{ "true", TRUTH },
	{ "TRUE", TRUTH },
	{ "false", TRUTH },
	{ "FALSE", TRUTH },
};

#define DIGITS  "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* 12, 1.5, 4K, 4KiB */
static size_t number_length(const char *text)
{
	size_t length = strspn(text, DIGITS);

	if (text[length] == '.' && isdigit((unsigned char)text[length + 1]))
		return length + 1 + strspn(text + length + 1, DIGITS);
	if (text[length] && strchr("KMGTPEZY", text[length]))
		length += strncmp(text + length + 1, "iB", 2) == 0 ? 3 : 1;
	return length;
}

/* The token at TEXT, whose length is found out. A word is not cut. */
static struct token find_token(const char *text)
{
	struct token token = { .kind = WRONG, .start = text };
	size_t name =
		isalpha((unsigned char)*text) ? strspn(text, LETTERS DIGITS "_.%:/-") : 0;

	if (*text == '\0') {
		token.kind = END;
	} else if (isdigit((unsigned char)*text)) {
		errno = 0;
		token.kind =
			strtoull(text, NULL, 10) == ULLONG_MAX && errno ? WRONG : NUMBER;
		token.length = number_length(text);
	} else if (*text == '"' || *text == '\'') {
		const char stop[] = { *text, '\n', '\0' };

		token.length = 1 + strcspn(text + 1, stop);
		token.kind = text[token.length++] == *text ? STRING : WRONG;
	} else if (name > 0) {
		token.kind = NAME;
		token.length = name;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t length = strlen(words[i].text);

		if ((token.kind == WRONG || (token.kind == NAME && name == length)) &&
			strncmp(text, words[i].text, length) == 0) {
			token.kind = words[i].kind;
			token.length = length;
		}
	}
	return token;
}

/* Says what is wrong with the rest of the text from START on; with all of it where
 * nothing is left. */
static int fail(struct reader *reader, const char *start, const char *why)
{
	*reader->fault = (struct option_fault){ "--filter", *start ? start : reader->text,
		*start ? why : "ends too early", NULL };
	return -EINVAL;
}

static int look_up(struct reader *reader, struct token *token)
{
	struct expression *expression = reader->expression;

	expression->unknown = strndup(token->start, token->length);
	if (!expression->unknown)
		return -ENOMEM;
	*reader->fault = (struct option_fault){ .option = "--filter" };
	token->column =
		output_find_column(reader->columns, expression->unknown, reader->fault);
	if (!token->column)
		return -EINVAL;
	free(expression->unknown);
	expression->unknown = NULL;
	for (size_t i = 0; i < expression->count; i++) {
		if (expression->named[i] == token->column)
			return 0;
	}
	expression->named[expression->count++] = token->column;
	return 0;
}

/* Goes on to the token that follows the first LENGTH bytes of TEXT. */
static int advance(struct reader *reader, const char *text)
{
	reader->token = find_token(text + strspn(text, " \t\n"));
	if (reader->token.kind == WRONG)
		return fail(reader, reader->token.start, NOT_UNDERSTOOD);
	if (reader->token.kind == NAME)
		return look_up(reader, &reader->token);
	return 0;
}

static int take(struct reader *reader, struct token *token)
{
	*token = reader->token;
	return advance(reader, token->start + token->length);
}

static bool is_number(const struct token *token)
{
	return token->kind == NUMBER ||
		(token->kind == NAME && !column_is_text(token->column));
}

static bool is_text(const struct token *token)
{
	return token->kind == STRING ||
		(token->kind == NAME && column_is_text(token->column));
}

static void write_token(const struct reader *reader, const struct token *token)
{
	if (token->kind == NAME)
		fputs(token->column->name, reader->out);
	else
		fwrite(token->start, 1, token->length, reader->out);
	fputc(' ', reader->out);
}

/* To libsmartcols, text that is not known is less than all text, and a number that is not
 * known is 0 beside one with decimals: it must be known to be compared. */
static void write_known(const struct reader *reader, const struct token *token)
{
	if (token->kind == NAME)
		fprintf(reader->out, "%s >= %s && ", token->column->name,
			is_text(token) ? "\"\"" : "0");
}

/* A column or a value. */
static int read_operand(struct reader *reader, struct token *operand)
{
	switch (reader->token.kind) {
	case NUMBER:
	case STRING:
	case TRUTH:
	case NAME:
		return take(reader, operand);
	default:
		return fail(reader, reader->token.start,
			"a column, a number or a \"string\" should be here");
	}
}

/* One operand, or two and what compares them. */
static int read_comparison(struct reader *reader)
{
	struct token left, sign, right;
	int r = read_operand(reader, &left);

	if (r < 0)
		return r;
	sign = reader->token;
	if (sign.kind != COMPARE && sign.kind != MATCH) {
		write_token(reader, &left);
		return 0;
	}
	r = take(reader, &sign);
	if (r == 0)
		r = read_operand(reader, &right);
	if (r < 0)
		return r;
	if (sign.kind == MATCH &&
		(left.kind != NAME || !is_text(&left) || right.kind != STRING))
		return fail(reader, left.start,
			"=~ and !~ stand between a column of text and a \"string\"");
	if (!(is_number(&left) && is_number(&right)) &&
		!(is_text(&left) && is_text(&right)))
		return fail(reader, left.start,
			"compares a number with text; text is written in quotes, and a number without");
	fputc('(', reader->out);
	write_known(reader, &left);
	write_known(reader, &right);
	write_token(reader, &left);
	write_token(reader, &sign);
	write_token(reader, &right);
	fputc(')', reader->out);
	return 0;
}

static int read_either(struct reader *reader);

/* What is negated, what is in parentheses, or a comparison. */
static int read_term(struct reader *reader)
{
	struct token token;
	int r;

	if (reader->token.kind != NOT && reader->token.kind != OPEN)
		return read_comparison(reader);
	if (reader->depth++ == DEPTH_MAX)
		return fail(reader, reader->token.start, "too deep");
	r = take(reader, &token);
	if (r < 0)
		return r;
	fputs(token.kind == NOT ? "!(" : "(", reader->out);
	r = token.kind == NOT ? read_term(reader) : read_either(reader);
	if (r == 0 && token.kind == OPEN && reader->token.kind != CLOSE)
		r = fail(reader, reader->token.start, NOT_UNDERSTOOD);
	if (r == 0 && token.kind == OPEN)
		r = take(reader, &token);
	fputc(')', reader->out);
	reader->depth--;
	return r;
}

/* READ_PART, or several with JOIN between them. */
static int read_joined(struct reader *reader, enum kind join, const char *written,
	int (*read_part)(struct reader *reader))
{
	struct token token;
	int r;

	fputc('(', reader->out);
	r = read_part(reader);
	while (r == 0 && reader->token.kind == join) {
		fputs(written, reader->out);
		r = take(reader, &token);
		if (r == 0)
			r = read_part(reader);
	}
	fputc(')', reader->out);
	return r;
}

static int read_both(struct reader *reader)
{
	return read_joined(reader, AND, " && ", read_term);
}

static int read_either(struct reader *reader)
{
	return read_joined(reader, OR, " || ", read_both);
}

/* Checks TEXT and writes it again into *WRITTEN, which the caller frees. */
static int rewrite(struct reader *reader, char **written)
{
	size_t size;
	int r;

	reader->out = open_memstream(written, &size);
	if (!reader->out)
		return -ENOMEM;
	r = advance(reader, reader->text);
	if (r == 0)
		r = read_either(reader);
	if (r == 0 && reader->token.kind != END)
		r = fail(reader, reader->token.start, NOT_UNDERSTOOD);
	return fclose(reader->out) != 0 ? -ENOMEM : r;
}

/* Gives libsmartcols the value of a column, when it asks for that. */
static int fill_cell(struct libscols_filter *filter, struct libscols_line *line,
	size_t number, void *data)
{
	struct expression *expression = data;
	const struct column *column = expression->named[number];
	struct value value = { 0 };
	char *text = NULL;
	bool known = column->get(expression->row, &value);
	int length = 0;

	(void)filter;
	if (known && column_is_text(column))
		text = strdup(value.text);
	else if (known)
		length = asprintf(&text, "%" PRIu64, value.number);
	free(value.allocated);
	if (!known)
		return 0;
	return length < 0 || !text ? -ENOMEM : scols_line_refer_data(line, number, text);
}

/* Makes a table of the columns named, and tells the filter of them. */
static int assign_columns(struct expression *expression)
{
	struct libscols_iter *iterator = scols_new_iter(SCOLS_ITER_FORWARD);
	const char *name;
	int r = 0;

	expression->table = scols_new_table();
	if (!iterator || !expression->table)
		r = -ENOMEM;
	for (size_t i = 0; r == 0 && i < expression->count; i++) {
		const struct column *column = expression->named[i];
		struct libscols_column *added =
			scols_table_new_column(expression->table, column->name, 0, 0);

		if (added)
			scols_column_set_data_type(added,
				column_is_text(column) ? SCOLS_DATA_STRING
						       : SCOLS_DATA_U64);
		else
			r = -ENOMEM;
	}
	while (r == 0 &&
		scols_filter_next_holder(expression->filter, iterator, &name, 0) == 0)
		r = scols_filter_assign_column(expression->filter, iterator, name,
			scols_table_get_column_by_name(expression->table, name));
	scols_free_iter(iterator);
	return r;
}

/* Has libsmartcols read TEXT. A number has a decimal point in every locale. */
static int parse(struct libscols_filter *filter, const char *text)
{
	locale_t locale = duplocale(LC_GLOBAL_LOCALE), same;
	int r;

	same = locale ? newlocale(LC_NUMERIC_MASK, "C", locale) : NULL;
	if (!same) {
		if (locale)
			freelocale(locale);
		return -ENOMEM;
	}
	uselocale(same);
	r = scols_filter_parse_string(filter, text);
	uselocale(LC_GLOBAL_LOCALE);
	freelocale(same);
	return r;
}

/* Whether libsmartcols has anything of the expression. Where it finds no memory for that,
 * it may say that all went well, and then every row matches. */
static bool is_there(struct libscols_filter *filter)
{
	char CLEANUP_FREE *dump = NULL;
	size_t size;
	FILE *out = open_memstream(&dump, &size);

	if (!out)
		return false;
	scols_dump_filter(filter, out);
	return fclose(out) == 0 &&
		(strstr(dump, "\"expr\"") || strstr(dump, "\"param\""));
}

int expression_read(const char *text, const struct column *columns,
	struct expression **made, struct option_fault *fault)
{
	struct expression *expression = calloc(1, sizeof(*expression));
	struct reader reader = { expression, columns, text, .fault = fault };
	char CLEANUP_FREE *written = NULL;
	const char *why;
	int r;

	*made = expression;
	if (!expression)
		return -ENOMEM;
	r = rewrite(&reader, &written);
	if (r < 0)
		return r;
	scols_init_debug(0);
	expression->filter = scols_new_filter(NULL);
	if (!expression->filter)
		return -ENOMEM;
	if (parse(expression->filter, written) != 0) {
		why = scols_filter_get_errmsg(expression->filter);
		*fault = (struct option_fault){ "--filter", text,
			why ? why : NOT_UNDERSTOOD, NULL };
		return -EINVAL;
	}
	if (!is_there(expression->filter))
		return -ENOMEM;
	scols_filter_set_filler_cb(expression->filter, fill_cell, expression);
	return assign_columns(expression);
}

unsigned int expression_needs(const struct expression *expression)
{
	unsigned int needs = 0;

	for (size_t i = 0; i < expression->count; i++)
		needs |= expression->named[i]->needs;
	return needs;
}

int expression_match(struct expression *expression, const void *row)
{
	struct libscols_line *line = scols_table_new_line(expression->table, NULL);
	int status = 0, r;

	if (!line)
		return -ENOMEM;
	expression->row = row;
	r = scols_line_apply_filter(line, expression->filter, &status);
	scols_table_remove_line(expression->table, line);
	return r != 0 ? -ENOMEM : status != 0;
}

void expression_free(struct expression *expression)
{
	if (!expression)
		return;
	scols_unref_filter(expression->filter);
	scols_unref_table(expression->table);
	free(expression->unknown);
	free(expression);
}

#else

int expression_read(const char *text, const struct column *columns,
	struct expression **made, struct option_fault *fault)
{
	(void)text;
	(void)columns;
	*made = NULL;
	*fault = (struct option_fault){ "--filter", NULL,
		"needs libsmartcols 2.40 or newer, and this program was built with " LIBSMARTCOLS_VERSION,
		NULL };
	return -EINVAL;
}

/* There is never one. */
unsigned int expression_needs(const struct expression *expression)
{
	(void)expression;
	return 0;
}

int expression_match(struct expression *expression, const void *row)
{
	(void)expression;
	(void)row;
	return 0;
}

void expression_free(struct expression *expression)
{
	(void)expression;
}

#endif
