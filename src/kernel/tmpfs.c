#include "kernel/tmpfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "compare.h"
#include "kernel/namespace.h"

/* Linux 5.12, include/uapi/linux/openat2.h. */
#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif

/* How deep directories may lie: each takes a descriptor while it is read. */
#define DEPTH_MAX 200

/* One line of mountinfo (proc_pid_mountinfo(5)). */
struct mount_line {
	uint64_t id;
	unsigned int major, minor;
	char *root, *path; /* with octal escapes; the caller frees them */
	bool tmpfs;
};

static bool parse_mount(const char *line, struct mount_line *mount)
{
	const char *type = strstr(line, " - ");

	*mount = (struct mount_line){ 0 };
	if (!type ||
		sscanf(line, "%" SCNu64 " %*d %u:%u %ms %ms", &mount->id, &mount->major,
			&mount->minor, &mount->root, &mount->path) != 5)
		return false;
	mount->tmpfs = strncmp(type, " - tmpfs ", strlen(" - tmpfs ")) == 0 ||
		strncmp(type, " - devtmpfs ", strlen(" - devtmpfs ")) == 0;
	return true;
}

/* Pass the mounts of a process to SINK, which returns false to stop. */
static int read_mounts(
	pid_t pid, bool (*sink)(void *data, struct mount_line *mount), void *data)
{
	char CLEANUP_FREE *line = NULL;
	FILE CLEANUP_FILE *mounts = NULL;
	size_t capacity = 0;
	bool more = true;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)pid);
	mounts = fopen(path, "re");
	while (more && mounts && getline(&line, &capacity, mounts) > 0) {
		struct mount_line mount;

		if (parse_mount(line, &mount))
			more = sink(data, &mount);
		free(mount.root);
		free(mount.path);
	}
	return mounts && !ferror(mounts) ? 0 : -errno;
}

/* Examine what is open at FD, and its mount. */
static bool stat_mount(int fd, struct statx *stat)
{
	return syscall(SYS_statx, fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
		       STATX_MNT_ID, stat) == 0 &&
		(stat->stx_mask & STATX_MNT_ID);
}

/* Open PATH below the root of a process of mount namespace NS, and examine it. */
static int open_path(pid_t pid, uint64_t ns, const char *path, struct statx *stat)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_CACHED,
	};
	int CLEANUP_FD root = -1;
	char link[64];
	uint64_t inode;
	pid_t task;
	int fd, r = -EMEDIUMTYPE;

	*stat = (struct statx){ 0 };
	snprintf(link, sizeof(link), "/proc/%d/root", (int)pid);
	root = open(link, O_PATH | O_CLOEXEC);
	if (root < 0)
		return -errno;
	fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	if (fd < 0)
		return -errno;
	if (stat_mount(fd, stat))
		r = fd;
	/* The process had the PID when its root was opened if it still has it. */
	if (namespace_of(NAMESPACE_MOUNT, pid, &inode, &task) < 0 || inode != ns)
		r = -ESRCH;
	if (r < 0)
		close(fd);
	return r;
}

struct sought_mount {
	uint64_t id;
	bool tmpfs;
};

static bool find_mount(void *data, struct mount_line *mount)
{
	struct sought_mount *sought = data;

	if (mount->id != sought->id)
		return true;
	sought->tmpfs = mount->tmpfs;
	return false;
}

int devshm_open(pid_t pid, uint64_t ns, uint64_t *device)
{
	struct sought_mount sought = { 0 };
	struct statx stat;
	int fd = open_path(pid, ns, "dev/shm", &stat);

	if (fd < 0)
		return fd;
	sought.id = stat.stx_mnt_id;
	read_mounts(pid, find_mount, &sought);
	if (!sought.tmpfs) {
		close(fd);
		return -EMEDIUMTYPE;
	}
	*device = makedev(stat.stx_dev_major, stat.stx_dev_minor);
	return fd;
}

/* Replace the octal escapes of a path in mountinfo. */
static char *unescape(const char *path)
{
	char *text = xstrdup(path), *to = text;

	for (const char *from = path; *from; to++) {
		unsigned int byte;

		if (sscanf(from, "\\%3o", &byte) == 1) {
			*to = (char)byte;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
	return text;
}

/* A list, and the namespace that is being read. */
struct reading {
	struct mount_list *list;
	struct tmpfs_mount blank;
};

static bool add_mount(void *data, struct mount_line *line)
{
	struct reading *reading = data;
	struct mount_list *list = reading->list;
	struct tmpfs_mount mount = reading->blank;

	if (!line->tmpfs) {
		list->others = xgrow(list->others, list->nothers, sizeof(*list->others));
		list->others[list->nothers++] = line->id;
		return true;
	}
	mount.device = makedev(line->major, line->minor);
	mount.id = line->id;
	mount.path = unescape(line->path);
	mount.whole = strcmp(line->root, "/") == 0;
	list->tmpfs = xgrow(list->tmpfs, list->count, sizeof(*list->tmpfs));
	list->tmpfs[list->count++] = mount;
	return true;
}

static int compare_mounts(const void *a, const void *b)
{
	const struct tmpfs_mount *left = a, *right = b;
	int order = compare_numbers(left->device, right->device);

	if (order == 0)
		order = right->own - left->own;
	if (order == 0)
		order = right->whole - left->whole;
	if (order == 0)
		order = compare_numbers(strlen(left->path), strlen(right->path));
	return order ? order : compare_numbers(left->id, right->id);
}

static int compare_ids(const void *a, const void *b)
{
	return compare_numbers(*(const uint64_t *)a, *(const uint64_t *)b);
}

int mounts_find(struct mount_list *list)
{
	const uint64_t own = namespace_own(NAMESPACE_MOUNT);
	struct namespace_list namespaces;
	int r = namespaces_find(NAMESPACE_MOUNT, &namespaces);

	*list = (struct mount_list){ 0 };
	for (size_t i = 0; i < namespaces.count && r == 0; i++) {
		const struct namespace *namespace = &namespaces.namespaces[i];
		struct reading reading = { list,
			{ .ns = namespace->inode,
				.pid = namespace->pid,
				.own = namespace->inode == own } };
		pid_t pid = reading.blank.own ? getpid() : namespace->pid;

		list->unread += read_mounts(pid, add_mount, &reading) < 0;
	}
	namespaces_free(&namespaces);
	if (list->count > 0)
		qsort(list->tmpfs, list->count, sizeof(*list->tmpfs), compare_mounts);
	if (list->nothers > 0)
		qsort(list->others, list->nothers, sizeof(*list->others), compare_ids);
	return r;
}

void mounts_free(struct mount_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->tmpfs[i].path);
	free(list->tmpfs);
	free(list->others);
	*list = (struct mount_list){ 0 };
}

int tmpfs_open(const struct tmpfs_mount *mount)
{
	const char *path = mount->path[1] ? mount->path + 1 : ".";
	struct statx stat;
	int fd = open_path(mount->own ? getpid() : mount->pid, mount->ns, path, &stat);

	/* The kernel resolves no name in sysfs from its cache alone. Only root mounts
	 * anything there. */
	if (fd == -EAGAIN && mount->own && strncmp(path, "sys/", 4) == 0)
		fd = open(mount->path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && (!stat_mount(fd, &stat) || stat.stx_mnt_id != mount->id)) {
		close(fd);
		return -EXDEV;
	}
	return fd;
}

int descriptor_mount(int directory, const char *descriptor, uint64_t *id)
{
	int CLEANUP_FD fd = -1;
	char path[64], text[256];
	const char *line;
	ssize_t length;

	/* proc_pid_fdinfo(5): the fourth line at the latest, and others may follow. */
	snprintf(path, sizeof(path), "../fdinfo/%s", descriptor);
	fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (length < 0)
		return -errno;
	text[length] = '\0';
	line = strstr(text, "mnt_id:");
	if (!line)
		return -EINVAL;
	*id = strtoull(line + strlen("mnt_id:"), NULL, 10);
	return 0;
}

/* Open NAME in a directory, if it is on the same mount. */
static int open_beneath(int directory, const char *name, uint64_t flags)
{
	struct open_how how = {
		.flags = flags | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	int fd = (int)syscall(SYS_openat2, directory, name, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

static DIR *open_directory(int parent, const char *name)
{
	int fd = open_beneath(parent, name, O_RDONLY | O_DIRECTORY | O_NOATIME);
	DIR *directory;

	if (fd == -EPERM)
		fd = open_beneath(parent, name, O_RDONLY | O_DIRECTORY);
	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	directory = fdopendir(fd);
	if (!directory)
		out_of_memory();
	return directory;
}

struct walk {
	uint64_t device;
	tmpfs_sink *sink;
	void *data;
	size_t *unread;
};

/* Pass a file to the sink, if it is on the file system. */
static void visit_file(
	const struct walk *walk, int directory, const char *name, const char *path)
{
	struct tmpfs_file file = { .path = path, .directory = directory, .name = name };

	if (syscall(SYS_statx, directory, name,
		    AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
		    STATX_BASIC_STATS, &file.stat) == 0 &&
		makedev(file.stat.stx_dev_major, file.stat.stx_dev_minor) == walk->device)
		walk->sink(walk->data, &file);
}

/* Visit the files of the directory NAME, whose path is PATH. */
/* NOLINTNEXTLINE(misc-no-recursion): DEPTH is limited */
static void visit_directory(const struct walk *walk, int parent, const char *name,
	const char *path, unsigned int depth)
{
	DIR CLEANUP_DIR *directory =
		depth < DEPTH_MAX ? open_directory(parent, name) : NULL;
	struct dirent *entry;

	if (!directory) {
		/* Another mount on the directory is none of this file system. */
		if (depth >= DEPTH_MAX || (errno != EXDEV && errno != ENOENT))
			++*walk->unread;
		return;
	}
	while ((entry = readdir(directory))) {
		char CLEANUP_FREE *child = NULL;
		unsigned char type = entry->d_type;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		child = xasprintf("%s/%s", path, entry->d_name);
		if (type == DT_DIR)
			visit_directory(
				walk, dirfd(directory), entry->d_name, child, depth + 1);
		else if (type == DT_REG || type == DT_LNK)
			visit_file(walk, dirfd(directory), entry->d_name, child);
	}
}

void tmpfs_walk(int fd, tmpfs_sink *sink, void *data, size_t *unread)
{
	struct walk walk = { 0, sink, data, unread };
	struct statx stat;

	if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO,
		    &stat) < 0) {
		++*unread;
		return;
	}
	walk.device = makedev(stat.stx_dev_major, stat.stx_dev_minor);
	visit_directory(&walk, fd, ".", "", 0);
}

int tmpfs_file_open(const struct tmpfs_file *file)
{
	return open_beneath(file->directory, file->name, O_PATH);
}
