#include "kernel/posix.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "condition.h"
#include "kernel/abi.h"
#include "kernel/backing.h"
#include "kernel/capability.h"
#include "kernel/memory.h"
#include "kernel/namespace.h"

struct directory {
	int fd; /* -1: not opened yet */
	uint64_t device;
	bool tmpfs;
	uint64_t ns; /* its mount namespace; 0: that of this process */
};

/* The directory of this process, another one, and that of them which is used. */
static struct directory own = { .fd = -1 }, other, *shm = &own;

static int set_directory(struct directory *directory, int fd, uint64_t ns)
{
	struct statfs fs;
	struct stat st;

	if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
		return -errno;
	*directory = (struct directory){
		.fd = fd,
		.device = st.st_dev,
		.tmpfs = fs.f_type == TMPFS_MAGIC,
		.ns = ns,
	};
	return 0;
}

uint64_t posix_namespace(void)
{
	return shm->ns ?: namespace_own(NAMESPACE_MOUNT);
}

int posix_use_directory(int directory, uint64_t ns)
{
	int r = set_directory(&other, directory, ns);

	if (r == 0)
		shm = &other;
	return r;
}

void posix_use_own_directory(void)
{
	shm = &own;
}

/* Return the directory, or a negative errno. */
static int open_directory(void)
{
	int fd, r;

	if (shm->fd >= 0)
		return shm->fd;
	fd = open(POSIX_DIRECTORY, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = set_directory(&own, fd, 0);
	if (r < 0)
		close(fd);
	return r < 0 ? r : fd;
}

/* Fill in SEGMENT, except for its name. A file system mounted on a name is no object. */
static int from_stat(const struct stat *st, struct segment *segment)
{
	if (!S_ISREG(st->st_mode) || st->st_dev != shm->device)
		return -CONDITION_NOT_REGULAR;
	*segment = (struct segment){
		.type = SEGMENT_POSIX,
		.name = segment->name,
		.device = st->st_dev,
		.inode = st->st_ino,
		.tmpfs = shm->tmpfs,
		.mode = st->st_mode & SEGMENT_MODE_MASK,
		.size = (uint64_t)st->st_size,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.atime = st->st_atim.tv_sec,
		.mtime = st->st_mtim.tv_sec,
		.ctime = st->st_ctim.tv_sec,
		.nanoseconds = {
			[NANOSECONDS_ATIME] = (uint32_t)st->st_atim.tv_nsec,
			[NANOSECONDS_MTIME] = (uint32_t)st->st_mtim.tv_nsec,
			[NANOSECONDS_CTIME] = (uint32_t)st->st_ctim.tv_nsec,
		},
	};
	return 0;
}

/* Examine the file NAME, which has no slash. */
static int stat_name(const char *name, struct stat *st)
{
	int directory = open_directory();

	if (directory < 0)
		return directory;
	if (fstatat(directory, name, st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return errno == ENOENT ? -CONDITION_MISSING : -errno;
}

int posix_stat(const char *name, struct segment *segment)
{
	struct stat st;
	int r = stat_name(name + 1, &st);

	segment->name = name;
	return r < 0 ? r : from_stat(&st, segment);
}

/* Open the object with O_PATH, which has no effect on any kind of file. */
static int open_path(const struct segment *segment)
{
	int directory = open_directory(), fd;
	struct stat st;

	if (directory < 0)
		return directory;
	fd = openat(directory, segment->name + 1, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -CONDITION_MISSING : -errno;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_dev == segment->device &&
		st.st_ino == segment->inode)
		return fd;
	close(fd);
	return -CONDITION_MISSING;
}

/* Return the memory use of a file with BLOCKS. */
static struct memory_use memory_of(const struct segment *segment, uint64_t blocks)
{
	int CLEANUP_FD path = -1;

	if (!segment->tmpfs)
		return (struct memory_use){ .known = false };
	if (memory_in_swap(blocks))
		path = open_path(segment);
	return memory_of_file(path, blocks);
}

struct memory_use posix_memory(const struct segment *segment)
{
	struct stat st;

	if (stat_name(segment->name + 1, &st) < 0 || st.st_dev != segment->device ||
		st.st_ino != segment->inode)
		return (struct memory_use){ .known = false };
	return memory_of(segment, (uint64_t)st.st_blocks);
}

/* Count a file that is no object. TYPE: as in struct dirent. */
static void count_other(struct enumeration_gaps *gaps, unsigned char type)
{
	if (type == DT_LNK)
		gaps->links++;
	else if (type == DT_DIR)
		gaps->directories++;
	else
		gaps->others++;
}

/* Return the object of a directory entry, or count what else it is. */
static bool read_entry(const struct dirent *entry, char name[POSIX_NAME_MAX + 1],
	struct segment *segment, struct stat *st, struct enumeration_gaps *gaps)
{
	int r;

	if (entry->d_type != DT_REG && entry->d_type != DT_UNKNOWN) {
		count_other(gaps, entry->d_type);
		return false;
	}
	if (strncmp(entry->d_name, "sem.", 4) == 0) {
		gaps->semaphores++;
		return false;
	}
	r = stat_name(entry->d_name, st);
	if (r < 0) {
		gaps->hidden_objects += r != -CONDITION_MISSING;
		return false;
	}
	snprintf(name, POSIX_NAME_MAX + 1, "/%s", entry->d_name);
	segment->name = name;
	if (from_stat(st, segment) == 0)
		return true;
	count_other(gaps, IFTODT(st->st_mode));
	return false;
}

int posix_enumerate(
	bool memory, segment_sink *sink, void *data, struct enumeration_gaps *gaps)
{
	int directory = open_directory(), fd;
	DIR CLEANUP_DIR *files = NULL;
	struct dirent *entry;

	if (directory < 0)
		return directory;
	fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	files = xfdopendir(fd);
	while ((errno = 0, entry = readdir(files))) {
		char name[POSIX_NAME_MAX + 1];
		struct segment segment;
		struct memory_use use = { .known = false };
		struct stat st;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
			!read_entry(entry, name, &segment, &st, gaps))
			continue;
		if (memory)
			use = memory_of(&segment, (uint64_t)st.st_blocks);
		sink(data, &segment, &use);
	}
	return -errno;
}

int posix_open(const struct segment *segment, enum posix_access access)
{
	int flags = O_CLOEXEC | (access == POSIX_WRITE ? O_RDWR : O_RDONLY);
	int CLEANUP_FD path = open_path(segment);
	char link[64];
	int fd = -1;

	if (path < 0)
		return path;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", path);
	/* Do not wait for a process that has a lease (fcntl(2), F_SETLEASE). */
	if (access == POSIX_INSPECT) {
		flags |= O_NONBLOCK;
		fd = open(link, flags | O_NOATIME);
	}
	if (fd < 0)
		fd = open(link, flags);
	return fd < 0 ? -errno : fd;
}

/* Give the new file its mode and size. */
static int set_up(int fd, uint64_t size, mode_t mode, enum posix_reservation reservation)
{
	if (size > INT64_MAX)
		return -EFBIG;
	/* The umask does not apply. */
	if (fchmod(fd, mode) < 0)
		return -errno;
	if (size == 0)
		return 0;
	if (reservation == POSIX_NORESERVE)
		return ftruncate(fd, (off_t)size) < 0 ? -errno : 0;
	return -posix_fallocate(fd, 0, (off_t)size);
}

int posix_create(const char *name, uint64_t size, mode_t mode,
	enum posix_reservation reservation, struct segment *segment)
{
	int directory = open_directory();
	int CLEANUP_FD fd = -1;
	struct stat st;
	int r;

	if (directory < 0)
		return directory;
	fd = openat(directory, name + 1,
		O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	/* Another object may get the name before this one is complete: to remove this one
	 * after an error, know it first. */
	segment->name = name;
	r = fstat(fd, &st) < 0 ? -errno : from_stat(&st, segment);
	if (r < 0)
		return r;
	r = set_up(fd, size, mode, reservation);
	if (r == 0)
		r = fstat(fd, &st) < 0 ? -errno : from_stat(&st, segment);
	if (r < 0)
		posix_remove(segment);
	return r;
}

int posix_set(const struct segment *segment, uid_t uid, gid_t gid, mode_t mode)
{
	int CLEANUP_FD fd = open_path(segment);
	char link[64];

	if (fd < 0)
		return fd;
	if ((uid != segment->uid || gid != segment->gid) &&
		fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0)
		return -errno;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return mode != segment->mode && chmod(link, mode) < 0 ? -errno : 0;
}

bool posix_may_change(const struct segment *segment)
{
	return geteuid() == segment->uid || has_capability(CAP_FOWNER);
}

int posix_remove(const struct segment *segment)
{
	struct segment now;
	int r = posix_stat(segment->name, &now);

	if (r < 0)
		return r;
	if (!segment_same(segment, &now))
		return -CONDITION_MISSING;
	if (unlinkat(shm->fd, segment->name + 1, 0) == 0)
		return 0;
	return errno == ENOENT ? -CONDITION_MISSING : -errno;
}

uint64_t posix_device(void)
{
	return open_directory() < 0 ? 0 : shm->device;
}

int posix_space(struct posix_space *space)
{
	int directory = open_directory();
	struct statvfs fs;

	if (directory < 0)
		return directory;
	if (fstatvfs(directory, &fs) < 0)
		return -errno;
	*space = (struct posix_space){
		.size = fs.f_blocks * fs.f_frsize,
		.unused = fs.f_bavail * fs.f_frsize,
		.inodes = fs.f_files,
		.unused_inodes = fs.f_ffree,
	};
	return 0;
}
