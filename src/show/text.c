#include "show/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"

/* Return the length that a lead byte of RFC 3629 announces, and set *VALUE to its bits
 * and *LOWEST to the smallest value allowed for that length. 0: not a lead byte. */
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

/* Return the length of the control character at TEXT if JSON can escape it; DEL it
 * cannot. Otherwise 0. */
static size_t json_escapable(const char *text, size_t length)
{
	const unsigned char *byte = (const unsigned char *)text;

	if (byte[0] < 0x20)
		return 1;
	return length > 1 && byte[0] == 0xc2 && byte[1] >= 0x80 && byte[1] < 0xa0 ? 2 : 0;
}

char *text_escape(const char *text)
{
	size_t left = strlen(text);
	char *copy = xmalloc(left * 4 + 1), *to = copy;

	while (left > 0) {
		size_t bytes = text_shown(text, left);

		if (bytes > 0) {
			to = mempcpy(to, text, bytes);
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

/* Does a JSON string hold this character without an escape? */
static bool is_plain(char character)
{
	return character >= 0x20 && character <= 0x7e && character != '"' &&
		character != '\\';
}

/* RFC 8259, section 7: a character beyond 16 bits is a pair of surrogates. */
static char *put_number(char *to, uint32_t character)
{
	if (character > 0xffff) {
		to += sprintf(to, "\\u%04X", 0xd800 + ((character - 0x10000) >> 10));
		character = 0xdc00 + (character & 0x3ff);
	}
	return to + sprintf(to, "\\u%04X", character);
}

/* Write the escape of the character at TEXT, which has BYTES bytes and is not plain. */
static char *put_escape(char *to, const char *text, size_t bytes)
{
	/* Pairs of a character and the letter of its escape. */
	static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	uint32_t value = (unsigned char)*text, lowest;

	for (const char *name = named; bytes == 1 && *name; name += 2) {
		if (*name == *text)
			return to + sprintf(to, "\\%c", name[1]);
	}
	if (bytes > 1)
		sequence((unsigned char)*text, &value, &lowest);
	for (size_t i = 1; i < bytes; i++)
		value = value << 6 | ((unsigned char)text[i] & 0x3fu);
	return put_number(to, value);
}

char *text_json(const char *text)
{
	size_t left = strlen(text);
	/* At most six characters for each byte, and the quotes. */
	char *json = xmalloc(left * 6 + 3), *to = json;

	*to++ = '"';
	for (size_t bytes; left > 0; text += bytes, left -= bytes) {
		bytes = 1;
		if (is_plain(*text)) {
			*to++ = *text;
			continue;
		}
		bytes = text_shown(text, left);
		if (bytes == 0)
			bytes = json_escapable(text, left);
		if (bytes > 0) {
			to = put_escape(to, text, bytes);
		} else {
			to += sprintf(to, "\\\\x%02x", (unsigned char)*text);
			bytes = 1;
		}
	}
	strcpy(to, "\"");
	return json;
}
