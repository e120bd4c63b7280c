/*
 * Text to users and groups, as chown(1) reads them: a name first, and a number
 * where no such name exists.
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

/* -ENOENT: neither a name nor a number that can be an ID; -ENOMEM; or what the
 * name service answered, such as -EIO. */
int parse_user(const char *text, uid_t *uid);
int parse_group(const char *text, gid_t *gid);

/* [USER][:[GROUP]]; "USER:" stands for the login group of USER.
 * -EINVAL: names neither; -ENOENT: no such user; -ESRCH: no such group;
 * -ENODATA: no login group, since USER is a number without a name; -ENOMEM and others as
 * above. */
int parse_owner(const char *text, struct owner *owner);

#endif
