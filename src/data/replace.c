#include "data/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "data/copy.h"

/* What is replaced, and by what. */
struct replacement {
	int folder; /* a descriptor */
	const char *name; /* in that folder, as all names here */
	bool exists;
	struct stat old; /* of what is there, where it exists */
	const char *bytes;
	size_t length;
	char temporary[48]; /* the name that the new file has until it gets the other */
};

#define NEW_MODE 0644

/* Other processes of that PID, in another PID namespace or ended before their time, may
 * have names there. */
#define NAMES_MAX 1000

static void name_temporary(struct replacement *replacement, unsigned int number)
{
	snprintf(replacement->temporary, sizeof(replacement->temporary),
		".shmtool-%d-%u.tmp", (int)getpid(), number);
}

/* Gives the new file the owner and the permissions of the old one. Who may not give files
 * away may still be in its group; that is no reason to fail. */
static int hand_on_owner(const struct stat *old, int fd)
{
	if (fchown(fd, old->st_uid, old->st_gid) < 0)
		(void)!fchown(fd, (uid_t)-1, old->st_gid);
	return fchmod(fd, old->st_mode & 0777) < 0 ? -errno : 0;
}

static int fill(const struct replacement *replacement, int fd)
{
	struct progress progress = { 0 };
	int r = replacement->exists ? hand_on_owner(&replacement->old, fd) : 0;

	if (r == 0)
		r = copy_bytes(replacement->bytes, replacement->length, fd, &progress);
	/* Some file systems have nothing to wait for. */
	if (r == 0 && fsync(fd) < 0 && errno != EINVAL)
		r = -errno;
	return r;
}

/* Makes the new file without a name, so that nothing of it stays whatever ends the
 * program before it is whole, and gives it one then. -EOPNOTSUPP: the file system has no
 * such files, or /proc, without which they get no name, is not there. */
static int put_nameless(struct replacement *replacement)
{
	int CLEANUP_FD fd = openat(
		replacement->folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, NEW_MODE);
	char path[32];
	int r;

	if (fd < 0)
		return -EOPNOTSUPP;
	r = fill(replacement, fd);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (unsigned int i = 0; i < NAMES_MAX; i++) {
		name_temporary(replacement, i);
		if (linkat(AT_FDCWD, path, replacement->folder, replacement->temporary,
			    AT_SYMLINK_FOLLOW) == 0)
			return 0;
		if (errno != EEXIST)
			break;
	}
	return -EOPNOTSUPP;
}

static int open_named(struct replacement *replacement)
{
	int fd = -1;

	for (unsigned int i = 0; i < NAMES_MAX && fd < 0; i++) {
		name_temporary(replacement, i);
		fd = openat(replacement->folder, replacement->temporary,
			O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, NEW_MODE);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	return fd < 0 ? -errno : fd;
}

static int put_named(struct replacement *replacement)
{
	int CLEANUP_FD fd = open_named(replacement);
	int r = fd < 0 ? fd : fill(replacement, fd);

	if (fd >= 0 && r < 0)
		unlinkat(replacement->folder, replacement->temporary, 0);
	return r;
}

/* Opens the folder of PATH, and finds the name in it. A descriptor, or -errno. */
static int open_folder(const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	char CLEANUP_FREE *folder = NULL;
	int fd;

	*name = slash ? slash + 1 : path;
	folder = slash ? strndup(path, (size_t)(*name - path)) : strdup(".");
	if (!folder)
		return -ENOMEM;
	fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int look_at_old(struct replacement *replacement)
{
	if (!*replacement->name)
		return -EISDIR; /* the folder itself was named */
	replacement->exists = fstatat(replacement->folder, replacement->name,
				      &replacement->old, AT_SYMLINK_NOFOLLOW) == 0;
	if (!replacement->exists)
		return errno == ENOENT ? 0 : -errno;
	return S_ISREG(replacement->old.st_mode) ? 0 : -EISDIR;
}

static int replace(struct replacement *replacement)
{
	int r = look_at_old(replacement);

	if (r == 0)
		r = put_nameless(replacement);
	if (r == -EOPNOTSUPP)
		r = put_named(replacement);
	if (r < 0)
		return r;
	if (renameat(replacement->folder, replacement->temporary, replacement->folder,
		    replacement->name) == 0)
		return 0;
	r = -errno;
	unlinkat(replacement->folder, replacement->temporary, 0);
	return r;
}

/* What signals did before they had to wait. */
struct signals {
	sigset_t mask;
	struct sigaction file_size;
};

static void hold_signals(struct signals *before)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t all;

	/* It says what write(2) says too, and would end the program. */
	sigaction(SIGXFSZ, &ignore, &before->file_size);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before->mask);
}

static void release_signals(const struct signals *before)
{
	/* One that waited is ignored only now. */
	sigprocmask(SIG_SETMASK, &before->mask, NULL);
	sigaction(SIGXFSZ, &before->file_size, NULL);
}

int replace_file(const char *path, const char *bytes, size_t length)
{
	struct replacement replacement = { .bytes = bytes, .length = length };
	int CLEANUP_FD folder = open_folder(path, &replacement.name);
	struct signals before;
	int r;

	if (folder < 0)
		return folder;
	replacement.folder = folder;
	hold_signals(&before);
	r = replace(&replacement);
	release_signals(&before);
	return r;
}
