#include "parse/owner.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "condition.h"
#include "digits.h"

/* Return the error of a failed lookup: -MISSING for the values of errno by which
 * getpwnam(3) may report a missing name, -errno otherwise. */
static int lookup_error(int missing)
{
	switch (errno) {
	case 0:
	case ENOENT:
	case ESRCH:
	case EBADF:
	case EPERM:
		return -missing;
	case ENOMEM:
		out_of_memory();
	default:
		return -errno;
	}
}

/* Parse an ID in decimal, after its lookup as a name failed, for whatever reason. */
static int parse_numeric(const char *text, int missing, uint32_t *id)
{
	int r = lookup_error(missing);
	uint64_t value = 0;

	/* To the kernel, the highest number means no change. */
	if (digits_read(text, strlen(text), 10, &value) < 0 || value >= UINT32_MAX)
		return r;
	*id = (uint32_t)value;
	return 0;
}

int parse_user(const char *text, uid_t *uid)
{
	const struct passwd *entry;

	errno = 0;
	entry = getpwnam(text);
	if (!entry)
		return parse_numeric(text, CONDITION_NO_USER, uid);
	*uid = entry->pw_uid;
	return 0;
}

int parse_group(const char *text, gid_t *gid)
{
	const struct group *entry;

	errno = 0;
	entry = getgrnam(text);
	if (!entry)
		return parse_numeric(text, CONDITION_NO_GROUP, gid);
	*gid = entry->gr_gid;
	return 0;
}

static int login_group(uid_t uid, gid_t *gid)
{
	const struct passwd *entry;

	errno = 0;
	entry = getpwuid(uid);
	if (!entry)
		return lookup_error(CONDITION_NO_LOGIN_GROUP);
	*gid = entry->pw_gid;
	return 0;
}

int parse_owner(const char *text, struct owner *owner)
{
	const char *colon = strchrnul(text, ':');
	char CLEANUP_FREE *user = xstrndup(text, (size_t)(colon - text));
	int r = 0;

	*owner = (struct owner){ .has_user = *user };
	if (owner->has_user)
		r = parse_user(user, &owner->uid);
	owner->has_group = *colon && (colon[1] || owner->has_user);
	if (r == 0 && owner->has_group)
		r = colon[1] ? parse_group(colon + 1, &owner->gid)
			     : login_group(owner->uid, &owner->gid);
	return owner->has_user || owner->has_group ? r : -EINVAL;
}
