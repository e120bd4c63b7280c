#include "parse/key.h"

#include <errno.h>
#include <string.h>

#include "alloc.h"
#include "parse/number.h"

int parse_key(const char *text, key_t *key)
{
	bool negative = text[0] == '-';
	uint64_t value = 0;
	int r = parse_number(text + negative, &value);

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

	if (strlen(text) == 1 && (*text < '0' || *text > '9'))
		value = (unsigned char)*text;
	else if (parse_number(text, &value) < 0 || value < 1 || value > 255)
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
	*spec = (struct ftok_spec){ xstrndup(text, length), proj };
	return 0;
}
