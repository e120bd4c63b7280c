/*
 * Sizes and durations, compared with another way to compute them in 128 bits; and sizes,
 * durations and times as they are printed for people.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <strings.h>
#include <time.h>

#include "cleanup.h"
#include "fuzz.h"
#include "parse/duration.h"
#include "parse/size.h"
#include "show/human.h"

typedef unsigned __int128 wide;

static const wide too_large = (wide)UINT64_MAX + 1;

/* Return the number at the start of TEXT, at most too_large, and its end in *END. */
static wide number(const char *text, unsigned int base, const char **end)
{
	wide sum = 0;

	for (; isxdigit((unsigned char)*text); text++) {
		unsigned int digit = (unsigned int)(isdigit((unsigned char)*text)
				? *text - '0'
				: tolower(*text) - 'a' + 10);

		if (digit >= base)
			break;
		sum = sum * base + digit;
		sum = sum > too_large ? too_large : sum;
	}
	*end = text;
	return sum;
}

/* *CUT: there were too many decimals to use all. */
static int reference_size(const char *text, wide *bytes, bool *cut)
{
	bool hex = strncasecmp(text, "0x", 2) == 0, point = false;
	wide part = 0, ten = 1;
	const char *end;

	text += hex ? 2 : 0;
	*bytes = number(text, hex ? 16 : 10, &end);
	*cut = false;
	if (end == text)
		return -EINVAL;
	if (!hex && *end == '.' && isdigit((unsigned char)end[1])) {
		point = true;
		for (int i = 0; isdigit((unsigned char)*++end); i++) {
			*cut = *cut || i == 19;
			if (*cut)
				continue;
			part = part * 10 + (wide)(*end - '0');
			ten *= 10;
		}
	}
	if (*end == '\0' && point)
		return -EINVAL;
	if (*end == '\0')
		return *bytes == too_large ? -ERANGE : 0;
	for (int i = 0; !hex && i < 3 * 6; i++) {
		wide factor = i / 6 == 2 ? 1000 : 1024, product = *bytes;
		char unit[8];

		snprintf(unit, sizeof(unit),
			i < 6            ? "%c"
				: i < 12 ? "%ciB"
					 : "%cB",
			"KMGTPE"[i % 6]);
		if (strcasecmp(unit, end) != 0)
			continue;
		for (int power = 0; power <= i % 6; power++) {
			product = product * factor > too_large ? too_large
							       : product * factor;
			part *= factor;
		}
		product += part / ten;
		product = product > too_large ? too_large : product;
		*bytes = product;
		return product == too_large ? -ERANGE : 0;
	}
	return -EINVAL;
}

static void try_size(const char *text)
{
	uint64_t bytes = 7, again = 0;
	wide expected = 0;
	char printed[HUMAN_MAX];
	bool cut;
	int r = parse_size(text, &bytes);

	/* Of two errors, either may be reported. */
	HOLDS((r == 0) == (reference_size(text, &expected, &cut) == 0));
	HOLDS(r < 0 ? bytes == 7 : bytes == expected || (cut && bytes - expected == 1));
	snprintf(printed, sizeof(printed), "%" PRIu64, bytes);
	HOLDS(parse_size(printed, &again) == 0 && again == bytes);
}

/* Add one number with its unit to *SUM, in milliseconds. Return 0 or -EINVAL. */
static int reference_span(const char **text, bool first, wide *sum)
{
	static const struct {
		const char *name;
		uint64_t milliseconds;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
		{ "d", 86400000 }, { "w", 604800000 } };
	const char *end, *decimals;
	size_t digits = 0;
	wide whole = number(*text, 10, &end), part = 0, ten = 1;

	if (end == *text)
		return -EINVAL;
	if (*end == '.') {
		decimals = end + 1;
		digits = strspn(decimals, "0123456789");
		if (digits == 0)
			return -EINVAL;
		end = decimals + digits;
		while (digits > 0 && decimals[digits - 1] == '0')
			digits--;
		/* No unit is a multiple of 10 to the 25th. */
		if (digits > 25)
			return -EINVAL;
		for (size_t i = 0; i < digits; i++) {
			part = part * 10 + (wide)(decimals[i] - '0');
			ten *= 10;
		}
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		size_t length = strlen(units[i].name);
		bool bare = first && *end == '\0' && i == 1;

		if (!bare &&
			(strncmp(end, units[i].name, length) != 0 ||
				(end[length] != '\0' &&
					!isdigit((unsigned char)end[length]))))
			continue;
		if (part * units[i].milliseconds % ten != 0)
			return -EINVAL;
		*sum += whole * units[i].milliseconds +
			part * units[i].milliseconds / ten;
		*sum = *sum > too_large ? too_large : *sum;
		*text = bare ? end : end + length;
		return 0;
	}
	return -EINVAL;
}

static void try_duration(const char *text)
{
	uint64_t milliseconds = 7, again = 0;
	const char *rest = text;
	char printed[HUMAN_MAX];
	wide expected = 0;
	int r = parse_duration(text, &milliseconds), reference;

	do {
		reference = reference_span(&rest, rest == text, &expected);
	} while (reference == 0 && *rest);
	HOLDS((r == 0) == (reference == 0 && expected < too_large));
	HOLDS(r < 0 ? milliseconds == 7 : milliseconds == expected);
	snprintf(printed, sizeof(printed), "%" PRIu64 "ms", milliseconds);
	HOLDS(parse_duration(printed, &again) == 0 && again == milliseconds);
}

/* Text for people is exact to half of its last digit. */
static void try_human_size(uint64_t bytes)
{
	char text[HUMAN_MAX], *end;
	uint64_t again;
	long double shown, unit = 1, error;

	human_size(text, bytes);
	HOLDS(strlen(text) <= 5);
	/* Each printed size is accepted. */
	HOLDS(parse_size(text, &again) == 0);
	shown = strtold(text, &end);
	HOLDS(end != text);
	if (*end)
		unit = (long double)((uint64_t)1
			<< 10 * (strchr("KMGTPE", *end) - "KMGTPE" + 1));
	HOLDS(*end == '\0' || end[1] == '\0');
	error = shown * unit - (long double)bytes;
	/* The highest is rounded down. */
	if (strcmp(text, "15E") == 0)
		error /= 2;
	HOLDS((error < 0 ? -error : error) <= unit *
			(strchr(text, '.') || bytes / (uint64_t)unit < 10 ? 0.0500001L
									  : 0.5L));
}

static void try_human_duration(uint64_t seconds)
{
	char text[HUMAN_MAX];
	uint64_t milliseconds = 0;

	human_duration(text, seconds);
	if (seconds > UINT64_MAX / 1000)
		return;
	HOLDS(parse_duration(text, &milliseconds) == 0);
	HOLDS(milliseconds / 1000 <= seconds);
	HOLDS(seconds - milliseconds / 1000 < 86400);
}

/* ISO 8601 and the full form give the same time in any year. */
static void try_time(int64_t second)
{
	char text[HUMAN_MAX], behind = 'x';
	struct tm tm = { 0 };
	long long year;

	human_time(text, second, TIME_EPOCH, 0);
	HOLDS(strtoll(text, NULL, 10) == second);
	human_time(text, second, TIME_ISO, 0);
	HOLDS(strlen(text) < HUMAN_MAX - 1);
	if (strspn(text, "-0123456789") == strlen(text)) {
		HOLDS(strtoll(text, NULL, 10) == second); /* too far away for a date */
		return;
	}
	HOLDS(sscanf(text, "%lld-%2d-%2dT%2d:%2d:%2d+00:00%c", &year, &tm.tm_mon,
		      &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &behind) == 6);
	HOLDS(text[strlen(text) - 6] == '+');
	tm.tm_year = (int)(year - 1900);
	tm.tm_mon--;
	HOLDS(timegm(&tm) == second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	char CLEANUP_FREE *text = NULL;
	uint64_t number;

	setenv("TZ", "UTC0", 1);
	try_human_size(number = take_number(&input, 8));
	try_human_duration(number);
	try_time((int64_t)number);
	try_time((int64_t)(number & 0xffffffffff));
	text = take_rest(&input);
	try_size(text);
	try_duration(text);
	return 0;
}
