#include "kernel/devshm.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "kernel/namespace.h"

/* Linux 5.12, include/uapi/linux/openat2.h. */
#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif

/* Return whether the mount ID of the process is a tmpfs (proc_pid_mountinfo(5)). */
static bool is_tmpfs(pid_t pid, uint64_t id)
{
	char CLEANUP_FREE *line = NULL;
	FILE CLEANUP_FILE *mounts = NULL;
	size_t capacity = 0;
	uint64_t number;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)pid);
	mounts = fopen(path, "re");
	while (mounts && getline(&line, &capacity, mounts) > 0) {
		const char *type = strstr(line, " - ");

		if (type && sscanf(line, "%" SCNu64, &number) == 1 && number == id)
			return strncmp(type, " - tmpfs ", strlen(" - tmpfs ")) == 0;
	}
	return false;
}

/* Return whether the process is in the mount namespace. */
static bool is_in(pid_t pid, uint64_t ns)
{
	uint64_t inode;
	pid_t task;

	return namespace_of(NAMESPACE_MOUNT, pid, &inode, &task) == 0 && inode == ns;
}

int devshm_open(pid_t pid, uint64_t ns, uint64_t *device)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_CACHED,
	};
	int CLEANUP_FD root = -1;
	struct statx stat;
	char path[64];
	int fd, r = -EMEDIUMTYPE;

	snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	root = open(path, O_PATH | O_CLOEXEC);
	if (root < 0)
		return -errno;
	fd = (int)syscall(SYS_openat2, root, "dev/shm", &how, sizeof(how));
	if (fd < 0)
		return -errno;
	if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID,
		    &stat) == 0 &&
		(stat.stx_mask & STATX_MNT_ID) && is_tmpfs(pid, stat.stx_mnt_id))
		r = 0;
	/* The process had the PID when its root was opened if it still has it. */
	if (!is_in(pid, ns))
		r = -ESRCH;
	if (r < 0) {
		close(fd);
		return r;
	}
	*device = makedev(stat.stx_dev_major, stat.stx_dev_minor);
	return fd;
}
