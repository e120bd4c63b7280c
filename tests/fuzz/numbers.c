/*
 * Numbers, IDs, bytes, modes, keys and semaphores: beside strtoull(3) and printf(3).
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>

#include "cleanup.h"
#include "fuzz.h"
#include "parse/key.h"
#include "parse/mode.h"
#include "parse/number.h"

/* What strtoull(3) makes of TEXT if it is one number and nothing else. */
static int reference(const char *text, int base, uint64_t *value)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	*value = strtoull(text, &end, base);
	return *end ? -EINVAL : -errno;
}

/* The same, up to HIGHEST. */
static int bounded(const char *text, int base, uint64_t *value, uint64_t highest)
{
	int r = reference(text, base, value);

	return r == 0 && *value > highest ? -ERANGE : r;
}

static void try_number(const char *text)
{
	uint64_t value = 7, expected = 7;
	int r = parse_number(text, &value);

	HOLDS(r == reference(text, 0, &expected));
	HOLDS(r < 0 ? value == 7 : value == expected);
}

static void try_id(const char *text)
{
	uint64_t expected = 0;
	char printed[32];
	int id = -7, r = parse_id(text, &id);

	if (r == 0) {
		/* There is one way to write an ID. */
		snprintf(printed, sizeof(printed), "%d", id);
		HOLDS(id >= 0 && strcmp(printed, text) == 0);
		return;
	}
	HOLDS(id == -7);
	if (text[0] != '0' || text[1] == '\0')
		HOLDS(r == bounded(text, 10, &expected, INT_MAX));
	else
		HOLDS(r == -EINVAL);
}

static void try_byte(const char *text)
{
	size_t length = strlen(text);
	uint64_t expected = 0;
	unsigned char byte = 0;
	int r = parse_byte(text, &byte);

	if (length == 3 && text[0] == '\'' && text[2] == '\'') {
		HOLDS(r == 0 && byte == (unsigned char)text[1]);
	} else if (length == 1 && !isxdigit((unsigned char)*text)) {
		HOLDS(r == 0 && byte == (unsigned char)*text);
	} else if (length == 1 && !isdigit((unsigned char)*text)) {
		HOLDS(r == 0 && byte == (unsigned char)*text);
	} else {
		HOLDS(r == bounded(text, 0, &expected, UCHAR_MAX));
		HOLDS(r < 0 || byte == expected);
	}
}

static void try_mode(const char *text)
{
	uint64_t expected = 0;
	mode_t mode = 0;
	int r = parse_mode(text, &mode);

	HOLDS(r == bounded(text, 8, &expected, 0777));
	HOLDS(r < 0 || mode == expected);
}

static void try_key(const char *text)
{
	uint64_t expected = 0;
	int negative = *text == '-';
	key_t key = 7, again = 0;
	char printed[32];
	int r = parse_key(text, &key);

	HOLDS(r ==
		bounded(text + negative, 0, &expected,
			negative ? 1ULL << 31 : UINT32_MAX));
	HOLDS(r < 0 ? key == 7
		    : (uint32_t)key == (uint32_t)(negative ? -expected : expected));
	snprintf(printed, sizeof(printed), "0x%08x", (uint32_t)key);
	HOLDS(parse_key(printed, &again) == 0 && again == key);
	snprintf(printed, sizeof(printed), "%d", key);
	HOLDS(parse_key(printed, &again) == 0 && again == key);
}

static void try_semaphore(const char *text)
{
	size_t set = strspn(text, "0123456789");
	const char *rest = text + set + (text[set] == ':');
	size_t number = strspn(rest, "0123456789");
	unsigned short semaphore = 7, again = 7;
	char printed[32];
	int id = -7, same;
	bool form = set > 0 && rest[number] == '\0' &&
		(text[set] == ':' ? number > 0 : text[set] == '\0');
	int r = parse_semaphore(text, &id, &semaphore);

	HOLDS(form ? r == 0 || r == -ERANGE : r < 0);
	if (r < 0) {
		HOLDS(id == -7 && semaphore == 7);
		return;
	}
	HOLDS((uint64_t)id == strtoull(text, NULL, 10));
	HOLDS(semaphore == (text[set] ? strtoull(rest, NULL, 10) : 0));
	snprintf(printed, sizeof(printed), "%d:%hu", id, semaphore);
	HOLDS(parse_semaphore(printed, &same, &again) == 0 && same == id &&
		again == semaphore);
}

static void try_ftok(const char *text)
{
	struct ftok_spec spec = { 0 }, again = { 0 };
	char CLEANUP_FREE *path = NULL;
	char CLEANUP_FREE *path_again = NULL;
	char CLEANUP_FREE *printed = NULL;
	int r = parse_ftok(text, &spec);

	path = spec.path;
	HOLDS(r == 0 || (r == -EINVAL && !path));
	if (r < 0)
		return;
	HOLDS(*path && strncmp(path, text, strlen(path)) == 0);
	HOLDS(spec.proj >= 1 && spec.proj <= 255);
	if (asprintf(&printed, "%s:%d", path, spec.proj) < 0)
		abort();
	HOLDS(parse_ftok(printed, &again) == 0);
	path_again = again.path;
	HOLDS(strcmp(path_again, path) == 0 && again.proj == spec.proj);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	char CLEANUP_FREE *text = take_rest(&input);

	try_number(text);
	try_id(text);
	try_byte(text);
	try_mode(text);
	try_key(text);
	try_semaphore(text);
	try_ftok(text);
	return 0;
}
