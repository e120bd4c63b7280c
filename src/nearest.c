#include "nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/param.h>

#define LENGTH_MAX 32

static bool same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Return how many letters must be added, removed, changed or swapped with their neighbour
 * to turn one name into the other, ignoring case; SIZE_MAX for names that are too
 * long. */
static size_t name_distance(const char *a, const char *b)
{
	/* https://en.wikipedia.org/wiki/Damerau%E2%80%93Levenshtein_distance, the optimal
	 * string alignment: cost[i][j] for the first i letters of A and j of B */
	size_t cost[LENGTH_MAX + 1][LENGTH_MAX + 1];
	size_t rows = strlen(a), columns = strlen(b);

	if (rows > LENGTH_MAX || columns > LENGTH_MAX)
		return SIZE_MAX;
	for (size_t i = 0; i <= rows; i++) {
		for (size_t j = 0; j <= columns; j++) {
			size_t best;

			if (i == 0 || j == 0) {
				cost[i][j] = i + j;
				continue;
			}
			best = cost[i - 1][j - 1] + !same_letter(a[i - 1], b[j - 1]);
			best = MIN(best, cost[i - 1][j] + 1);
			best = MIN(best, cost[i][j - 1] + 1);
			if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
				same_letter(a[i - 2], b[j - 1]))
				best = MIN(best, cost[i - 2][j - 2] + 1);
			cost[i][j] = best;
		}
	}
	return cost[rows][columns];
}

/* Names that other tools have, and what they are called here. */
static const struct {
	const char *theirs, *ours;
} synonyms[] = {
	{ "list", "ls" },
	{ "show", "info" },
	{ "stat", "info" },
	{ "delete", "rm" },
	{ "remove", "rm" },
	{ "owner", "user" },
};

static bool is_synonym(const char *theirs, const char *ours)
{
	for (size_t i = 0; i < sizeof(synonyms) / sizeof(*synonyms); i++) {
		if (strcasecmp(synonyms[i].theirs, theirs) == 0 &&
			strcmp(synonyms[i].ours, ours) == 0)
			return true;
	}
	return false;
}

void name_nearer(
	const char *name, const char *candidate, const char **best, size_t *distance)
{
	size_t farthest = MAX(strlen(candidate) / 3, 1);
	size_t d = name_distance(name, candidate);

	if (is_synonym(name, candidate))
		d = 0;
	/* An abbreviation is always near enough. */
	if (strlen(name) >= 2 && strncasecmp(name, candidate, strlen(name)) == 0)
		d = MIN(d, farthest);
	if (d > farthest || (*best && d >= *distance))
		return;
	*best = candidate;
	*distance = d;
}
