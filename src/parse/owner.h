/*
 * Parse users and groups as chown(1) does: a name, or else a number.
 */
#ifndef SHMTOOL_PARSE_OWNER_H
#define SHMTOOL_PARSE_OWNER_H

#include <stdbool.h>
#include <sys/types.h>

struct owner {
	bool has_user, has_group;
	uid_t uid;
	gid_t gid;
};

/* Parse a user or a group. -CONDITION_NO_USER, -CONDITION_NO_GROUP: neither a name nor a
 * number that can be an ID; or the error of the name service, such as -EIO. */
int parse_user(const char *text, uid_t *uid);
int parse_group(const char *text, gid_t *gid);

/* Parse [USER][:[GROUP]]; "USER:" means the login group of USER. Errors as above;
 * -EINVAL: neither a user nor a group; -CONDITION_NO_LOGIN_GROUP: USER is a number
 * without a name. */
int parse_owner(const char *text, struct owner *owner);

#endif
