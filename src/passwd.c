/*
 * Look up users and groups in /etc/passwd and /etc/group only. A static program has these
 * functions instead of glibc's, which load shared libraries of the same version of glibc.
 */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"

struct passwd *getpwnam(const char *name)
{
	FILE CLEANUP_FILE *file = fopen("/etc/passwd", "re");
	struct passwd *entry = NULL;

	while (file && (entry = fgetpwent(file)) && strcmp(entry->pw_name, name) != 0)
		;
	return entry;
}

struct passwd *getpwuid(uid_t uid)
{
	FILE CLEANUP_FILE *file = fopen("/etc/passwd", "re");
	struct passwd *entry = NULL;

	while (file && (entry = fgetpwent(file)) && entry->pw_uid != uid)
		;
	return entry;
}

struct group *getgrnam(const char *name)
{
	FILE CLEANUP_FILE *file = fopen("/etc/group", "re");
	struct group *entry = NULL;

	while (file && (entry = fgetgrent(file)) && strcmp(entry->gr_name, name) != 0)
		;
	return entry;
}

struct group *getgrgid(gid_t gid)
{
	FILE CLEANUP_FILE *file = fopen("/etc/group", "re");
	struct group *entry = NULL;

	while (file && (entry = fgetgrent(file)) && entry->gr_gid != gid)
		;
	return entry;
}
