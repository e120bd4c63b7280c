#include "show/text.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

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

/* ASCII: escape all other characters. */
static char *escape(const char *text, bool ascii)
{
	size_t left = strlen(text);
	char *copy = xmalloc(left * 4 + 1), *to = copy;

	while (left > 0) {
		size_t bytes = text_printable_length(text, left);

		if (bytes > 0 && (bytes == 1 || !ascii)) {
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

char *text_escape(const char *text)
{
	return escape(text, false);
}

char *text_for_message(const char *text)
{
	return escape(text, MB_CUR_MAX == 1);
}

/* Return whether a JSON string has the character unchanged. */
static bool is_plain(char character)
{
	return character >= 0x20 && character < 0x7f && character != '"' &&
		character != '\\';
}

/* Write the escape of a character in a JSON string. RFC 8259, section 7: beyond 16 bits,
 * it is a pair of surrogates. */
static char *put_escape(char *to, uint32_t character)
{
	/* Pairs of a character and the letter of its escape. */
	static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	for (const char *name = named; *name; name += 2) {
		if (character == (unsigned char)*name)
			return to + sprintf(to, "\\%c", name[1]);
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
		size_t bytes = is_plain(*text) ? 1 : decode(text, left, &character);

		if (is_plain(*text)) {
			*to++ = *text;
		} else if (bytes > 0 && character != 0x7f) {
			to = put_escape(to, character);
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

/* Read the character at TEXT in the encoding of the locale. Return its length, at least
 * 1. WEOF: not a character. */
static size_t read_character(const char *text, wint_t *character)
{
	mbstate_t state = { 0 };
	wchar_t wide = 0;
	size_t bytes = mbrtowc(&wide, text, MB_CUR_MAX, &state);

	if (bytes == (size_t)-1 || bytes == (size_t)-2) {
		*character = WEOF;
		return 1;
	}
	*character = (wint_t)wide;
	return bytes > 0 ? bytes : 1;
}

char *text_for_terminal(const char *text)
{
	char *copy = xmalloc(strlen(text) * 4 + 1), *to = copy;

	while (*text) {
		wint_t character;
		size_t bytes = read_character(text, &character);
		bool printable = character == WEOF ? isprint((unsigned char)*text)
						   : iswprint(character);

		if (strncmp(text, "\\x", 2) == 0)
			printable = false;
		for (; bytes > 0; bytes--, text++) {
			if (printable)
				*to++ = *text;
			else
				to += sprintf(to, "\\x%02x", (unsigned char)*text);
		}
	}
	*to = '\0';
	return copy;
}

/* Return the width of the character at TEXT, and its length. */
static size_t character_width(const char *text, size_t *bytes)
{
	wint_t character;
	int width;

	*bytes = read_character(text, &character);
	width = character == WEOF ? 1 : wcwidth((wchar_t)character);
	return width > 0 ? (size_t)width : 0;
}

size_t text_width(const char *text)
{
	size_t width = 0, bytes;

	for (; *text; text += bytes)
		width += character_width(text, &bytes);
	return width;
}

size_t text_fitting(const char *text, size_t width)
{
	size_t length = 0, bytes;

	while (text[length]) {
		size_t columns = character_width(text + length, &bytes);

		if (columns > width)
			break;
		width -= columns;
		length += bytes;
	}
	return length;
}

const char *text_ellipsis(void)
{
	static char mark[MB_LEN_MAX + 1];
	mbstate_t state = { 0 };

	if (!*mark && wcrtomb(mark, L'\u2026', &state) == (size_t)-1)
		strcpy(mark, "...");
	return mark;
}
