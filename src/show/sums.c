#include "show/sums.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "show/names.h"

const char *const segment_state_names[STATES] = {
	[STATE_ATTACHED] = "attached",
	[STATE_DEST] = "dest",
	[STATE_ORPHAN] = "orphan",
	[STATE_UNATTACHED] = "unattached",
};

enum segment_state segment_state(const struct row *row)
{
	if (row->segment.dest)
		return STATE_DEST;
	if (row->segment.nattch > 0)
		return STATE_ATTACHED;
	return row->orphan == ORPHAN_YES ? STATE_ORPHAN : STATE_UNATTACHED;
}

static void add_segment(struct sum *sum, const struct row *row)
{
	sum->segments++;
	sum->size += row->segment.size;
	if (row->memory.known) {
		sum->rss += row->memory.rss;
		sum->swap += row->memory.swap;
	} else {
		sum->unknown++;
	}
}

static void add_sums(struct owner_sums *to, const struct owner_sums *from)
{
	for (size_t i = 0; i < STATES; i++) {
		to->states[i].segments += from->states[i].segments;
		to->states[i].unknown += from->states[i].unknown;
		to->states[i].size += from->states[i].size;
		to->states[i].rss += from->states[i].rss;
		to->states[i].swap += from->states[i].swap;
	}
}

static int compare_users(const void *a, const void *b)
{
	const struct row *left = a, *right = b;

	return (left->segment.uid > right->segment.uid) -
		(left->segment.uid < right->segment.uid);
}

static int compare_owners(const void *a, const void *b)
{
	const struct owner_sums *left = a, *right = b;

	return strcmp(left->owner, right->owner);
}

/* How many users own segments, of which those of each stand together. */
static size_t count_users(const struct row *rows, size_t nrows)
{
	size_t count = 0;

	for (size_t i = 0; i < nrows; i++)
		count += i == 0 || rows[i].segment.uid != rows[i - 1].segment.uid;
	return count;
}

static int add_user(struct sums *sums, uid_t uid)
{
	char number[NUMBER_MAX];
	char *owner = strdup(user_or_number(uid, number));

	if (!owner)
		return -ENOMEM;
	/* NOLINTNEXTLINE(analyzer-malloc-leak): it is in the array, and counted there */
	sums->owners[sums->count++].owner = owner;
	return 0;
}

/* Sums of each user. */
static int add_users(struct sums *sums, const struct row *rows, size_t count)
{
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		const struct row *row = &rows[i];

		if (i == 0 || row->segment.uid != rows[i - 1].segment.uid)
			r = add_user(sums, row->segment.uid);
		if (r == 0)
			add_segment(
				&sums->owners[sums->count - 1].states[segment_state(row)],
				row);
	}
	return r;
}

/* Makes one of those whose owners have the same name. */
static void merge_owners(struct sums *sums)
{
	size_t kept = 0;

	for (size_t i = 1; i < sums->count; i++) {
		struct owner_sums *owner = &sums->owners[i];

		if (strcmp(owner->owner, sums->owners[kept].owner) == 0) {
			add_sums(&sums->owners[kept], owner);
			free(owner->owner);
		} else {
			sums->owners[++kept] = *owner;
		}
	}
	if (sums->count > 0)
		sums->count = kept + 1;
}

int sums_make(struct sums *sums, struct row *rows, size_t count)
{
	int r;

	*sums = (struct sums){ 0 };
	if (count == 0)
		return 0;
	qsort(rows, count, sizeof(*rows), compare_users);
	sums->owners = calloc(count_users(rows, count), sizeof(*sums->owners));
	if (!sums->owners)
		return -ENOMEM;
	r = add_users(sums, rows, count);
	if (r < 0)
		return r;
	qsort(sums->owners, sums->count, sizeof(*sums->owners), compare_owners);
	merge_owners(sums);
	return 0;
}

void sums_free(struct sums *sums)
{
	for (size_t i = 0; i < sums->count; i++)
		free(sums->owners[i].owner);
	free(sums->owners);
	*sums = (struct sums){ 0 };
}
