#include "parse/owner.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parse/number.h"

/* An ID as a decimal number; the highest one means "no change" to the kernel. */
static int parse_numeric(const char *text, uint32_t *id)
{
	uint64_t value = 0;

	if (parse_digits(text, strlen(text), 10, &value) < 0 || value >= UINT32_MAX)
		return -ENOENT;
	*id = (uint32_t)value;
	return 0;
}

/* getpwnam(3) and getgrnam(3) say "no such name" in several ways. */
static int lookup_error(int error)
{
	switch (error) {
	case 0:
	case ENOENT:
	case ESRCH:
	case EBADF:
	case EPERM:
		return -ENOENT;
	default:
		return -error;
	}
}

int parse_user(const char *text, uid_t *uid)
{
	struct passwd *entry;
	int r;

	errno = 0;
	entry = getpwnam(text);
	if (entry) {
		*uid = entry->pw_uid;
		return 0;
	}
	r = lookup_error(errno);
	return r == -ENOENT ? parse_numeric(text, uid) : r;
}

int parse_group(const char *text, gid_t *gid)
{
	struct group *entry;
	int r;

	errno = 0;
	entry = getgrnam(text);
	if (entry) {
		*gid = entry->gr_gid;
		return 0;
	}
	r = lookup_error(errno);
	return r == -ENOENT ? parse_numeric(text, gid) : r;
}

static int login_group(uid_t uid, gid_t *gid)
{
	struct passwd *entry;
	int r;

	errno = 0;
	entry = getpwuid(uid);
	if (!entry) {
		r = lookup_error(errno);
		return r == -ENOENT ? -ENODATA : r;
	}
	*gid = entry->pw_gid;
	return 0;
}

int parse_owner(const char *text, struct owner *owner)
{
	const char *colon = strchrnul(text, ':');
	char *user;
	int r;

	*owner = (struct owner){ 0 };
	if (colon != text) {
		user = strndup(text, (size_t)(colon - text));
		if (!user)
			return -ENOMEM;
		r = parse_user(user, &owner->uid);
		free(user);
		if (r < 0)
			return r;
		owner->has_user = true;
	}
	if (colon[0] == ':' && colon[1] != '\0') {
		r = parse_group(colon + 1, &owner->gid);
		if (r < 0)
			return r == -ENOENT ? -ESRCH : r;
		owner->has_group = true;
	} else if (colon[0] == ':' && owner->has_user) {
		r = login_group(owner->uid, &owner->gid);
		if (r < 0)
			return r;
		owner->has_group = true;
	}
	return owner->has_user || owner->has_group ? 0 : -EINVAL;
}
