#include "show/names.h"

#include <grp.h>
#include <pwd.h>
#include <search.h>
#include <stdint.h>
#include <stdio.h>

#include "alloc.h"
#include "show/text.h"

struct name {
	uint32_t id;
	char *text; /* NULL: no name */
};

static int compare_ids(const void *a, const void *b)
{
	const struct name *left = a, *right = b;

	return (left->id > right->id) - (left->id < right->id);
}

static const char *look_up_user(uint32_t id)
{
	const struct passwd *entry = getpwuid(id);

	return entry ? entry->pw_name : NULL;
}

static const char *look_up_group(uint32_t id)
{
	const struct group *entry = getgrgid(id);

	return entry ? entry->gr_name : NULL;
}

/* Return the name of ID from the tree KNOWN; a new one is looked up and added. */
static const char *cached_name(
	void **known, uint32_t id, const char *(*look_up)(uint32_t))
{
	struct name probe = { .id = id }, **slot, *name;
	const char *text;

	slot = tfind(&probe, known, compare_ids);
	if (slot)
		return (*slot)->text;
	text = look_up(id);
	name = xmalloc(sizeof(*name));
	*name = (struct name){ id, text && *text ? text_escape(text) : NULL };
	if (!tsearch(name, known, compare_ids))
		out_of_memory();
	/* NOLINTNEXTLINE(analyzer-malloc-leak): the tree has it */
	return name->text;
}

const char *user_name(uid_t uid)
{
	static void *known;

	return cached_name(&known, uid, look_up_user);
}

const char *group_name(gid_t gid)
{
	static void *known;

	return cached_name(&known, gid, look_up_group);
}

static const char *name_or_number(const char *name, uint32_t id, char buffer[NUMBER_MAX])
{
	if (name)
		return name;
	snprintf(buffer, NUMBER_MAX, "%u", id);
	return buffer;
}

const char *user_or_number(uid_t uid, char buffer[NUMBER_MAX])
{
	return name_or_number(user_name(uid), uid, buffer);
}

const char *group_or_number(gid_t gid, char buffer[NUMBER_MAX])
{
	return name_or_number(group_name(gid), gid, buffer);
}
