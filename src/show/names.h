/*
 * Names of users and groups. They are cached.
 */
#ifndef SHMTOOL_SHOW_NAMES_H
#define SHMTOOL_SHOW_NAMES_H

#include <sys/types.h>

/* Return the name, which is valid until the program ends; NULL: no name. */
const char *user_name(uid_t uid);
const char *group_name(gid_t gid);

/* Room for a number of 32 bits. */
#define NUMBER_MAX 12

/* Return the name or, without a name, the number, formatted in BUFFER. */
const char *user_or_number(uid_t uid, char buffer[NUMBER_MAX]);
const char *group_or_number(gid_t gid, char buffer[NUMBER_MAX]);

#endif
