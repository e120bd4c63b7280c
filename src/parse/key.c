#include "parse/key.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parse/number.h"

int parse_key(const char *text, key_t *key)
{
	int negative = text[0] == '-';
	uint64_t value = 0;
	int r;

	r = parse_number(text + negative, &value);
	if (r < 0)
		return r;
	if (value > (negative ? (uint64_t)INT32_MAX + 1 : UINT32_MAX))
		return -ERANGE;
	*key = (key_t)(uint32_t)(negative ? -value : value);
	return 0;
}

static int parse_proj(const char *text, int *proj)
{
	uint64_t value = 0;
	int r;

	if (strlen(text) == 1 && (*text < '0' || *text > '9')) {
		*proj = (unsigned char)*text;
		return 0;
	}
	r = parse_number(text, &value);
	if (r < 0)
		return -EINVAL;
	if (value < 1 || value > 255)
		return -EINVAL;
	*proj = (int)value;
	return 0;
}

int parse_ftok(const char *text, struct ftok_spec *spec)
{
	const char *colon = strrchr(text, ':');
	size_t length = strlen(text);
	int proj = 1;

	if (colon && !strchr(colon, '/')) {
		if (parse_proj(colon + 1, &proj) < 0)
			return -EINVAL;
		length = (size_t)(colon - text);
	}
	if (length == 0)
		return -EINVAL;
	spec->path = strndup(text, length);
	if (!spec->path)
		return -ENOMEM;
	spec->proj = proj;
	return 0;
}
