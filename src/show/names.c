#include "show/names.h"

#include <grp.h>
#include <pwd.h>
#include <search.h>
#include <stdint.h>
#include <stdio.h>

#include "alloc.h"
#include "show/text.h"

enum kind { USER, GROUP };

struct name {
	enum kind kind;
	uint32_t id;
	char *text; /* NULL: no name */
};

static int compare_names(const void *a, const void *b)
{
	const struct name *left = a, *right = b;

	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	return (left->id > right->id) - (left->id < right->id);
}

static const char *look_up(enum kind kind, uint32_t id)
{
	const struct passwd *user = kind == USER ? getpwuid(id) : NULL;
	const struct group *group = kind == GROUP ? getgrgid(id) : NULL;

	return user ? user->pw_name : group ? group->gr_name : "";
}

static const char *find_name(enum kind kind, uint32_t id)
{
	static void *known; /* a tree */
	struct name probe = { .kind = kind, .id = id }, **slot, *name;
	const char *text;

	slot = tfind(&probe, &known, compare_names);
	if (slot)
		return (*slot)->text;
	text = look_up(kind, id);
	name = xmalloc(sizeof(*name));
	*name = (struct name){ kind, id, *text ? text_escape(text) : NULL };
	if (!tsearch(name, &known, compare_names))
		out_of_memory();
	/* NOLINTNEXTLINE(analyzer-malloc-leak): the tree has it */
	return name->text;
}

const char *user_name(uid_t uid)
{
	return find_name(USER, uid);
}

const char *group_name(gid_t gid)
{
	return find_name(GROUP, gid);
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
