/*
 * Look up users and groups in /etc/passwd and /etc/group only. A static program has these
 * functions instead of glibc's, which load shared libraries of the same version of glibc.
 */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"

/* Define FUNCTION, which returns the first entry of a file for which MATCHES holds. */
#define LOOKUP(type, function, parameter, path, next, matches)                           \
	struct type *function(parameter)                                                 \
	{                                                                                \
		FILE CLEANUP_FILE *file = xfopen(path);                                  \
		struct type *entry = NULL;                                               \
		while (file && (entry = next(file)) && !(matches))                       \
			;                                                                \
		return entry;                                                            \
	}

// clang-format off
LOOKUP(passwd, getpwnam, const char *name, "/etc/passwd", fgetpwent, strcmp(entry->pw_name, name) == 0)
LOOKUP(passwd, getpwuid, uid_t uid, "/etc/passwd", fgetpwent, entry->pw_uid == uid)
LOOKUP(group, getgrnam, const char *name, "/etc/group", fgetgrent, strcmp(entry->gr_name, name) == 0)
LOOKUP(group, getgrgid, gid_t gid, "/etc/group", fgetgrent, entry->gr_gid == gid)
// clang-format on
