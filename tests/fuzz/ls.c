/*
 * ls --input as a whole: a saved table, --output LIST, --sort, --time-format, operands.
 * Its output is clean and has the same number of rows in each format; JSON is valid and
 * in order; raw lines have the right number of cells; the shell can evaluate the pairs.
 * Each message on standard error is a line of its own, and the exit status tells whether
 * there are messages.
 */
#include <jansson.h>
#include <locale.h>
#include <sys/mman.h>
#include <unistd.h>

#include "checks.h"
#include "cleanup.h"
#include "command.h"
#include "fuzz.h"

#define WORDS_MAX 24

/* The output, messages and status of a run. */
struct answer {
	char *output, *messages;
	enum exit_status status;
};

/* Options keep their values until the program ends. */
static void forget(const struct poptOption *table)
{
	for (const struct poptOption *option = table;
		option->longName || option->shortName || option->arg; option++) {
		switch (option->argInfo & POPT_ARG_MASK) {
		case POPT_ARG_INCLUDE_TABLE:
			forget(option->arg);
			break;
		case POPT_ARG_NONE:
			*(int *)option->arg = 0;
			break;
		default:
			free(*(char **)option->arg);
			*(char **)option->arg = NULL;
		}
	}
}

static struct answer run(const char **words, int count)
{
	const struct command *ls = command_find("ls");
	struct answer answer = { 0 };
	FILE *out = stdout, *err = stderr;
	size_t printed, said;

	setlocale(LC_ALL, "C.UTF-8");
	stdout = open_memstream(&answer.output, &printed);
	stderr = open_memstream(&answer.messages, &said);
	if (!stdout || !stderr)
		abort();
	answer.status = command_run(ls, count, words);
	fclose(stdout);
	fclose(stderr);
	stdout = out;
	stderr = err;
	forget(ls->options);
	HOLDS(strlen(answer.output) == printed && strlen(answer.messages) == said);
	HOLDS(is_clean(answer.output, "\n"));
	HOLDS(is_clean(answer.messages, "\n"));
	HOLDS((answer.status == STATUS_DONE) == (said == 0));
	HOLDS(answer.status != STATUS_USAGE || printed == 0);
	return answer;
}

static void answer_free(struct answer *answer)
{
	free(answer->output);
	free(answer->messages);
}

static size_t count_char(const char *text, char c)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == c;
	return count;
}

static void check_messages(const char *text)
{
	while (*text) {
		HOLDS(strncmp(text, "shmtool ls: ", 12) == 0);
		HOLDS(strchr(text, '\n'));
		text = strchr(text, '\n') + 1;
	}
}

/* Check that the numbers of column COLUMN do not decrease. Unknown values come first. */
static void check_order(const json_t *rows, const char *column)
{
	double last = 0;
	bool any = false;
	size_t i;
	json_t *row;

	json_array_foreach((json_t *)(uintptr_t)rows, i, row)
	{
		const json_t *value = json_object_get(row, column);

		if (json_is_real(value)) {
			HOLDS(!any || json_real_value(value) >= last);
			last = json_real_value(value);
			any = true;
		} else {
			HOLDS(!json_is_null(value) || !any);
		}
	}
}

/* Real numbers, since some exceed the integers of jansson. */
static size_t check_json(const char *text, const char *sort)
{
	json_t *root =
		json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, NULL);
	const json_t *rows = json_object_get(root, "segments");
	char column[16];
	size_t count, length;

	HOLDS(json_is_array(rows) && json_object_size(root) == 1);
	count = json_array_size(rows);
	for (size_t i = 1; i < count; i++)
		HOLDS(json_object_size(json_array_get(rows, i)) ==
			json_object_size(json_array_get(rows, 0)));
	length = strlen(sort);
	for (size_t i = 0; i <= length && length < sizeof(column); i++)
		column[i] = (char)(sort[i] >= 'A' && sort[i] <= 'Z' ? sort[i] - 'A' + 'a'
								    : sort[i]);
	if (length > 0 && length < sizeof(column))
		check_order(rows, column);
	json_decref(root);
	return count;
}

/* Check that each line is an object, all of the same size. */
static size_t check_json_lines(const char *text)
{
	size_t lines = 0, members = 0;

	for (; *text; lines++) {
		size_t length = strcspn(text, "\n");
		json_t *row = json_loadb(text, length,
			JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, NULL);

		HOLDS(json_is_object(row));
		HOLDS(lines == 0 || json_object_size(row) == members);
		members = json_object_size(row);
		json_decref(row);
		text += length + 1;
	}
	return lines;
}

/* Check that lines have the same number of cells, with one blank between them. */
static size_t check_raw(const char *text)
{
	size_t lines = 0, blanks = 0;

	while (*text) {
		size_t length = strcspn(text, "\n"), here = 0;

		HOLDS(length > 0 && text[0] != ' ' && text[length - 1] != ' ');
		for (size_t i = 0; i < length; i++) {
			here += text[i] == ' ';
			HOLDS(text[i] != ' ' || text[i + 1] != ' ');
		}
		HOLDS(lines == 0 || here == blanks);
		blanks = here;
		lines++;
		text += length + 1;
	}
	return lines;
}

/* Check NAME="VALUE" pairs: no value ends its quotes or makes the shell run anything. */
static size_t check_export(const char *text)
{
	size_t lines = 0;

	for (; *text; text++, lines++) {
		for (bool first = true; *text != '\n'; first = false) {
			if (!first)
				HOLDS(*text++ == ' ');
			HOLDS(*text >= 'A' && *text <= 'Z');
			text += strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
			HOLDS(text[0] == '=' && text[1] == '"');
			text += 2;
			while (*text != '"') {
				HOLDS(*text != '\n' && *text != '$' && *text != '`');
				text += *text == '\\' ? 4 : 1;
			}
			text++;
		}
	}
	return lines;
}

/* Put "NAME=" and the next line of INPUT into a word; skip empty lines. */
static void add_option(const char **words, int *count, const char *name, const char *line)
{
	char *word;

	if (!*line)
		return;
	if (asprintf(&word, "%s=%s", name, line) < 0)
		abort();
	words[(*count)++] = word;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const modes[] = { NULL, "--json", "--raw", "--export" };
	struct input input = { data, size };
	unsigned int bits = (unsigned int)take_number(&input, 1);
	bool json_lines = (bits & 3) == 1 && (bits & 64);
	const char *mode = json_lines ? "--json-lines" : modes[bits & 3];
	const char *words[WORDS_MAX] = { "ls" };
	char CLEANUP_FREE *list = take_line(&input);
	char CLEANUP_FREE *sort = take_line(&input);
	char CLEANUP_FREE *format = take_line(&input);
	char CLEANUP_FREE *operands = take_line(&input);
	int CLEANUP_FD fd = memfd_create("table", MFD_CLOEXEC);
	struct answer answer, ids;
	char *save, path[64];
	int count = 1, shared;
	size_t rows;

	HOLDS(fd >= 0 && write(fd, input.data, input.left) == (ssize_t)input.left);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	add_option(words, &count, "--input", path);
	if (bits & 4)
		words[count++] = strdup("--resolve-owner");
	if (bits & 8)
		words[count++] = strdup("--attached");
	for (char *word = strtok_r(operands, " ", &save); word && count < WORDS_MAX - 8;
		word = strtok_r(NULL, " ", &save)) {
		if (*word != '-')
			words[count++] = strdup(word);
	}
	shared = count;
	words[count++] = strdup("--quiet");
	ids = run(words, count);
	rows = count_char(ids.output, '\n');
	free((void *)(uintptr_t)words[count = shared]);
	if (mode)
		words[count++] = strdup(mode);
	words[count++] = strdup("--noheadings");
	if (bits & 16)
		words[count++] = strdup("--bytes");
	if (bits & 32)
		words[count++] = strdup("--output-all");
	else
		add_option(words, &count, "--output", list);
	add_option(words, &count, "--sort", sort);
	add_option(words, &count, "--time-format", format);
	answer = run(words, count);
	check_messages(answer.messages);
	if (answer.status != STATUS_USAGE) {
		HOLDS(answer.status == ids.status);
		if ((bits & 3) == 0)
			HOLDS(count_char(answer.output, '\n') == rows);
		else if (json_lines)
			HOLDS(check_json_lines(answer.output) == rows);
		else if ((bits & 3) == 1 && *answer.output)
			HOLDS(check_json(answer.output, sort) == rows);
		else if ((bits & 3) == 2)
			HOLDS(check_raw(answer.output) == rows);
		else
			HOLDS(check_export(answer.output) == rows);
	}
	answer_free(&answer);
	answer_free(&ids);
	for (int i = 1; i < count; i++)
		free((void *)(uintptr_t)words[i]);
	return 0;
}
