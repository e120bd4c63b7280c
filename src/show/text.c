#include "show/text.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

/* RFC 3629: how many bytes a lead byte announces, and the smallest value they may hold.
 */
static size_t sequence(unsigned char lead, uint32_t *value, uint32_t *lowest)
{
	if (lead >= 0xc2 && lead <= 0xdf) {
		*value = lead & 0x1fu;
		*lowest = 0xa0; /* below are the C1 control characters */
		return 2;
	}
	if (lead >= 0xe0 && lead <= 0xef) {
		*value = lead & 0x0fu;
		*lowest = 0x800;
		return 3;
	}
	if (lead >= 0xf0 && lead <= 0xf4) {
		*value = lead & 0x07u;
		*lowest = 0x10000;
		return 4;
	}
	return 0;
}

size_t text_shown(const char *text, size_t length)
{
	const unsigned char *byte = (const unsigned char *)text;
	uint32_t value, lowest;
	size_t bytes;

	if (length == 0)
		return 0;
	if (byte[0] < 0x80)
		return byte[0] >= 0x20 && byte[0] != 0x7f;
	bytes = sequence(byte[0], &value, &lowest);
	if (bytes == 0 || bytes > length)
		return 0;
	for (size_t i = 1; i < bytes; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (byte[i] & 0x3fu);
	}
	if (value < lowest || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	return bytes;
}

/* Whether JSON has an escape of its own for the character that TEXT begins with, which
 * may not be shown: the control characters but DEL. Its length, or 0. */
static size_t json_escapable(const char *text, size_t length)
{
	const unsigned char *byte = (const unsigned char *)text;

	if (byte[0] < 0x20)
		return 1;
	return length > 1 && byte[0] == 0xc2 && byte[1] >= 0x80 && byte[1] < 0xa0 ? 2 : 0;
}

/* A copy with \xHH for what may not be shown, or, for JSON, only for what it has no
 * escape for. */
static char *escape(const char *text, bool json)
{
	size_t left = strlen(text);
	char *copy = malloc(left * 4 + 1), *to = copy;

	if (!copy)
		return NULL;
	while (left > 0) {
		size_t bytes = text_shown(text, left);

		if (bytes == 0 && json)
			bytes = json_escapable(text, left);

		if (bytes > 0) {
			memcpy(to, text, bytes);
			to += bytes;
		} else {
			to += sprintf(to, "\\x%02x", (unsigned char)*text);
			bytes = 1;
		}
		text += bytes;
		left -= bytes;
	}
	*to = '\0';
	return copy;
}

char *text_escape(const char *text)
{
	return escape(text, false);
}

/* Whether TEXT needs no escape in JSON. */
static bool is_plain(const char *text)
{
	for (; *text; text++) {
		if (*text < 0x20 || *text > 0x7e || *text == '"' || *text == '\\')
			return false;
	}
	return true;
}

/* The same between quotation marks. */
static char *quote(const char *text)
{
	size_t length = strlen(text);
	char *quoted = malloc(length + 3);

	if (!quoted)
		return NULL;
	quoted[0] = quoted[length + 1] = '"';
	memcpy(quoted + 1, text, length);
	quoted[length + 2] = '\0';
	return quoted;
}

char *text_of_json(const json_t *json)
{
	const size_t flags = JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY;
	size_t length = json ? json_dumpb(json, NULL, 0, flags) : 0;
	char *text = length > 0 ? malloc(length + 1) : NULL;

	if (text && json_dumpb(json, text, length, flags) == length) {
		text[length] = '\0';
		return text;
	}
	free(text);
	return NULL;
}

json_t *text_to_json(const char *text)
{
	char CLEANUP_FREE *valid = escape(text, true);

	return valid ? json_string(valid) : NULL;
}

char *text_json(const char *text)
{
	char *quoted;
	json_t *string;

	/* Nearly all are, and there are many. */
	if (is_plain(text))
		return quote(text);
	string = text_to_json(text);
	quoted = text_of_json(string);
	json_decref(string);
	return quoted;
}
