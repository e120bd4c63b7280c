#include "kernel/posix.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
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
#include "kernel/process.h"

struct directory {
	int fd; /* -1: not opened yet */
	uint64_t device, inode;
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
		.inode = st.st_ino,
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

static uint64_t device_of(const struct statx *stat)
{
	return makedev(stat->stx_dev_major, stat->stx_dev_minor);
}

/* Fill in SEGMENT, except for its name. A file system mounted on a name is no object. */
static int from_stat(const struct statx *stat, struct segment *segment)
{
	if (!S_ISREG(stat->stx_mode) || device_of(stat) != shm->device)
		return -CONDITION_NOT_REGULAR;
	*segment = (struct segment){
		.type = SEGMENT_POSIX,
		.name = segment->name,
		.device = shm->device,
		.inode = stat->stx_ino,
		.tmpfs = shm->tmpfs,
		.mode = stat->stx_mode & SEGMENT_MODE_MASK,
		.size = stat->stx_size,
		.uid = stat->stx_uid,
		.gid = stat->stx_gid,
		.atime = stat->stx_atime.tv_sec,
		.mtime = stat->stx_mtime.tv_sec,
		.ctime = stat->stx_ctime.tv_sec,
		.nanoseconds = {
			[NANOSECONDS_ATIME] = stat->stx_atime.tv_nsec,
			[NANOSECONDS_MTIME] = stat->stx_mtime.tv_nsec,
			[NANOSECONDS_CTIME] = stat->stx_ctime.tv_nsec,
		},
	};
	return 0;
}

/* Examine what is open at FD or, if NAME is not "", the file of this name in FD.
 *
 * A user may have mounted a file system of their own on a name. If /dev/shm is on tmpfs,
 * ask no server: it may never answer. If there is an error, find out whether something is
 * mounted there (openat2(2), Linux 5.6); then the mode is 0. */
static int examine(int fd, const char *name, struct statx *stat)
{
	int flags = AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT |
		(shm->tmpfs ? AT_STATX_DONT_SYNC : AT_STATX_SYNC_AS_STAT);
	struct open_how how = { .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_XDEV };
	int CLEANUP_FD path = -1;
	int error;

	if (syscall(SYS_statx, fd, name, flags, STATX_BASIC_STATS, stat) == 0)
		return 0;
	error = errno;
	if (error == ENOENT)
		return -CONDITION_MISSING;
	if (*name)
		path = (int)syscall(SYS_openat2, fd, name, &how, sizeof(how));
	if (!*name || path >= 0 || errno != EXDEV)
		return -error;
	*stat = (struct statx){ 0 };
	return 0;
}

/* Examine the file NAME, which has no slash. */
static int stat_name(const char *name, struct statx *stat)
{
	int directory = open_directory();

	if (directory < 0)
		return directory == -ENOENT ? -CONDITION_MISSING : directory;
	return examine(directory, name, stat);
}

int posix_stat(const char *name, struct segment *segment)
{
	struct statx stat;
	int r = stat_name(name + 1, &stat);

	segment->name = name;
	return r < 0 ? r : from_stat(&stat, segment);
}

/* Return whether this is the object. */
static bool is_object(const struct statx *stat, const struct segment *segment)
{
	return S_ISREG(stat->stx_mode) && device_of(stat) == segment->device &&
		stat->stx_ino == segment->inode;
}

/* Open the object with O_PATH, which has no effect on any kind of file. */
static int open_path(const struct segment *segment)
{
	int directory = open_directory(), fd;
	struct statx stat;

	if (directory < 0)
		return directory;
	fd = openat(directory, segment->name + 1, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -CONDITION_MISSING : -errno;
	if (examine(fd, "", &stat) == 0 && is_object(&stat, segment))
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
	struct statx stat;

	if (stat_name(segment->name + 1, &stat) < 0 || !is_object(&stat, segment))
		return (struct memory_use){ .known = false };
	return memory_of(segment, stat.stx_blocks);
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
	struct segment *segment, struct statx *stat, struct enumeration_gaps *gaps)
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
	r = stat_name(entry->d_name, stat);
	if (r < 0) {
		gaps->hidden_objects += r != -CONDITION_MISSING;
		return false;
	}
	snprintf(name, POSIX_NAME_MAX + 1, "/%s", entry->d_name);
	segment->name = name;
	if (from_stat(stat, segment) == 0)
		return true;
	count_other(gaps, IFTODT(stat->stx_mode));
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
		struct statx stat;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
			!read_entry(entry, name, &segment, &stat, gaps))
			continue;
		if (memory)
			use = memory_of(&segment, stat.stx_blocks);
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
	if (fd < 0)
		return errno == ENOENT ? -CONDITION_NO_PROC : -errno;
	return fd;
}

int posix_create(const char *name, mode_t mode, struct segment *segment)
{
	int directory = open_directory();
	int CLEANUP_FD fd = -1;
	struct statx stat;
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
	r = examine(fd, "", &stat);
	if (r == 0)
		r = from_stat(&stat, segment);
	/* The umask does not apply. */
	if (r == 0 && fchmod(fd, mode) < 0) {
		r = -errno;
		posix_remove(segment);
	}
	return r;
}

int posix_resize(
	const struct segment *segment, uint64_t size, enum posix_reservation reservation)
{
	int CLEANUP_FD fd = -1;
	int error;

	if (size > INT64_MAX)
		return -EFBIG;
	if (size == 0)
		return 0;
	fd = posix_open(segment, POSIX_WRITE);
	if (fd < 0)
		return fd;
	/* Beyond the limit on files, a call fails; it raises no signal. */
	signal(SIGXFSZ, SIG_IGN);
	if (reservation == POSIX_NORESERVE)
		return ftruncate(fd, (off_t)size) < 0 ? -errno : 0;
	process_raise_oom_score();
	/* After a signal that did not end the process, the kernel gives up. */
	do
		error = posix_fallocate(fd, 0, (off_t)size);
	while (error == EINTR);
	return -error;
}

int posix_set(const struct segment *segment, uid_t uid, gid_t gid, mode_t mode)
{
	int CLEANUP_FD fd = open_path(segment);
	char link[64];

	if (fd < 0)
		return fd;
	if (uid == segment->uid && gid == segment->gid && mode == segment->mode)
		return posix_may_change(segment) ? 0 : -EPERM;
	/* An ID that is not mapped in this user namespace cannot be set, but kept. */
	if ((uid != segment->uid || gid != segment->gid) &&
		fchownat(fd, "", uid != segment->uid ? uid : (uid_t)-1,
			gid != segment->gid ? gid : (gid_t)-1, AT_EMPTY_PATH) < 0)
		return -errno;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (mode == segment->mode || chmod(link, mode) == 0)
		return 0;
	return errno == ENOENT ? -CONDITION_NO_PROC : -errno;
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

uint64_t posix_inode(void)
{
	return open_directory() < 0 ? 0 : shm->inode;
}

uint64_t posix_own_device(void)
{
	struct stat st;

	if (own.fd < 0)
		return stat(POSIX_DIRECTORY, &st) < 0 ? 0 : st.st_dev;
	return own.device;
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
