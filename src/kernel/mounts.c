#include "kernel/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "kernel/namespace.h"

/* Linux 5.12, include/uapi/linux/openat2.h. */
#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif

/* The kernel gives up with EAGAIN not only if a name is not in its cache, but also while
 * anything on the host is being mounted or renamed. A hostile namespace may have a
 * hundred thousand mounts out of reach, so do not ask often. */
#define ATTEMPTS 10

/* Read no more bytes of the mounts of a process. 100,000 mounts are all that a namespace
 * has by default (fs.mount-max), but a user can make each line a megabyte long. */
#define TOTAL_MAX ((size_t)64 << 20)

/* Replace the octal escapes of a path. */
static void unescape(char *path)
{
	char *to = path;

	for (const char *from = path; *from; to++) {
		if (*from == '\\' && strspn(from + 1, "01234567") >= 3) {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 |
				(from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* Split a line at its blanks; other white space may be part of a path. MOUNT keeps
 * pointers to the parts. */
static bool parse_mount(char *line, struct mount *mount)
{
	enum { ID, PARENT, DEVICE, ROOT, PATH, FIELDS };
	char *type = strstr(line, " - "), *fields[FIELDS];

	for (size_t i = 0; i < FIELDS; i++) {
		fields[i] = strsep(&line, " ");
		if (!line)
			return false;
	}
	if (!type || sscanf(fields[DEVICE], "%u:%u", &mount->major, &mount->minor) != 2)
		return false;
	type += strlen(" - ");
	type[strcspn(type, " \n")] = '\0';
	unescape(fields[PATH]);
	mount->id = strtoull(fields[ID], NULL, 10);
	mount->root = fields[ROOT];
	mount->path = fields[PATH];
	mount->type = type;
	return true;
}

int mounts_read(
	pid_t pid, bool (*sink)(void *data, const struct mount *mount), void *data)
{
	char CLEANUP_FREE *line = NULL;
	FILE CLEANUP_FILE *file = NULL;
	size_t capacity = 0, total = 0;
	ssize_t length;
	bool more = true;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	file = fd < 0 ? NULL : xfdopen(fd);
	while (more && file && (length = xgetline(&line, &capacity, file)) > 0) {
		struct mount mount;

		total += (size_t)length;
		if (total > TOTAL_MAX)
			return -EFBIG;
		if (parse_mount(line, &mount))
			more = sink(data, &mount);
	}
	return file && !ferror(file) ? 0 : -errno;
}

int mount_stat(int fd, struct statx *stat)
{
	*stat = (struct statx){ 0 };
	if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
		    STATX_INO | STATX_MNT_ID, stat) < 0)
		return -errno;
	return (stat->stx_mask & STATX_MNT_ID) ? 0 : -EMEDIUMTYPE;
}

int mount_open(pid_t pid, uint64_t ns, const char *path, int flags, struct statx *stat)
{
	struct open_how how = {
		.flags = (uint64_t)flags | O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_CACHED,
	};
	int CLEANUP_FD root = -1;
	char link[64];
	uint64_t inode;
	pid_t task;
	int fd, r, attempts = 0;

	snprintf(link, sizeof(link), "/proc/%d/root", (int)pid);
	root = open(link, O_PATH | O_CLOEXEC);
	if (root < 0)
		return -errno;
	do
		fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	while (fd < 0 && errno == EAGAIN && ++attempts < ATTEMPTS);
	if (fd < 0)
		return -errno;
	r = mount_stat(fd, stat);
	/* The process had the PID when its root was opened if it still has it. */
	if (namespace_of(NAMESPACE_MOUNT, pid, &inode, &task) < 0 || inode != ns)
		r = -ESRCH;
	if (r < 0)
		close(fd);
	return r < 0 ? r : fd;
}
