/*
 * Users and groups: only names known to getpwnam(3) and numbers are accepted, and none is
 * mistaken for another.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>

#include "cleanup.h"
#include "condition.h"
#include "fuzz.h"
#include "parse/owner.h"

/* Parse a decimal ID. */
static bool is_number(const char *text, uint32_t *id)
{
	char *end;

	if (strspn(text, "0123456789") != strlen(text) || !*text)
		return false;
	errno = 0;
	*id = (uint32_t)strtoull(text, &end, 10);
	return errno == 0 && strtoull(text, &end, 10) < UINT32_MAX;
}

static bool reference_user(const char *text, uid_t *uid)
{
	const struct passwd *entry = getpwnam(text);

	if (!entry)
		return is_number(text, uid);
	*uid = entry->pw_uid;
	return true;
}

static bool reference_group(const char *text, gid_t *gid)
{
	const struct group *entry = getgrnam(text);

	if (!entry)
		return is_number(text, gid);
	*gid = entry->gr_gid;
	return true;
}

static void try_owner(const char *text)
{
	size_t length = strcspn(text, ":");
	char CLEANUP_FREE *user = strndup(text, length);
	const char *group = text[length] ? text + length + 1 : NULL;
	uid_t uid = 0;
	gid_t gid = 0;
	bool user_is = length > 0 && reference_user(user, &uid);
	bool group_is = group && *group && reference_group(group, &gid);
	struct owner owner;
	int r = parse_owner(text, &owner);

	if (length > 0 && !user_is) {
		HOLDS(r == -CONDITION_NO_USER);
	} else if (group && *group && !group_is) {
		HOLDS(r == -CONDITION_NO_GROUP);
	} else if (group && !*group && user_is) {
		const struct passwd *entry = getpwuid(uid);

		HOLDS(r == (entry ? 0 : -CONDITION_NO_LOGIN_GROUP));
		HOLDS(!entry || (owner.has_group && owner.gid == entry->pw_gid));
	} else {
		HOLDS(r == (user_is || group_is ? 0 : -EINVAL));
	}
	if (r < 0)
		return;
	HOLDS(owner.has_user == user_is && (!user_is || owner.uid == uid));
	HOLDS(!group_is || (owner.has_group && owner.gid == gid));
	HOLDS(group || !owner.has_group);
	/* The highest number tells the kernel to change nothing. */
	HOLDS(owner.uid != (uid_t)-1 && owner.gid != (gid_t)-1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	char CLEANUP_FREE *text = take_rest(&input);

	try_owner(text);
	return 0;
}
