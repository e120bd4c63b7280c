#include "show/human.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

const char *human_number(char text[HUMAN_MAX], uint64_t number)
{
	char *end = text + HUMAN_MAX, *digit = end;

	*--digit = '\0';
	do
		*--digit = (char)('0' + number % 10);
	while (number /= 10);
	return memmove(text, digit, (size_t)(end - digit));
}

const char *human_key(char text[HUMAN_MAX], key_t key)
{
	snprintf(text, HUMAN_MAX, "0x%08x", (unsigned int)key);
	return text;
}

const char *human_size(char text[HUMAN_MAX], uint64_t bytes)
{
	static const char units[] = "KMGTPE";
	uint64_t unit = 1, whole, rest, tenths;
	int power = 0;

	while (bytes / unit >= 1024) {
		unit *= 1024;
		power++;
	}
	whole = bytes / unit;
	rest = bytes % unit;
	if (power == 0)
		return human_number(text, bytes);
	tenths = (rest * 10 + unit / 2) / unit;
	if (whole < 10 && tenths > 0 && tenths < 10) {
		snprintf(text, HUMAN_MAX, "%" PRIu64 ".%" PRIu64 "%c", whole, tenths,
			units[power - 1]);
		return text;
	}
	whole += whole < 10 ? tenths / 10 : rest >= unit / 2;
	if (whole == 1024 && units[power] != '\0') {
		whole = 1;
		power++;
	}
	/* A size of 16E has more than 64 bits, and would not be accepted. */
	if (whole == 16 && units[power] == '\0')
		whole = 15;
	snprintf(text, HUMAN_MAX, "%" PRIu64 "%c", whole, units[power - 1]);
	return text;
}

const char *human_duration(char text[HUMAN_MAX], uint64_t seconds)
{
	if (seconds < 60)
		snprintf(text, HUMAN_MAX, "%" PRIu64 "s", seconds);
	else if (seconds < 3600)
		snprintf(text, HUMAN_MAX, "%" PRIu64 "m", seconds / 60);
	else if (seconds < 86400)
		snprintf(text, HUMAN_MAX, "%" PRIu64 "h", seconds / 3600);
	else
		snprintf(text, HUMAN_MAX, "%" PRIu64 "d", seconds / 86400);
	return text;
}

static bool same_day(const struct tm *a, const struct tm *b)
{
	return a->tm_year == b->tm_year && a->tm_yday == b->tm_yday;
}

const char *human_time(
	char text[HUMAN_MAX], int64_t second, enum time_format format, int64_t now)
{
	time_t when = (time_t)second, today = (time_t)now;
	struct tm tm, tm_now;
	size_t length;
	char zone[8];

	if (format == TIME_EPOCH || !localtime_r(&when, &tm)) {
		snprintf(text, HUMAN_MAX, "%" PRId64, second);
		return text;
	}
	if (format == TIME_SHORT && localtime_r(&today, &tm_now) &&
		same_day(&tm, &tm_now)) {
		strftime(text, HUMAN_MAX, "%H:%M", &tm);
		return text;
	}
	/* Not %F, to which musl adds a + in years above 9999. */
	length = (size_t)snprintf(text, HUMAN_MAX, "%lld-%02d-%02d", tm.tm_year + 1900LL,
		tm.tm_mon + 1, tm.tm_mday);
	if (format == TIME_SHORT)
		return text;
	length += strftime(text + length, HUMAN_MAX - length,
		format == TIME_ISO ? "T%H:%M:%S" : " %H:%M:%S", &tm);
	if (format == TIME_ISO) {
		/* From +hhmm to +hh:mm: ISO 8601 requires a colon here if the time has
		 * colons. */
		strftime(zone, sizeof(zone), "%z", &tm);
		snprintf(text + length, HUMAN_MAX - length, "%.3s:%s", zone, zone + 3);
	}
	return text;
}

const char *human_perms(char text[HUMAN_MAX], mode_t mode)
{
	static const char letters[] = "rwxrwxrwx";

	for (int i = 0; i < 9; i++)
		text[i] = (char)((mode & (0400u >> i)) ? letters[i] : '-');
	text[9] = '\0';
	return text;
}
