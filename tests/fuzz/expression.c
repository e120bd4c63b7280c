/*
 * Expressions of --filter: a generated expression is compared with the simplest way to
 * evaluate it, in numbers of 128 bits; and any valid text obeys three-valued logic.
 */
#include <errno.h>
#include <inttypes.h>

#include "cleanup.h"
#include "fuzz.h"
#include "select/expression.h"

enum truth { FALSE, UNKNOWN, TRUE };

/* A value is known, or missing, or shown although it is uncertain, or one of two texts.
 */
enum state { KNOWN, MISSING, UNCERTAIN, EITHER };

#define NUMBERS 2
#define TEXTS   2

struct row {
	uint64_t numbers[NUMBERS];
	char *texts[TEXTS];
	enum state states[NUMBERS + TEXTS];
};

/* Change a text to the second of the two. */
static void make_second(char *text)
{
	if (*text)
		*text = 'a';
}

static bool get(const struct row *row, size_t column, struct value *value)
{
	if (column < NUMBERS)
		value->number = row->numbers[column];
	else
		value->text = value->allocated = strdup(row->texts[column - NUMBERS]);
	value->uncertain = row->states[column] == UNCERTAIN;
	value->variants = row->states[column] == EITHER ? 2 : 1;
	if (row->states[column] == EITHER && value->variant == 1)
		make_second(value->allocated);
	HOLDS(value->variant < 2);
	return row->states[column] != MISSING;
}

static bool get_first(const void *row, struct value *value)
{
	return get(row, 0, value);
}

static bool get_second(const void *row, struct value *value)
{
	return get(row, 1, value);
}

static bool get_third(const void *row, struct value *value)
{
	return get(row, 2, value);
}

static bool get_fourth(const void *row, struct value *value)
{
	return get(row, 3, value);
}

static bool get_nothing(const void *row, struct value *value)
{
	(void)row;
	value->number = 1;
	return false;
}

/* The last column is unknown in each row. */
static const struct column columns[] = {
	{ "SIZE", COLUMN_NUMBER, 0, 1, get_first, "" },
	{ "A-NUMBER", COLUMN_NUMBER, 0, 2, get_second, "" },
	{ "NAME", COLUMN_TEXT, 0, 4, get_third, "" },
	{ "WORDS", COLUMN_WORDS, 0, 8, get_fourth, "" },
	{ "NOTHING", COLUMN_NUMBER, 0, 16, get_nothing, "" },
	{ 0 },
};

/* Parse TEXT and evaluate it. Return false if it is not an expression. */
static bool evaluate(const char *text, const struct row *row, bool *match)
{
	struct expression *expression;
	struct usage_error usage_error;
	int r = expression_parse(text, columns, &expression, &usage_error);

	if (r == 0) {
		*match = expression_match(expression, row);
		HOLDS(expression_match(expression, row) == *match);
		HOLDS(expression_needs(expression) < 32);
	} else {
		HOLDS(r == -EINVAL && strcmp(usage_error.option, "--filter") == 0);
		HOLDS(usage_error.why && strstr(text, usage_error.value));
	}
	expression_free(expression);
	return r == 0;
}

/* The same with TEXT in place of %s in FORMAT. */
static bool evaluate_as(
	const char *format, const char *text, const struct row *row, bool *match)
{
	const char *hole = strstr(format, "%s");
	char CLEANUP_FREE *whole = NULL;

	HOLDS(asprintf(&whole, "%.*s%s%s", (int)(hole - format), format, text,
		      hole + 2) >= 0);
	return evaluate(whole, row, match);
}

/* Check the laws of three-valued logic for any expression. */
static void try_logic(const char *text, const struct row *row)
{
	static const struct {
		const char *format;
		bool expected[3]; /* if TEXT is false, unknown, true */
	} laws[] = {
		{ "(%s)", { false, false, true } },
		{ "not not (%s)", { false, false, true } },
		{ "(%s) and nothing", { false, false, false } },
		{ "!((%s) && NOTHING > 0)", { true, false, false } },
		{ "NOTHING == 1 or (%s)", { false, false, true } },
		{ "!(NOTHING || (%s))", { false, false, false } },
		{ "true and (%s) and true or false", { false, false, true } },
		{ "(%s) || TRUE", { true, true, true } },
		{ "!(FALSE && (%s))", { true, true, true } },
	};
	bool match, negated;
	enum truth truth;

	if (!evaluate(text, row, &match))
		return;
	if (!evaluate_as("!(%s)", text, row, &negated))
		return; /* nested too deeply */
	HOLDS(!match || !negated);
	truth = match ? TRUE : negated ? FALSE : UNKNOWN;
	for (size_t i = 0; i < sizeof(laws) / sizeof(*laws); i++) {
		if (evaluate_as(laws[i].format, text, row, &match))
			HOLDS(match == laws[i].expected[truth]);
	}
}

typedef unsigned __int128 wide;

static const wide one = 1000000000000000000;

/* A generated operand. */
struct operand {
	bool is_text, known, either;
	wide number; /* times ONE */
	char text[64]; /* cut, since no text is longer */
};

static struct operand make_column(
	struct input *input, FILE *out, const struct row *row, bool is_text)
{
	size_t column = take_number(input, 1) % 2 + (is_text ? NUMBERS : 0);
	enum state state = row->states[column];
	struct operand operand = { is_text, state == KNOWN || state == EITHER,
		state == EITHER };

	if (is_text)
		snprintf(operand.text, sizeof(operand.text), "%s",
			row->texts[column - NUMBERS]);
	else
		operand.number = row->numbers[column] * one;
	fprintf(out, "%s", columns[column].name);
	return operand;
}

static struct operand make_number(struct input *input, FILE *out)
{
	static const struct {
		const char *name;
		uint64_t milliseconds;
	} durations[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
		{ "d", 86400000 }, { "w", 604800000 } };
	struct operand operand = { .known = true };
	unsigned int form = (unsigned int)take_number(input, 1);
	uint64_t number = take_number(input, form & 7), decimals;
	unsigned int unit = form >> 3 & 7;

	if (unit == 7) {
		decimals = take_number(input, 7);
		fprintf(out, "%" PRIu64 ".%018" PRIu64, number, decimals);
		operand.number = number * one + decimals;
	} else if (unit == 6) {
		fprintf(out, "%" PRIu64, number);
		operand.number = number * one;
	} else if (form & 128) {
		number &= UINT32_MAX;
		fprintf(out, "%" PRIu64 "%s", number, durations[unit].name);
		operand.number = number * (one / 1000) * durations[unit].milliseconds;
	} else {
		number &= 15;
		fprintf(out, "%" PRIu64 "%s%c%s", number, form & 64 ? ".5" : "",
			"KMGTPE"[unit], form & 64 ? "iB" : "");
		operand.number = (2 * number + (form & 64 ? 1 : 0)) * one
			<< (10 * (unit + 1) - 1);
	}
	return operand;
}

static struct operand make_string(struct input *input, FILE *out)
{
	struct operand operand = { true, true };
	char quote = take_number(input, 1) & 1 ? '"' : '\'';
	size_t length = take_number(input, 1) % 4;

	for (size_t i = 0; i < length; i++)
		operand.text[i] = "ab1\"',) "[take_number(input, 1) % 8];
	for (char *c = operand.text; *c; c++)
		*c = *c == quote ? 'c' : *c;
	fprintf(out, "%c%s%c", quote, operand.text, quote);
	return operand;
}

static struct operand make_operand(
	struct input *input, FILE *out, const struct row *row, bool is_text)
{
	if (take_number(input, 1) & 1)
		return make_column(input, out, row, is_text);
	return is_text ? make_string(input, out) : make_number(input, out);
}

static bool holds(unsigned int sign, const struct operand *a, const struct operand *b)
{
	int order = a->is_text          ? strcmp(a->text, b->text)
		: a->number < b->number ? -1
		: a->number > b->number ? 1
					: 0;

	return sign == 0    ? order == 0
		: sign == 1 ? order != 0
		: sign == 2 ? order < 0
		: sign == 3 ? order <= 0
		: sign == 4 ? order > 0
			    : order >= 0;
}

/* Return the truth of a comparison that has these results for the first texts and for the
 * second ones. */
static enum truth truth_of(bool known, bool first, bool second)
{
	return !known || first != second ? UNKNOWN : first ? TRUE : FALSE;
}

static struct operand second_of(const struct operand *operand)
{
	struct operand second = *operand;

	if (operand->either)
		make_second(second.text);
	return second;
}

static enum truth make_comparison(struct input *input, FILE *out, const struct row *row)
{
	static const char *const signs[][3] = {
		{ "==", "eq", "EQ" },
		{ "!=", "ne", "Ne" },
		{ "<", "lt", "LT" },
		{ "<=", "le", "LE" },
		{ ">", "gt", "gT" },
		{ ">=", "ge", "GE" },
	};
	unsigned int bits = (unsigned int)take_number(input, 1), sign = bits % 6;
	bool is_text = bits & 128;
	struct operand a = make_operand(input, out, row, is_text), b = { .known = true };
	struct operand second_a = second_of(&a), second_b;

	if ((bits & 64) && sign == 0) {
		b.is_text = is_text;
		return truth_of(a.known, holds(1, &a, &b), holds(1, &second_a, &b));
	}
	fprintf(out, " %s ", signs[sign][bits / 6 % 3]);
	b = make_operand(input, out, row, is_text);
	second_b = second_of(&b);
	return truth_of(a.known && b.known, holds(sign, &a, &b),
		holds(sign, &second_a, &second_b));
}

/* The patterns that are generated. */
static const char *const patterns[] = { "\"^a\"", "'1$'", "'^(a|[0-9])+$'", "'b'" };

static bool matches(unsigned int pattern, const char *text)
{
	size_t length = strlen(text);

	switch (pattern) {
	case 0:
		return *text == 'a';
	case 1:
		return length > 0 && text[length - 1] == '1';
	case 2:
		return length > 0 && strspn(text, "a0123456789") == length;
	default:
		return strchr(text, 'b');
	}
}

static enum truth make_match(struct input *input, FILE *out, const struct row *row)
{
	unsigned int bits = (unsigned int)take_number(input, 1), pattern = bits & 3;
	struct operand text = make_column(input, out, row, true);
	struct operand second = second_of(&text);
	bool negated = bits & 64;

	fprintf(out, "%s%s", negated ? "!~" : " =~ ", patterns[pattern]);
	return truth_of(text.known, matches(pattern, text.text) != negated,
		matches(pattern, second.text) != negated);
}

static enum truth make_either(
	struct input *input, FILE *out, const struct row *row, int depth);

static enum truth make_term(
	struct input *input, FILE *out, const struct row *row, int depth)
{
	enum truth truth;

	switch (take_number(input, 1) % (depth > 0 ? 8 : 6)) {
	case 0:
		fputs("true", out);
		return TRUE;
	case 1:
		fputs("False", out);
		return FALSE;
	case 2:
		return make_match(input, out, row);
	case 3:
	case 4:
	case 5:
		return make_comparison(input, out, row);
	case 6:
		fputs(take_number(input, 1) & 1 ? "!" : "not ", out);
		truth = make_term(input, out, row, depth - 1);
		return truth == UNKNOWN ? UNKNOWN : truth == TRUE ? FALSE : TRUE;
	default:
		fputs("(", out);
		truth = make_either(input, out, row, depth - 1);
		fputs(")", out);
		return truth;
	}
}

static enum truth make_both(
	struct input *input, FILE *out, const struct row *row, int depth)
{
	bool any_false = false, any_unknown = false;
	size_t count = take_number(input, 1) % 3;

	for (size_t i = 0; i <= count; i++) {
		enum truth truth;

		if (i > 0)
			fputs(take_number(input, 1) & 1 ? "&&" : " and ", out);
		truth = make_term(input, out, row, depth);
		any_false = any_false || truth == FALSE;
		any_unknown = any_unknown || truth == UNKNOWN;
	}
	return any_false ? FALSE : any_unknown ? UNKNOWN : TRUE;
}

static enum truth make_either(
	struct input *input, FILE *out, const struct row *row, int depth)
{
	bool any_true = false, any_unknown = false;
	size_t count = take_number(input, 1) % 3;

	for (size_t i = 0; i <= count; i++) {
		enum truth truth;

		if (i > 0)
			fputs(take_number(input, 1) & 1 ? "||" : " OR ", out);
		truth = make_both(input, out, row, depth);
		any_true = any_true || truth == TRUE;
		any_unknown = any_unknown || truth == UNKNOWN;
	}
	return any_true ? TRUE : any_unknown ? UNKNOWN : FALSE;
}

static void try_made_up(struct input *input, const struct row *row)
{
	char CLEANUP_FREE *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	enum truth truth;
	bool match;

	HOLDS(out);
	truth = make_either(input, out, row, 4);
	HOLDS(fclose(out) == 0);
	HOLDS(evaluate(text, row, &match) && match == (truth == TRUE));
	HOLDS(evaluate_as("!(%s)", text, row, &match) && match == (truth == FALSE));
}

/* Input: a row, a line of text for an expression, and the rest to generate one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	unsigned int bits = (unsigned int)take_number(&input, 1);
	char CLEANUP_FREE *text = NULL;
	struct row row;

	for (size_t i = 0; i < NUMBERS + TEXTS; i++)
		row.states[i] = (enum state)(
			(bits >> 2 * i & 3) % (i == NUMBERS + TEXTS - 1 ? 4 : 3));
	for (size_t i = 0; i < NUMBERS; i++)
		row.numbers[i] = take_number(&input, i == 0 ? 8 : 2);
	for (size_t i = 0; i < TEXTS; i++)
		row.texts[i] = take_bytes(&input, take_number(&input, 1) % 8);
	text = take_line(&input);
	try_logic(text, &row);
	try_made_up(&input, &row);
	for (size_t i = 0; i < TEXTS; i++)
		free(row.texts[i]);
	return 0;
}
