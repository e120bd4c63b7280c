#include "data/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "condition.h"
#include "data/copy.h"

#define SUFFIX ".tmp"

/* The group and permissions of the new file. */
struct access {
	gid_t gid; /* -1: the default group */
	mode_t mode;
};

/* Check that the file PATH in DIRECTORY may be replaced, and set the access of the new
 * file. */
static int check_old(const char *path, const char *directory, struct access *access)
{
	struct stat old, parent;
	mode_t mask = umask(0);

	umask(mask);
	*access = (struct access){ .gid = (gid_t)-1, .mode = 0644 & ~mask };
	if (lstat(path, &old) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISREG(old.st_mode))
		return -CONDITION_NOT_REGULAR;
	*access = (struct access){ .gid = old.st_gid, .mode = old.st_mode & 0777 };
	if (old.st_uid == geteuid())
		return 0;
	if (stat(directory, &parent) < 0)
		return -errno;
	return (parent.st_mode & (S_ISVTX | S_IWOTH)) ? -CONDITION_FOREIGN_OWNER : 0;
}

static int fill(int fd, const struct access *access, const char *bytes, size_t length)
{
	struct progress progress = { 0 };
	int r;

	/* The caller may not be a member of the group. */
	if (access->gid != (gid_t)-1)
		(void)!fchown(fd, (uid_t)-1, access->gid);
	if (fchmod(fd, access->mode) < 0)
		return -errno;
	r = copy_bytes(bytes, length, fd, &progress);
	/* EINVAL: the file system has nothing to synchronize. */
	if (r == 0 && fsync(fd) < 0 && errno != EINVAL)
		r = -errno;
	return r;
}

/* Replace PATH: create TEMPORARY, a template for mkostemps(3), and rename it. */
static int replace(const char *path, char *temporary, const struct access *access,
	const char *bytes, size_t length)
{
	int CLEANUP_FD fd = mkostemps(temporary, strlen(SUFFIX), O_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = fill(fd, access, bytes, length);
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(temporary);
	return r;
}

int replace_file(const char *path, const char *bytes, size_t length)
{
	const char *slash = strrchr(path, '/');
	char CLEANUP_FREE *directory =
		slash ? xstrndup(path, (size_t)(slash + 1 - path)) : xstrdup("./");
	char CLEANUP_FREE *temporary = xasprintf("%s.shmtool-XXXXXX" SUFFIX, directory);
	struct access access;
	sigset_t all, before;
	int r = check_old(path, directory, &access);

	if (r < 0)
		return r;
	signal(SIGXFSZ, SIG_IGN); /* write(2) returns EFBIG then */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	r = replace(path, temporary, &access, bytes, length);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}
