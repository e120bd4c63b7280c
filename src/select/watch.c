#include "select/watch.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>

#include "cleanup.h"
#include "clock.h"
#include "kernel/process.h"

/* How long, in nanoseconds: less where there are many, of which each costs time of its
 * own, so that removing what a running program has left behind by thousands stays quick.
 */
#define WATCH_FEW  (50 * CLOCK_MILLISECOND)
#define WATCH_MANY (10 * CLOCK_MILLISECOND)
#define MANY       1000

/* Whether the process that had PID at the second SINCE may be about to use it. */
static bool may_run(pid_t pid, int64_t since)
{
	return process_state(pid, since) != PROCESS_GONE;
}

/* Whether anything happened to SEGMENT within this second or the last one. What seems to
 * happen later still, since the clock was set back, may have. */
static bool is_fresh(const struct segment *segment, int64_t now)
{
	int64_t newest = segment_last_use(segment);

	if (newest < segment->ctime)
		newest = segment->ctime;
	return newest >= now - 1;
}

static bool is_restless(const struct segment *segment, int64_t now)
{
	int64_t last_use = segment_last_use(segment);

	return segment->size > 0 && segment->nattch == 0 && is_fresh(segment, now) &&
		(may_run(segment->cpid, segment_existed(segment)) ||
			(last_use > 0 && may_run(segment->lpid, last_use)));
}

/* Looks at each once. A segment that is gone by now needs no more looks. */
static void look(struct segment **watched, size_t *count)
{
	size_t left = 0;

	for (size_t i = 0; i < *count; i++) {
		struct segment now;

		if (segment_stat(watched[i]->id, &now) < 0)
			continue;
		watched[i]->busy = segment_used_between(watched[i], &now);
		if (!watched[i]->busy)
			watched[left++] = watched[i];
	}
	*count = left;
}

int segments_watch(struct segment_table *table)
{
	struct segment CLEANUP_FREE **watched =
		calloc(table->count + 1, sizeof(struct segment *));
	int64_t now = time(NULL);
	uint64_t end;
	size_t count = 0;

	if (!watched)
		return -ENOMEM;
	for (size_t i = 0; i < table->count; i++) {
		if (is_restless(&table->segments[i], now))
			watched[count++] = &table->segments[i];
	}
	end = clock_now() + (count > MANY ? WATCH_MANY : WATCH_FEW);
	while (count > 0 && clock_now() < end) {
		look(watched, &count);
		sched_yield(); /* who is about to use one may wait for this processor */
	}
	return 0;
}
