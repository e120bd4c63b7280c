/*
 * Text from outside: printed text has no control characters and is valid UTF-8, and JSON
 * gives a program the same text. jansson checks both.
 */
#include <jansson.h>
#include <locale.h>

#include "checks.h"
#include "cleanup.h"
#include "fuzz.h"
#include "show/text.h"

static void try_escape(const char *text)
{
	char CLEANUP_FREE *shown = text_escape(text);
	char CLEANUP_FREE *again = NULL;

	HOLDS(shown && is_clean(shown, ""));
	/* Clean text stays the same, so a second pass changes nothing. */
	HOLDS(!is_clean(text, "") || strcmp(text, shown) == 0);
	HOLDS(is_clean(text, "") == (strcmp(text, shown) == 0));
	again = text_escape(shown);
	HOLDS(again && strcmp(shown, again) == 0);
}

static void try_json(const char *text)
{
	char CLEANUP_FREE *quoted = text_json(text);
	json_t *valid = json_string(text), *value;

	HOLDS(quoted && *quoted == '"');
	for (const char *p = quoted; *p; p++)
		HOLDS(*p >= 0x20 && *p < 0x7f);
	value = json_loads(quoted, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
	HOLDS(json_is_string(value));
	if (valid && !strchr(text, 0x7f)) {
		char CLEANUP_FREE *same =
			json_dumps(valid, JSON_ENSURE_ASCII | JSON_ENCODE_ANY);

		HOLDS(strcmp(json_string_value(value), text) == 0);
		HOLDS(same && strcmp(quoted, same) == 0);
	}
	json_decref(value);
	json_decref(valid);
}

/* Text for a terminal can be cut to any width, between two characters. */
static void try_terminal(const char *text)
{
	char CLEANUP_FREE *shown = text_for_terminal(text);
	size_t width = text_width(shown), last = 0;

	HOLDS(is_clean(shown, ""));
	for (size_t room = 0; room <= width; room += 1 + width / 16) {
		size_t bytes = text_fitting(shown, room);
		char CLEANUP_FREE *cut = strndup(shown, bytes);

		HOLDS(bytes >= last && bytes <= strlen(shown));
		HOLDS(cut && is_clean(cut, "") && text_width(cut) <= room);
		last = bytes;
	}
	HOLDS(text_fitting(shown, width) == strlen(shown));
}

/* Printed one character after another, the text is the same, up to a character that may
 * not be printed. */
static void try_shown(const char *text)
{
	size_t length = strlen(text), done = 0, bytes;

	while ((bytes = text_printable_length(text + done, length - done)) > 0) {
		char character[8] = "";

		HOLDS(bytes <= 4 && bytes <= length - done);
		memcpy(character, text + done, bytes);
		HOLDS(is_clean(character, ""));
		done += bytes;
	}
	HOLDS((done == length) == is_clean(text, ""));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	char CLEANUP_FREE *text = take_rest(&input);

	try_escape(text);
	try_json(text);
	try_shown(text);
	setlocale(LC_CTYPE, *text & 1 ? "C.UTF-8" : "C");
	try_terminal(text);
	return 0;
}
