#include "kernel/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "kernel/process.h"

static const char *const names[] = {
	[NAMESPACE_IPC] = "ipc",
	[NAMESPACE_MOUNT] = "mnt",
};

/* Read the link of a task (0: of this process) such as "ipc:[4026531839]"
 * (namespaces(7)), which takes less time than to open or stat(2) the namespace. */
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
	return sscanf(link, "%*3s:[%" SCNu64 "]", inode) == 1 ? 0 : -EINVAL;
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
		return r;
	/* The process ended, or only its main thread, which has no namespaces then. */
	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	while (r == -ENOENT && (other = process_next(tasks)) > 0) {
		r = read_inode(kind, other, inode);
		if (r != -ENOENT)
			*task = other;
	}
	return r;
}

void namespaces_free(struct namespace_list *list)
{
	free(list->namespaces);
	*list = (struct namespace_list){ 0 };
}

static int compare_inode(const void *a, const void *b)
{
	const struct namespace *left = a, *right = b;

	return (left->inode > right->inode) - (left->inode < right->inode);
}

/* Processes come by ascending PID, so keep the first process of each namespace, unless it
 * is this process. */
static void add_namespace(
	struct namespace_list *list, enum namespace_kind kind, pid_t pid)
{
	struct namespace found = { .pid = pid == getpid() ? 0 : pid };
	pid_t task;
	int r = namespace_of(kind, pid, &found.inode, &task);

	if (r == -EACCES || r == -EPERM)
		list->unseen++;
	if (r < 0)
		return;
	for (size_t i = 0; i < list->count; i++) {
		struct namespace *other = &list->namespaces[i];

		if (other->inode != found.inode)
			continue;
		if (other->pid == 0)
			other->pid = found.pid;
		return;
	}
	list->namespaces = xgrow(list->namespaces, list->count, sizeof(found));
	list->namespaces[list->count++] = found;
}

int namespaces_find(enum namespace_kind kind, struct namespace_list *list)
{
	DIR CLEANUP_DIR *proc = opendir("/proc");
	pid_t pid;

	*list = (struct namespace_list){ 0 };
	while ((pid = process_next(proc)) > 0)
		add_namespace(list, kind, pid);
	if (list->count > 0)
		qsort(list->namespaces, list->count, sizeof(*list->namespaces),
			compare_inode);
	return pid;
}

pid_t namespace_process(enum namespace_kind kind, uint64_t inode)
{
	DIR CLEANUP_DIR *proc = opendir("/proc");
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

int namespace_open(const struct namespace *namespace)
{
	pid_t pid = namespace->pid;

	/* If that process ended, another may be in the namespace. */
	for (int attempt = 0; attempt < 2; attempt++) {
		int fd = namespace_open_pid(pid);
		struct stat st;

		if (fd < 0 && fd != -ENOENT)
			return fd;
		/* The PID may have been used again since. */
		if (fd >= 0 && fstat(fd, &st) == 0 && st.st_ino == namespace->inode)
			return fd;
		if (fd >= 0)
			close(fd);
		pid = namespace_process(NAMESPACE_IPC, namespace->inode);
	}
	return -ESRCH;
}

bool namespace_is_own(int fd)
{
	struct stat own, other;

	return stat("/proc/self/ns/ipc", &own) == 0 && fstat(fd, &other) == 0 &&
		own.st_ino == other.st_ino && own.st_dev == other.st_dev;
}

int namespace_enter(int fd)
{
	return setns(fd, CLONE_NEWIPC) < 0 ? -errno : 0;
}
