#include "kernel/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "kernel/process.h"

static const char *const names[] = {
	[NAMESPACE_IPC] = "ipc",
	[NAMESPACE_MOUNT] = "mnt",
};

bool namespace_parse(enum namespace_kind kind, const char *name, uint64_t *inode)
{
	/* Faster than sscanf(3): this is done for each descriptor of each process. */
	if (strncmp(name, names[kind], 3) != 0 || strncmp(name + 3, ":[", 2) != 0)
		return false;
	*inode = strtoull(name + 5, NULL, 10);
	return true;
}

/* Read the link of a task (0: of this process), which takes less time than to open or
 * stat(2) the namespace. */
static int read_inode(enum namespace_kind kind, pid_t task, uint64_t *inode)
{
	char path[64], link[64];
	ssize_t length;

	if (task > 0)
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)task, names[kind]);
	else
		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[kind]);
	length = readlink(path, link, sizeof(link) - 1);
	if (length < 0)
		return -errno;
	link[length] = '\0';
	return namespace_parse(kind, link, inode) ? 0 : -EINVAL;
}

uint64_t namespace_own(enum namespace_kind kind)
{
	uint64_t inode = 0;

	return read_inode(kind, 0, &inode) < 0 ? 0 : inode;
}

int namespace_of(enum namespace_kind kind, pid_t pid, uint64_t *inode, pid_t *task)
{
	DIR CLEANUP_DIR *tasks = NULL;
	char path[64];
	pid_t other;
	int r = read_inode(kind, pid, inode);

	*task = pid;
	if (r != -ENOENT)
		return process_error(pid, r);
	/* The process ended, or only its main thread, which has no namespaces then. */
	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = xopendir(path);
	while (r == -ENOENT && (other = process_next(tasks)) > 0) {
		r = read_inode(kind, other, inode);
		if (r != -ENOENT)
			*task = other;
	}
	return process_error(pid, r);
}

pid_t namespace_process(enum namespace_kind kind, uint64_t inode)
{
	DIR CLEANUP_DIR *proc = xopendir("/proc");
	uint64_t other;
	pid_t pid, task;

	while ((pid = process_next(proc)) > 0) {
		if (pid != getpid() && namespace_of(kind, pid, &other, &task) == 0 &&
			/* NOLINTNEXTLINE(*UndefinedBinaryOperatorResult): set here */
			other == inode)
			return pid;
	}
	return 0;
}

int namespace_open_path(const char *path)
{
	/* If PATH is a FIFO, do not wait for its writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

int namespace_open_pid(pid_t pid)
{
	char path[64];
	uint64_t inode;
	pid_t task;

	namespace_of(NAMESPACE_IPC, pid, &inode, &task);
	snprintf(path, sizeof(path), "/proc/%d/ns/ipc", (int)task);
	return namespace_open_path(path);
}

int namespace_is_own(int fd)
{
	struct stat own, other;

	if (stat("/proc/self/ns/ipc", &own) < 0 || fstat(fd, &other) < 0)
		return -errno;
	return own.st_ino == other.st_ino && own.st_dev == other.st_dev;
}

int namespace_enter(int fd)
{
	return setns(fd, CLONE_NEWIPC) < 0 ? -errno : 0;
}
