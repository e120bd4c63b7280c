#include "select/expression.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/param.h>

#include "alloc.h"
#include "digits.h"
#include "parse/duration.h"
#include "parse/size.h"

/* Limit on nested parentheses and negations. */
#define DEPTH_MAX 100

/* Digits of a number after its point. */
#define DECIMALS_MAX 18

#define SYNTAX_ERROR "syntax error; see shmtool-ls(1)"

enum kind {
	END,
	WRONG, /* not a token */
	OPEN,
	CLOSE,
	AND,
	OR,
	NOT,
	COMPARE,
	MATCH,
	/* Operands: literals and columns. */
	TRUTH,
	NUMBER,
	TEXT,
};

/* Ordered so that AND is the minimum, OR the maximum, and NOT is TRUE - value. */
enum truth { FALSE, UNKNOWN, TRUE };

/* How the left side of a comparison may relate to the right one. */
enum relation { LESS = 1, EQUAL = 2, GREATER = 4 };

/* A token. Operators have operands; together they form the tree. */
struct node {
	enum kind kind;
	const char *start; /* in the text that was given */
	size_t length;
	/* NUMBER, TRUTH: the value; COMPARE: the relations that make it true; MATCH: 1,
	 * or 0 for !~ */
	uint64_t number;
	uint64_t decimals; /* NUMBER: in units of 10^-DECIMALS_MAX */
	enum column_type unit; /* NUMBER: COLUMN_SIZE or _DURATION; _NUMBER: no unit */
	const char *text; /* TEXT: the value; of a column, its name */
	const struct column *column; /* NULL: a literal or an operator */
	struct node *operands; /* the first; the others follow as NEXT */
	struct node *next;
	regex_t *regex; /* MATCH */
};

struct expression {
	struct node *nodes, *root;
	size_t count;
	char *words; /* a copy of the text, with a NUL after each name and string */
};

struct parser {
	struct expression *expression;
	const struct column *columns;
	const char *text;
	struct node token; /* the next one */
	int depth;
	struct usage_error *usage_error; /* the first error; none while its WHY is NULL */
};

/* Of symbols with the same beginning, the longer one comes first. */
static const struct {
	const char *text;
	enum kind kind;
	unsigned int number;
} words[] = {
	{ "(", OPEN, 0 },
	{ ")", CLOSE, 0 },
	{ "&&", AND, 0 },
	{ "and", AND, 0 },
	{ "||", OR, 0 },
	{ "or", OR, 0 },
	{ "=~", MATCH, 1 },
	{ "!~", MATCH, 0 },
	{ "==", COMPARE, EQUAL },
	{ "eq", COMPARE, EQUAL },
	{ "!=", COMPARE, LESS | GREATER },
	{ "ne", COMPARE, LESS | GREATER },
	{ "<=", COMPARE, LESS | EQUAL },
	{ "le", COMPARE, LESS | EQUAL },
	{ "<", COMPARE, LESS },
	{ "lt", COMPARE, LESS },
	{ ">=", COMPARE, GREATER | EQUAL },
	{ "ge", COMPARE, GREATER | EQUAL },
	{ ">", COMPARE, GREATER },
	{ "gt", COMPARE, GREATER },
	{ "!", NOT, 0 },
	{ "not", NOT, 0 },
	{ "true", TRUTH, 1 },
	{ "false", TRUTH, 0 },
};

#define DIGITS  "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Set the usage error, unless there is one, to the text from START on. Return NULL. */
static struct node *fail(struct parser *parser, const char *start, const char *why)
{
	if (!parser->usage_error->why) {
		parser->usage_error->value = *start ? start : parser->text;
		parser->usage_error->why = *start ? why : "incomplete expression";
	}
	return NULL;
}

/* Return a copy of LENGTH bytes of the text at START, with a NUL after it. */
static const char *copy_word(struct parser *parser, const char *start, size_t length)
{
	char *word = parser->expression->words + (start - parser->text);

	word[length] = '\0';
	return word;
}

/* Read a number with a unit: a size such as 1.5G, in bytes, or a duration such as 1h30m,
 * in seconds. */
static int read_quantity(const char *text, struct node *token)
{
	uint64_t milliseconds;
	int r = parse_size(text, &token->number);

	token->unit = COLUMN_SIZE;
	/* A small m stands for minutes. */
	if (r != -EINVAL && !strchr(text, 'm'))
		return r;
	token->unit = COLUMN_DURATION;
	r = parse_duration(text, &milliseconds);
	if (r < 0)
		return r;
	token->number = milliseconds / 1000;
	token->decimals = milliseconds % 1000;
	for (int i = 3; i < DECIMALS_MAX; i++)
		token->decimals *= 10;
	return 0;
}

/* Scan a number such as 12 or 1.5, with or without a unit. */
static void scan_number(struct parser *parser, struct node *token)
{
	size_t digits = strspn(token->start, DIGITS);
	const char *end = token->start + digits;
	int r = digits_read(token->start, digits, 10, &token->number);

	token->kind = NUMBER;
	if (end[0] == '.' && isdigit((unsigned char)end[1])) {
		end++;
		for (int i = 0; i < DECIMALS_MAX; i++)
			token->decimals = token->decimals * 10 +
				(isdigit((unsigned char)*end) ? digit_value(*end++) : 0);
		if (isdigit((unsigned char)*end))
			r = -ERANGE;
		end += strspn(end, DIGITS);
	}
	token->length = strspn(token->start, DIGITS LETTERS ".");
	if (token->start + token->length != end) {
		token->decimals = 0;
		r = read_quantity(copy_word(parser, token->start, token->length), token);
	}
	if (r < 0)
		fail(parser, token->start,
			r == -ERANGE ? "number out of range"
				     : "not a number, a size such as 1.5G, or a "
				       "duration such as 1h30m");
}

static void scan_string(struct parser *parser, struct node *token)
{
	const char *end = strchr(token->start + 1, *token->start);

	if (!end)
		return;
	token->kind = TEXT;
	token->length = (size_t)(end + 1 - token->start);
	token->text = copy_word(parser, token->start + 1, token->length - 2);
}

/* Scan one of WORDS: a symbol at the start of TOKEN or, if TOKEN has a length, all of
 * it. */
static bool scan_fixed(struct node *token)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t length = strlen(words[i].text);

		if ((token->length > 0 && token->length != length) ||
			strncasecmp(token->start, words[i].text, length) != 0)
			continue;
		token->kind = words[i].kind;
		token->number = words[i].number;
		token->length = length;
		return true;
	}
	return false;
}

/* Scan one of WORDS or the name of a column. */
static void scan_name(struct parser *parser, struct node *token)
{
	token->length = strspn(token->start, LETTERS DIGITS "_.%:/-");
	if (scan_fixed(token) || parser->usage_error->why)
		return;
	token->text = copy_word(parser, token->start, token->length);
	token->column = column_find(parser->columns, token->text, parser->usage_error);
	if (token->column)
		token->kind = column_is_text(token->column) ? TEXT : NUMBER;
}

/* Scan the next token, at TEXT. */
static void scan(struct parser *parser, const char *text)
{
	struct node token = { .kind = WRONG, .start = text + strspn(text, " \t\n") };
	unsigned char first = (unsigned char)*token.start;

	if (first == '\0')
		token.kind = END;
	else if (isdigit(first))
		scan_number(parser, &token);
	else if (first == '"' || first == '\'')
		scan_string(parser, &token);
	else if (isalpha(first))
		scan_name(parser, &token);
	else
		scan_fixed(&token);
	if (token.kind == WRONG)
		fail(parser, token.start, SYNTAX_ERROR);
	parser->token = token;
}

/* Make the current token a node, and scan the next one. */
static struct node *add_node(struct parser *parser)
{
	struct expression *expression = parser->expression;
	struct node *node = &expression->nodes[expression->count++];

	*node = parser->token;
	scan(parser, node->start + node->length);
	return node;
}

/* The functions that parse return a node, or NULL after an error. */

static struct node *parse_operand(struct parser *parser)
{
	if (parser->token.kind >= TRUTH)
		return add_node(parser);
	return fail(parser, parser->token.start,
		"expected a column, a number or a \"string\"");
}

/* Compile the pattern of =~ or !~. */
static struct node *compile(struct parser *parser, struct node *match,
	const struct node *left, const struct node *right)
{
	int r;

	if (!left->column || left->kind != TEXT || right->column || right->kind != TEXT)
		return fail(parser, left->start,
			"=~ and !~ compare a column of text with a \"string\"");
	match->regex = xcalloc(1, sizeof(*match->regex));
	r = regcomp(match->regex, right->text, REG_EXTENDED | REG_NOSUB);
	if (r == REG_ESPACE)
		out_of_memory();
	if (r == 0)
		return match;
	free(match->regex);
	match->regex = NULL;
	return fail(parser, left->start, "invalid regular expression");
}

/* Return whether a column and the other side are a size and a duration: 100m are no
 * megabytes. */
static bool units_differ(const struct node *a, const struct node *b)
{
	enum column_type of_a = a->column ? a->column->type : a->unit;
	enum column_type of_b = b->column ? b->column->type : b->unit;

	return (a->column || b->column) &&
		((of_a == COLUMN_SIZE && of_b == COLUMN_DURATION) ||
			(of_a == COLUMN_DURATION && of_b == COLUMN_SIZE));
}

/* Parse one operand, or two operands with an operator between them. */
static struct node *parse_comparison(struct parser *parser)
{
	struct node *left = parse_operand(parser), *sign, *right;

	if (!left || (parser->token.kind != COMPARE && parser->token.kind != MATCH))
		return left;
	sign = add_node(parser);
	right = parse_operand(parser);
	if (!right)
		return NULL;
	sign->operands = left;
	left->next = right;
	if (sign->kind == MATCH)
		return compile(parser, sign, left, right);
	if (left->kind != right->kind || left->kind == TRUTH)
		return fail(parser, left->start,
			"both sides must be numbers, or both text; quote text, not numbers");
	if (units_differ(left, right))
		return fail(parser, left->start,
			"a size and a duration; 5M are bytes, 5m are minutes");
	return sign;
}

/* NOLINTBEGIN(misc-no-recursion): DEPTH_MAX bounds it */

static struct node *parse_joined(struct parser *parser, enum kind kind);

/* Parse a comparison, a negation or a parenthesis. */
static struct node *parse_term(struct parser *parser)
{
	bool negated = parser->token.kind == NOT;
	struct node *first, *inside;

	if (!negated && parser->token.kind != OPEN)
		return parse_comparison(parser);
	if (parser->depth == DEPTH_MAX)
		return fail(parser, parser->token.start, "nested too deeply");
	parser->depth++;
	first = add_node(parser);
	inside = negated ? parse_term(parser) : parse_joined(parser, OR);
	parser->depth--;
	if (!inside)
		return NULL;
	if (negated) {
		first->operands = inside;
		return first;
	}
	if (parser->token.kind != CLOSE)
		return fail(parser, parser->token.start, SYNTAX_ERROR);
	add_node(parser);
	return inside;
}

/* Parse operands of KIND, which is AND or OR: one, or several with KIND between them. */
static struct node *parse_joined(struct parser *parser, enum kind kind)
{
	struct node *joined = NULL, *first = NULL, **next = &first;

	for (;;) {
		*next = kind == OR ? parse_joined(parser, AND) : parse_term(parser);
		if (!*next)
			return NULL;
		if (parser->token.kind != kind)
			break;
		next = &(*next)->next;
		joined = add_node(parser);
	}
	if (!joined)
		return first;
	joined->operands = first;
	return joined;
}

int expression_parse(const char *text, const struct column *columns,
	struct expression **result, struct usage_error *usage_error)
{
	struct expression *expression = xcalloc(1, sizeof(*expression));
	struct parser parser = { expression, columns, text, .usage_error = usage_error };

	*result = expression;
	*usage_error = (struct usage_error){ .option = "--filter" };
	expression->words = xstrdup(text);
	expression->nodes = xcalloc(strlen(text), sizeof(*expression->nodes));
	scan(&parser, text);
	expression->root = parse_joined(&parser, OR);
	if (parser.token.kind != END)
		fail(&parser, parser.token.start, SYNTAX_ERROR);
	return usage_error->why ? -EINVAL : 0;
}

unsigned int expression_needs(const struct expression *expression)
{
	unsigned int needs = 0;

	for (size_t i = 0; i < expression->count; i++) {
		if (expression->nodes[i].column)
			needs |= expression->nodes[i].column->needs;
	}
	return needs;
}

/* Get the value of an operand. False: it is unknown. */
static bool get_value(const struct node *node, const void *row, struct value *value)
{
	if (node->column)
		return node->column->get(row, value) && !value->uncertain;
	value->number = node->number;
	value->text = node->text;
	return true;
}

static enum relation relate(const struct node *left, const struct value *a,
	const struct node *right, const struct value *b)
{
	int order;

	if (left->kind == TEXT)
		order = strcmp(a->text, b->text);
	else if (a->number != b->number)
		order = a->number < b->number ? -1 : 1;
	else
		order = (left->decimals > right->decimals) -
			(left->decimals < right->decimals);
	return order < 0 ? LESS : order > 0 ? GREATER : EQUAL;
}

static bool matches(const struct node *match, const char *text)
{
	int r = regexec(match->regex, text, 0, NULL, 0);

	if (r == REG_ESPACE)
		out_of_memory();
	return (r == 0) == (match->number == 1);
}

/* Evaluate a comparison, a match, or an operand alone, which is true unless it is 0 or
 * empty, for one variant of the values. Set *VARIANTS to their number. */
static enum truth evaluate_variant(const struct node *node, const void *row,
	unsigned int variant, unsigned int *variants)
{
	static const struct node nothing = { .kind = NUMBER, .text = "" };
	bool alone = !node->operands, result;
	const struct node *left = alone ? node : node->operands;
	const struct node *right = alone ? &nothing : left->next;
	struct value a = { .variant = variant }, b = { .variant = variant };
	enum truth truth = UNKNOWN;

	if (get_value(left, row, &a) && get_value(right, row, &b)) {
		result = node->kind == MATCH ? matches(node, a.text)
					     : relate(left, &a, right, &b) &
				(alone ? LESS | GREATER : node->number);
		truth = result ? TRUE : FALSE;
	}
	*variants = MAX(a.variants, b.variants);
	free(a.allocated);
	free(b.allocated);
	return truth;
}

/* Evaluate the same for all variants. */
static enum truth evaluate_comparison(const struct node *node, const void *row)
{
	unsigned int variants;
	enum truth truth = evaluate_variant(node, row, 0, &variants);

	for (unsigned int i = 1; i < variants; i++) {
		if (evaluate_variant(node, row, i, &variants) != truth)
			return UNKNOWN;
	}
	return truth;
}

static enum truth evaluate(const struct node *node, const void *row)
{
	/* The value that short-circuits. */
	enum truth decisive = node->kind == AND ? FALSE : TRUE, truth = TRUE - decisive;

	if (node->kind == NOT)
		return TRUE - evaluate(node->operands, row);
	if (node->kind != AND && node->kind != OR)
		return evaluate_comparison(node, row);
	for (node = node->operands; node && truth != decisive; node = node->next) {
		enum truth part = evaluate(node, row);

		truth = decisive == TRUE ? MAX(truth, part) : MIN(truth, part);
	}
	return truth;
}

/* NOLINTEND(misc-no-recursion) */

bool expression_match(const struct expression *expression, const void *row)
{
	return evaluate(expression->root, row) == TRUE;
}

void expression_free(struct expression *expression)
{
	if (!expression)
		return;
	for (size_t i = 0; i < expression->count; i++) {
		if (expression->nodes[i].regex)
			regfree(expression->nodes[i].regex);
		free(expression->nodes[i].regex);
	}
	free(expression->nodes);
	free(expression->words);
	free(expression);
}
