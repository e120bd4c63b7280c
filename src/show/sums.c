#include "show/sums.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "show/names.h"
#include "show/text.h"

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

/* Rows of the same place often follow each other: search from the end. */
static struct place_sums *find_place(
	const struct sums *sums, uint64_t ns, const char *container)
{
	for (size_t i = sums->count; i > 0; i--) {
		struct place_sums *place = &sums->places[i - 1];

		if (place->ns == ns && strcmp(place->container, container) == 0)
			return place;
	}
	return NULL;
}

struct place_sums *sums_place(struct sums *sums, uint64_t ns, const char *container)
{
	char CLEANUP_FREE *printable = text_escape(container ? container : "");
	struct place_sums *found = find_place(sums, ns, printable);

	if (!found && ns != 0 && sums->count >= PLACES_MAX) {
		ns = 0;
		*printable = '\0';
		found = find_place(sums, ns, printable);
	}
	if (found)
		return found;
	sums->places = xgrow(sums->places, sums->count, sizeof(*sums->places));
	found = &sums->places[sums->count++];
	*found = (struct place_sums){ .ns = ns, .container = xstrdup(printable) };
	return found;
}

/* Return the index of OWNER, or that at which to add it. */
static size_t search_owner(const struct place_sums *place, const char *owner)
{
	size_t low = 0, high = place->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strcmp(place->owners[middle].owner, owner) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_owner(const struct place_sums *place, size_t i, const char *owner)
{
	return i < place->count && strcmp(place->owners[i].owner, owner) == 0;
}

/* Return the sums of OWNER; add them if they are missing. */
static struct owner_sums *find_owner(
	struct sums *sums, struct place_sums *place, const char *owner)
{
	size_t i = search_owner(place, owner);
	struct owner_sums *found;

	if (!is_owner(place, i, owner) && sums->owners_left == 0) {
		owner = OTHER;
		i = search_owner(place, owner);
	}
	if (is_owner(place, i, owner))
		return &place->owners[i];
	place->owners = xgrow(place->owners, place->count, sizeof(*place->owners));
	found = &place->owners[i];
	memmove(found + 1, found, (place->count - i) * sizeof(*found));
	*found = (struct owner_sums){ .owner = xstrdup(owner) };
	place->count++;
	sums->owners_left -= sums->owners_left > 0;
	return found;
}

void sums_add(struct sums *sums, struct place_sums *place, const struct row *row)
{
	char number[NUMBER_MAX];
	const char *owner = user_or_number(row->segment.uid, number);
	struct sum *sum = &find_owner(sums, place, owner)->states[segment_state(row)];

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
	for (size_t i = 0; i < sums->count; i++) {
		struct place_sums *place = &sums->places[i];

		for (size_t j = 0; j < place->count; j++)
			free(place->owners[j].owner);
		free(place->owners);
		free(place->container);
	}
	free(sums->places);
	*sums = (struct sums){ 0 };
}
