#include "show/human.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

const char *human_number(char text[HUMAN_MAX], uint64_t number)
{
	char *digit = text + HUMAN_MAX - 1;

	*digit = '\0';
	do
		*--digit = (char)('0' + number % 10);
	while (number /= 10);
	return digit;
}

const char *human_key(char text[HUMAN_MAX], key_t key)
{
	static const char digits[] = "0123456789abcdef";

	strcpy(text, "0x00000000");
	for (size_t i = 0; i < 8; i++)
		text[9 - i] = digits[(uint32_t)key >> (4 * i) & 15];
	return text;
}

const char *human_size(char text[HUMAN_MAX], uint64_t bytes)
{
	static const char units[] = "KMGTPE";
	uint64_t unit = 1, whole, rest;
	int power = 0;

	while (bytes / unit >= 1024) {
		unit *= 1024;
		power++;
	}
	whole = bytes / unit;
	rest = bytes % unit;
	if (power == 0) {
		snprintf(text, HUMAN_MAX, "%" PRIu64, bytes);
		return text;
	}
	if (whole < 10) {
		uint64_t tenths = (rest * 10 + unit / 2) / unit;

		if (tenths > 0 && tenths < 10) {
			snprintf(text, HUMAN_MAX, "%" PRIu64 ".%" PRIu64 "%c", whole,
				tenths, units[power - 1]);
			return text;
		}
		whole += tenths / 10;
	} else if (rest >= unit / 2) {
		whole++;
	}
	if (whole == 1024 && units[power] != '\0') {
		whole = 1;
		power++;
	}
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

/* Like strftime(3) with %F, which in musl adds a + to years above 9999. Return the
 * length. */
static size_t set_date(char text[HUMAN_MAX], const struct tm *tm)
{
	return (size_t)snprintf(text, HUMAN_MAX, "%lld-%02d-%02d", tm->tm_year + 1900LL,
		tm->tm_mon + 1, tm->tm_mday);
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
	switch (format) {
	case TIME_FULL:
		length = set_date(text, &tm);
		strftime(text + length, HUMAN_MAX - length, " %H:%M:%S", &tm);
		break;
	case TIME_ISO:
		length = set_date(text, &tm);
		length += strftime(text + length, HUMAN_MAX - length, "T%H:%M:%S", &tm);
		/* From +hhmm to +hh:mm, which ISO 8601 has with a time with colons. */
		strftime(zone, sizeof(zone), "%z", &tm);
		snprintf(text + length, HUMAN_MAX - length, "%.3s:%s", zone, zone + 3);
		break;
	default:
		if (localtime_r(&today, &tm_now) && same_day(&tm, &tm_now))
			strftime(text, HUMAN_MAX, "%H:%M", &tm);
		else
			set_date(text, &tm);
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
