#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "compare.h"
#include "condition.h"
#include "kernel/mounts.h"
#include "kernel/namespace.h"
#include "kernel/process.h"
#include "kernel/process_files.h"

/* What is being read: a process through TASK, and the mounts that it sees. */
struct reading {
	struct namespace_list *list;
	struct namespace_list mounts; /* mount namespaces whose mounts were read */
	pid_t pid, task;
	uint64_t mount_ns;
};

static struct namespace *get(const struct namespace_list *list, uint64_t inode)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->namespaces[i].inode == inode)
			return &list->namespaces[i];
	}
	return NULL;
}

const struct namespace *namespaces_get(const struct namespace_list *list, uint64_t inode)
{
	return get(list, inode);
}

static struct namespace *add(struct namespace_list *list, uint64_t inode)
{
	struct namespace *namespace;

	list->namespaces =
		xgrow(list->namespaces, list->count, sizeof(*list->namespaces));
	namespace = &list->namespaces[list->count++];
	*namespace = (struct namespace){ .inode = inode };
	return namespace;
}

/* Processes come by ascending PID, so keep the first process of each namespace, unless it
 * is this process. */
static void add_process(struct namespace_list *list, uint64_t inode, pid_t pid)
{
	struct namespace *found = get(list, inode) ?: add(list, inode);

	if (found->pid == 0 && pid != getpid())
		found->pid = pid;
}

static void add_descriptor(void *data, int directory, const char *number)
{
	const struct reading *reading = data;
	char link[64], table[64], path[64];
	struct namespace *namespace;
	ssize_t length = readlinkat(directory, number, link, sizeof(link) - 1);
	uint64_t inode;

	if (length <= 0)
		return;
	link[length] = '\0';
	if (!namespace_parse(NAMESPACE_IPC, link, &inode) || get(reading->list, inode))
		return;
	/* The table of descriptors may be that of a thread. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", directory);
	length = readlink(path, table, sizeof(table) - 1);
	if (length <= 0)
		return;
	table[length] = '\0';
	namespace = add(reading->list, inode);
	namespace->path = xasprintf("%s/%s", table, number);
}

static bool add_mount(void *data, const struct mount *mount)
{
	const struct reading *reading = data;
	struct namespace *namespace;
	uint64_t inode;

	if (strcmp(mount->type, "nsfs") != 0 ||
		!namespace_parse(NAMESPACE_IPC, mount->root, &inode) ||
		get(reading->list, inode))
		return true;
	namespace = add(reading->list, inode);
	namespace->path = xstrdup(mount->path);
	namespace->mount_pid = reading->task;
	namespace->mount_ns = reading->mount_ns;
	return true;
}

/* Add the IPC namespace of a process, and those kept by mounts that it sees, unless
 * another process showed these. */
static unsigned int begin_process(void *data, pid_t task, uint64_t ns)
{
	struct reading *reading = data;
	pid_t same;

	reading->task = task;
	add_process(reading->list, ns, reading->pid);
	if (namespace_of(NAMESPACE_MOUNT, task, &reading->mount_ns, &same) == 0 &&
		!get(&reading->mounts, reading->mount_ns)) {
		int r = mounts_read(task, add_mount, reading);

		reading->list->unseen += r == -EFBIG;
		if (r == 0 || r == -EFBIG)
			add(&reading->mounts, reading->mount_ns);
	}
	return VISIT_DESCRIPTORS;
}

static int compare_inodes(const void *a, const void *b)
{
	const struct namespace *left = a, *right = b;

	return compare_numbers(left->inode, right->inode);
}

static int find_mount_namespaces(struct namespace_list *list)
{
	DIR CLEANUP_DIR *proc = xopendir("/proc");
	uint64_t inode;
	pid_t pid, task;

	while ((pid = process_next(proc)) > 0) {
		int r = namespace_of(NAMESPACE_MOUNT, pid, &inode, &task);

		if (r == 0)
			add_process(list, inode, pid);
		list->unseen += r == -EACCES || r == -EPERM;
	}
	return pid;
}

static int find_ipc_namespaces(struct namespace_list *list)
{
	static const struct file_visitor visitor = { .begin = begin_process,
		.descriptor = add_descriptor };
	DIR CLEANUP_DIR *proc = xopendir("/proc");
	struct reading reading = { .list = list };

	while ((reading.pid = process_next(proc)) > 0) {
		int r = process_files(reading.pid, &visitor, &reading);

		list->unseen += r == -EACCES || r == -EPERM;
	}
	namespaces_free(&reading.mounts);
	return reading.pid;
}

int namespaces_find(enum namespace_kind kind, struct namespace_list *list)
{
	int r;

	*list = (struct namespace_list){ 0 };
	add(list, namespace_own(kind));
	r = kind == NAMESPACE_IPC ? find_ipc_namespaces(list)
				  : find_mount_namespaces(list);
	qsort(list->namespaces, list->count, sizeof(*list->namespaces), compare_inodes);
	return r;
}

void namespaces_free(struct namespace_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->namespaces[i].path);
	free(list->namespaces);
	*list = (struct namespace_list){ 0 };
}

/* Open the file of an IPC namespace that a mount keeps; -CONDITION_MOUNT_HIDDEN if it
 * does not lead there now. */
static int open_mounted(const struct namespace *namespace, struct statx *stat)
{
	int fd = mount_open(
		namespace->mount_pid, namespace->mount_ns, namespace->path, 0, stat);

	return fd >= 0 || fd == -ESRCH || fd == -EACCES || fd == -EPERM
		? fd
		: -CONDITION_MOUNT_HIDDEN;
}

/* The same for a descriptor. */
static int open_descriptor(const struct namespace *namespace, struct statx *stat)
{
	int fd = open(namespace->path, O_PATH | O_CLOEXEC);
	int r = fd < 0 ? -errno : mount_stat(fd, stat);

	if (r < 0 && fd >= 0)
		close(fd);
	return r < 0 ? r : fd;
}

/* Open an IPC namespace by the path that keeps it. Any other file may have taken its
 * place, so find out what it is before it is really opened. */
static int open_kept(const struct namespace *namespace)
{
	bool mounted = namespace->mount_pid > 0;
	struct statx found = { 0 };
	int CLEANUP_FD fd = (mounted ? open_mounted : open_descriptor)(namespace, &found);
	struct stat own;
	char path[64];

	if (fd < 0)
		return fd;
	if (stat("/proc/self/ns/ipc", &own) < 0 || found.stx_ino != namespace->inode ||
		makedev(found.stx_dev_major, found.stx_dev_minor) != own.st_dev)
		return mounted ? -CONDITION_MOUNT_HIDDEN : -ESRCH;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return namespace_open_path(path);
}

static int open_listed(const struct namespace *namespace)
{
	struct stat st;
	int fd;

	if (namespace->pid > 0)
		fd = namespace_open_pid(namespace->pid);
	else if (namespace->path)
		fd = open_kept(namespace);
	else
		fd = namespace_open_path("/proc/self/ns/ipc");
	if (fd < 0)
		return fd == -ENOENT ? -ESRCH : fd;
	/* The PID may have been used again since. */
	if (fstat(fd, &st) == 0 && st.st_ino == namespace->inode)
		return fd;
	close(fd);
	return -ESRCH;
}

/* How often to search for another process that sees the mount of a namespace. A user may
 * have thousands of such mounts out of reach, and a search takes long. */
#define SEARCHES 8

int namespace_open(const struct namespace *namespace)
{
	static int searches;
	struct namespace_list list;
	const struct namespace *found;
	int fd = open_listed(namespace);

	if (fd != -ESRCH && fd != -CONDITION_MOUNT_HIDDEN)
		return fd;
	if (fd == -CONDITION_MOUNT_HIDDEN && ++searches > SEARCHES)
		return fd;
	/* Another process may be in the namespace, or see the mount. */
	namespaces_find(NAMESPACE_IPC, &list);
	found = namespaces_get(&list, namespace->inode);
	fd = found ? open_listed(found) : -ESRCH;
	namespaces_free(&list);
	return fd;
}
