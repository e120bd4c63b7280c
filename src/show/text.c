#include "show/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"

/* Return the length that the first byte of a character announces in UTF-8 (RFC 3629); 0:
 * no character starts with it. */
static size_t announced_length(unsigned char byte)
{
	if (byte < 0x80)
		return 1;
	if (byte < 0xc2)
		return 0;
	return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf5 ? 4 : 0;
}

/* Read the character at TEXT, which has LENGTH bytes. Return its length; 0: not valid
 * UTF-8. */
static size_t decode(const char *text, size_t length, uint32_t *character)
{
	static const uint32_t lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *byte = (const unsigned char *)text;
	size_t bytes = length > 0 ? announced_length(byte[0]) : 0;
	uint32_t value;

	if (bytes == 0 || bytes > length)
		return 0;
	value = bytes == 1 ? byte[0] : byte[0] & (0x7fu >> bytes);
	for (size_t i = 1; i < bytes; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (byte[i] & 0x3fu);
	}
	if (value < lowest[bytes] || value > 0x10ffff ||
		(value >= 0xd800 && value <= 0xdfff))
		return 0;
	*character = value;
	return bytes;
}

size_t text_printable_length(const char *text, size_t length)
{
	uint32_t character;
	size_t bytes = decode(text, length, &character);

	if (bytes == 0 || character < 0x20 || (character >= 0x7f && character < 0xa0))
		return 0;
	return bytes;
}

char *text_escape(const char *text)
{
	size_t left = strlen(text);
	char *copy = xmalloc(left * 4 + 1), *to = copy;

	while (left > 0) {
		size_t bytes = text_printable_length(text, left);

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

/* Write a character of a JSON string at TO; return the end. Beyond 16 bits, it is a pair
 * of surrogates (RFC 8259, section 7). */
static char *put_character(char *to, uint32_t character)
{
	/* Pairs of a character and the letter of its escape. */
	static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	for (const char *name = named; *name; name += 2) {
		if (character == (unsigned char)*name)
			return to + sprintf(to, "\\%c", name[1]);
	}
	if (character >= 0x20 && character < 0x7f) {
		*to = (char)character;
		return to + 1;
	}
	if (character > 0xffff) {
		to += sprintf(to, "\\u%04X", 0xd800 + ((character - 0x10000) >> 10));
		character = 0xdc00 + (character & 0x3ff);
	}
	return to + sprintf(to, "\\u%04X", character);
}

char *text_json(const char *text)
{
	size_t left = strlen(text);
	/* At most six characters for each byte, and the quotes. */
	char *json = xmalloc(left * 6 + 3), *to = json;
	uint32_t character;

	*to++ = '"';
	while (left > 0) {
		size_t bytes = decode(text, left, &character);

		if (bytes > 0 && character != 0x7f) {
			to = put_character(to, character);
		} else {
			to += sprintf(to, "\\\\x%02x", (unsigned char)*text);
			bytes = 1;
		}
		text += bytes;
		left -= bytes;
	}
	strcpy(to, "\"");
	return json;
}
