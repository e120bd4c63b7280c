#include "kernel/tmpfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "compare.h"
#include "condition.h"
#include "kernel/mounts.h"
#include "kernel/namespace.h"
#include "kernel/visited.h"

/* How deep directories may lie: each takes a descriptor while it is read. */
#define DEPTH_MAX 200

struct sought_mount {
	uint64_t id;
	bool tmpfs;
};

static bool is_tmpfs(const struct mount *mount)
{
	return strcmp(mount->type, "tmpfs") == 0 || strcmp(mount->type, "devtmpfs") == 0;
}

static bool find_mount(void *data, const struct mount *mount)
{
	struct sought_mount *sought = data;

	if (mount->id != sought->id)
		return true;
	sought->tmpfs = is_tmpfs(mount);
	return false;
}

/* Return the user that is root in the user namespace of a process; -1: unknown. */
static uid_t root_of(pid_t pid)
{
	FILE CLEANUP_FILE *map = NULL;
	unsigned int inside, outside;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)pid);
	map = xfopen(path);
	return map && fscanf(map, "%u %u", &inside, &outside) == 2 && inside == 0
		? outside
		: (uid_t)-1;
}

/* Return whether DIRECTORY may be the /dev/shm of mount namespace NS, which PID is in. In
 * a user namespace of their own, users may mount any directory there that they see, such
 * as /run of the host. Then it must belong to the user who made this user namespace, or
 * to the user who is root in it; or it is the /dev/shm of this process. */
static bool may_be_devshm(pid_t pid, uint64_t ns, const struct statx *directory)
{
	int CLEANUP_FD mount = -1, CLEANUP_FD user = -1;
	uid_t uid = directory->stx_uid, owner, root = root_of(pid);
	struct stat st, own;
	char path[64];

	if (stat("/dev/shm", &own) == 0 && own.st_ino == directory->stx_ino &&
		own.st_dev == makedev(directory->stx_dev_major, directory->stx_dev_minor))
		return true;
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
	mount = open(path, O_RDONLY | O_CLOEXEC);
	if (mount < 0 || fstat(mount, &st) < 0 || st.st_ino != ns)
		return false;
	user = ioctl(mount, NS_GET_USERNS);
	/* EPERM: that of an ancestor, who may do more than this process. */
	if (user < 0)
		return errno == EPERM;
	if (fstat(user, &st) < 0 || stat("/proc/self/ns/user", &own) < 0)
		return false;
	if (st.st_ino == own.st_ino)
		return true;
	if (ioctl(user, NS_GET_OWNER_UID, &owner) < 0)
		return false;
	/* Root may give its own name to a user namespace that it trusts. */
	return uid == 0 ? owner == 0 && root == 0 : uid == owner || uid == root;
}

int devshm_open(pid_t pid, uint64_t ns, uint64_t *device)
{
	struct sought_mount sought = { 0 };
	struct statx stat;
	int fd = mount_open(pid, ns, "/dev/shm", O_DIRECTORY, &stat);
	int r = 0;

	if (fd < 0)
		return fd;
	sought.id = stat.stx_mnt_id;
	mounts_read(pid, find_mount, &sought);
	*device = makedev(stat.stx_dev_major, stat.stx_dev_minor);
	if (!sought.tmpfs ||
		syscall(SYS_statx, fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
			STATX_INO | STATX_UID, &stat) < 0)
		r = -EMEDIUMTYPE;
	else if (!may_be_devshm(pid, ns, &stat))
		r = -CONDITION_FOREIGN_MOUNT;
	if (r < 0)
		close(fd);
	return r < 0 ? r : fd;
}

/* A list, and the namespace that is being read. */
struct reading {
	struct tmpfs_list *list;
	struct tmpfs_mount blank;
};

static bool add_mount(void *data, const struct mount *line)
{
	struct reading *reading = data;
	struct tmpfs_list *list = reading->list;
	struct tmpfs_mount mount = reading->blank;

	/* The root of a system that runs from its initramfs may be a tmpfs, too. */
	if (!is_tmpfs(line) && strcmp(line->type, "rootfs") != 0) {
		list->others = xgrow(list->others, list->nothers, sizeof(*list->others));
		list->others[list->nothers++] = line->id;
		return true;
	}
	mount.device = makedev(line->major, line->minor);
	mount.id = line->id;
	/* No longer path can be opened. */
	mount.path = xstrndup(line->path, PATH_MAX);
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
		order = right->whole - left->whole;
	if (order == 0)
		order = right->own - left->own;
	if (order == 0)
		order = compare_numbers(strlen(left->path), strlen(right->path));
	return order ? order : compare_numbers(left->id, right->id);
}

static int compare_ids(const void *a, const void *b)
{
	return compare_numbers(*(const uint64_t *)a, *(const uint64_t *)b);
}

int tmpfs_find(struct tmpfs_list *list)
{
	const uint64_t own = namespace_own(NAMESPACE_MOUNT);
	struct namespace_list namespaces;
	int r = namespaces_find(NAMESPACE_MOUNT, &namespaces);

	*list = (struct tmpfs_list){ 0 };
	for (size_t i = 0; i < namespaces.count && r == 0; i++) {
		const struct namespace *namespace = &namespaces.namespaces[i];
		struct reading reading = { list,
			{ .ns = namespace->inode,
				.pid = namespace->pid,
				.own = namespace->inode == own } };
		pid_t pid = reading.blank.own ? getpid() : namespace->pid;

		list->unread += mounts_read(pid, add_mount, &reading) < 0;
	}
	namespaces_free(&namespaces);
	if (list->count > 0)
		qsort(list->tmpfs, list->count, sizeof(*list->tmpfs), compare_mounts);
	if (list->nothers > 0)
		qsort(list->others, list->nothers, sizeof(*list->others), compare_ids);
	return r;
}

void tmpfs_free(struct tmpfs_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->tmpfs[i].path);
	free(list->tmpfs);
	free(list->others);
	*list = (struct tmpfs_list){ 0 };
}

int tmpfs_open(const struct tmpfs_mount *mount)
{
	struct statx stat;
	int fd = mount_open(mount->own ? getpid() : mount->pid, mount->ns, mount->path,
		O_DIRECTORY, &stat);

	/* The kernel resolves no name in sysfs from its cache alone. Only root mounts
	 * anything there. */
	if (fd == -EAGAIN && mount->own && strncmp(mount->path, "/sys/", 5) == 0) {
		fd = open(mount->path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0 && mount_stat(fd, &stat) < 0)
			stat.stx_mnt_id = 0;
	}
	if (fd >= 0 && stat.stx_mnt_id != mount->id) {
		close(fd);
		return -EXDEV;
	}
	return fd;
}

/* Read the mount ID before Linux 5.8. It is in the fourth line at the latest, and others,
 * such as all locks of the file, may follow (proc_pid_fdinfo(5)). */
static int read_mount_id(int directory, const char *descriptor, __u64 *id)
{
	int CLEANUP_FD fd = -1;
	char path[64], text[256];
	const char *line;
	ssize_t length;

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

int descriptor_stat(int directory, const char *descriptor, struct statx *stat)
{
	*stat = (struct statx){ 0 };
	if (syscall(SYS_statx, directory, descriptor,
		    AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, 0, stat) < 0)
		return -errno;
	return (stat->stx_mask & STATX_MNT_ID)
		? 0
		: read_mount_id(directory, descriptor, &stat->stx_mnt_id);
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

	if (fd == -EPERM)
		fd = open_beneath(parent, name, O_RDONLY | O_DIRECTORY);
	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	return xfdopendir(fd);
}

struct walk {
	uint64_t device;
	tmpfs_sink *sink;
	void *data;
	size_t *unread;
	struct visited *visited;
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
	if (!visited_add(walk->visited, dirfd(directory)))
		return;
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
	struct visited visited = { 0 };
	struct walk walk = { 0, sink, data, unread, &visited };
	struct statx stat;

	if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO,
		    &stat) < 0) {
		++*unread;
		return;
	}
	walk.device = makedev(stat.stx_dev_major, stat.stx_dev_minor);
	visit_directory(&walk, fd, ".", "", 0);
	visited_free(&visited);
}

int tmpfs_file_open(const struct tmpfs_file *file)
{
	return open_beneath(file->directory, file->name, O_PATH);
}
