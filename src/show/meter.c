#include "show/meter.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "show/human.h"
#include "show/terminal.h"

#define LINE_MAX 200

static int shown; /* columns of the current line */

static void format(char line[LINE_MAX], uint64_t done, uint64_t total, double rate)
{
	char text[HUMAN_MAX], of[HUMAN_MAX], speed[HUMAN_MAX], left[HUMAN_MAX];
	uint64_t seconds;

	human_size(text, done);
	human_size(speed, (uint64_t)rate);
	if (total == METER_UNKNOWN || total == 0 || done > total) {
		snprintf(line, LINE_MAX, "%s, %s/s", text, speed);
		return;
	}
	seconds = rate > 0 ? (uint64_t)((double)(total - done) / rate + 0.5) : 0;
	snprintf(line, LINE_MAX, "%s of %s, %d%%, %s/s, %s left", text,
		human_size(of, total), (int)((double)done * 100 / (double)total), speed,
		rate > 0 ? human_duration(left, seconds) : "?");
}

/* Show LINE in place of the previous one. */
static void show(const char *line)
{
	int before = shown;

	/* The last column stays free: a character there may move the cursor on. */
	shown = (int)strnlen(line, terminal_width(STDERR_FILENO) - 1);
	fprintf(stderr, "\r%.*s%*s\r", shown, line, before > shown ? before - shown : 0,
		"");
}

void meter_show(uint64_t done, uint64_t total, uint64_t milliseconds)
{
	char line[LINE_MAX];

	format(line, done, total,
		milliseconds > 0 ? (double)done * 1000 / (double)milliseconds : 0);
	show(line);
}

void meter_show_processes(size_t count)
{
	char line[LINE_MAX];

	snprintf(line, sizeof(line), "%zu processes examined", count);
	show(line);
}

void meter_clear(void)
{
	if (shown > 0)
		fprintf(stderr, "\r%*s\r", shown, "");
	shown = 0;
}
