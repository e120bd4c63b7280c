#include "show/sums.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "show/names.h"

const char *const segment_state_names[STATES] = {
	[STATE_ATTACHED] = "attached",
	[STATE_DEST] = "dest",
	[STATE_ORPHAN] = "orphan",
	[STATE_UNATTACHED] = "unattached",
};

static enum segment_state segment_state(const struct row *row)
{
	if (row_is_posix(row))
		return STATE_OBJECT;
	if (row->segment.dest)
		return STATE_DEST;
	if (row->segment.nattch > 0)
		return STATE_ATTACHED;
	return row->orphan.state == ORPHAN_YES ? STATE_ORPHAN : STATE_UNATTACHED;
}

/* Return the sums of OWNER; add them if they are missing. */
static struct owner_sums *find_owner(struct sums *sums, const char *owner)
{
	size_t low = 0, high = sums->count;
	struct owner_sums *found;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strcmp(sums->owners[middle].owner, owner) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < sums->count && strcmp(sums->owners[low].owner, owner) == 0)
		return &sums->owners[low];
	sums->owners = xgrow(sums->owners, sums->count, sizeof(*sums->owners));
	found = &sums->owners[low];
	memmove(found + 1, found, (sums->count - low) * sizeof(*found));
	*found = (struct owner_sums){ .owner = xstrdup(owner) };
	sums->count++;
	return found;
}

void sums_add(struct sums *sums, const struct row *row)
{
	char number[NUMBER_MAX];
	const char *owner = user_or_number(row->segment.uid, number);
	struct sum *sum = &find_owner(sums, owner)->states[segment_state(row)];

	sum->segments++;
	sum->size += (double)row->segment.size;
	if (row->memory.known) {
		sum->rss += (double)row->memory.rss;
		sum->swap += (double)row->memory.swap;
	} else {
		sum->unknown++;
	}
}

void sums_free(struct sums *sums)
{
	for (size_t i = 0; i < sums->count; i++)
		free(sums->owners[i].owner);
	free(sums->owners);
	*sums = (struct sums){ 0 };
}
