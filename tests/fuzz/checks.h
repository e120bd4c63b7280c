/*
 * Check text before it reaches a terminal.
 */
#ifndef SHMTOOL_FUZZ_CHECKS_H
#define SHMTOOL_FUZZ_CHECKS_H

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

/* Is TEXT valid UTF-8 according to jansson, without control characters except ALLOWED? */
static inline bool is_clean(const char *text, const char *allowed)
{
	json_t *string = json_string(text);

	if (!string)
		return false;
	json_decref(string);
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text, next = (unsigned char)text[1];

		if ((byte < 0x20 && !strchr(allowed, byte)) || byte == 0x7f)
			return false;
		/* C1: U+0080 to U+009F */
		if (byte == 0xc2 && next < 0xa0)
			return false;
	}
	return true;
}

#endif
