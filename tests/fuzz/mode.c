/*
 * Changes of permissions, compared with another reading of the same grammar, bit by bit;
 * and several clauses together give the same as one after another.
 */
#include <errno.h>

#include "cleanup.h"
#include "condition.h"
#include "fuzz.h"
#include "parse/mode.h"

/* Is class NUMBER (0: u, 1: g, 2: o) among the LENGTH letters of WHO? */
static bool concerns(const char *who, size_t length, int number)
{
	return memchr(who, 'a', length) || memchr(who, "ugo"[number], length);
}

/* Return each class's three bits after one operator, all computed from the mode before.
 */
static mode_t reference_operator(
	const char *who, size_t length, const char *action, mode_t mask, mode_t mode)
{
	mode_t after = 0;

	for (int class = 0; class < 3; class ++) {
		int shift = 6 - 3 * class;
		mode_t old = mode >> shift & 7, bits = 0, allowed = 7;
		size_t letters = strspn(action + 1, "rwx");

		if (action[1] && strchr("ugo", action[1]))
			bits = mode >> (action[1] == 'u'                  ? 6
						       : action[1] == 'g' ? 3
									  : 0) &
				7;
		for (size_t i = 1; i <= letters; i++)
			bits |= action[i] == 'r' ? 4 : action[i] == 'w' ? 2 : 1;
		if (length == 0)
			allowed = ~mask >> shift & 7;
		if (length > 0 && !concerns(who, length, class))
			bits = old;
		else if (*action == '=')
			bits = bits & allowed;
		else if (*action == '+')
			bits = old | (bits & allowed);
		else
			bits = old & ~(bits & allowed);
		after |= bits << shift;
	}
	return after;
}

/* Return the mode after one clause, or -1 if it is malformed or has X, s or t. */
static int reference_clause(const char *text, size_t length, mode_t mask, mode_t mode)
{
	const char *end = text + length, *action;
	size_t who = strspn(text, "ugoa");

	who = who < length ? who : length;
	action = text + who;
	if (action == end)
		return -1;
	while (action < end) {
		if (!strchr("+-=", *action))
			return -1;
		mode = reference_operator(text, who, action, mask, mode);
		action++;
		if (action < end && strchr("ugo", *action))
			action++;
		else
			action += strspn(action, "rwx");
	}
	return (int)mode;
}

static int reference(const char *text, mode_t mask, mode_t mode)
{
	int changed = (int)mode;

	for (;; text++) {
		size_t length = strcspn(text, ",");

		changed = reference_clause(text, length, mask, (mode_t)changed);
		text += length;
		if (changed < 0 || !*text)
			return changed;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	mode_t mask = take_number(&input, 2) & 0777,
	       before = take_number(&input, 2) & 0777;
	char CLEANUP_FREE *text = take_rest(&input);
	mode_t mode = before, other = ~before & 0777, octal = 0;
	int r = parse_mode_change(text, mask, &mode), expected;

	HOLDS((mode & ~0777u) == 0);
	HOLDS(r == 0 || mode == before);
	/* Errors do not depend on the previous mode. */
	HOLDS(parse_mode_change(text, mask, &other) == r);
	if (*text >= '0' && *text <= '9') {
		HOLDS(r == parse_mode(text, &octal));
		HOLDS(r < 0 || mode == octal);
		return 0;
	}
	HOLDS(r == 0 || r == -EINVAL || r == -CONDITION_SPECIAL_MODE);
	expected = reference(text, mask, before);
	HOLDS(r < 0 ? expected < 0 : expected == (int)mode);
	HOLDS(!mode_looks_like_option(text) || *text == '-');
	return 0;
}
