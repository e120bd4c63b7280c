#include "kernel/process_files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "kernel/backing.h"
#include "kernel/namespace.h"
#include "kernel/process.h"
#include "kernel/procmap.h"

/* More than "/memfd:", a name of 249 bytes and " (deleted)", or "/SYSV..." needs. */
#define NAME_SIZE 300

/* Query one mapping; with a SIZE above 0, its name too. */
static int query(
	int maps, struct procmap_request *request, char name[NAME_SIZE], uint32_t size)
{
	name[0] = '\0';
	request->vma_name_addr = size > 0 ? (uintptr_t)name : 0;
	request->vma_name_size = size;
	if (ioctl(maps, PROCMAP_REQUEST, request) == 0)
		return 0;
	return errno == ENAMETOOLONG ? query(maps, request, name, 0) : -1;
}

/* Query the next mapping. PRIVATE: private ones, too. Most of these are of libraries. To
 * form their names would take a third of the time, so ask only for names on the mounts of
 * backing.h. */
static int query_next(
	int maps, bool private, struct procmap_request *request, char name[NAME_SIZE])
{
	if (query(maps, request, name, private ? 0 : NAME_SIZE) < 0)
		return -1;
	if (!private ||
		!backing_page_size(makedev(request->dev_major, request->dev_minor)))
		return 0;
	request->query_addr = request->vma_start;
	return query(maps, request, name, NAME_SIZE);
}

/* Query mappings of files, one after another. *END: the end of the last one. -ENOTTY: an
 * older kernel; -ENOSYS: qemu-user, which does not know the ioctl. */
static int query_mappings(int maps, unsigned int visits,
	const struct file_visitor *visitor, void *data, uint64_t *end)
{
	bool private = visits & VISIT_PRIVATE;
	char name[NAME_SIZE] = ""; /* valgrind does not know the ioctl */
	struct procmap_request request = {
		.size = sizeof(request),
		.query_flags = PROCMAP_OR_NEXT | PROCMAP_FILE_BACKED |
			(private ? 0 : PROCMAP_SHARED),
	};

	while (query_next(maps, private, &request, name) == 0) {
		const struct file_mapping mapping = {
			.start = request.vma_start,
			.end = request.vma_end,
			.protection =
				(request.vma_flags & PROCMAP_READABLE ? PROT_READ : 0) |
				(request.vma_flags & PROCMAP_WRITABLE ? PROT_WRITE : 0) |
				(request.vma_flags & PROCMAP_EXECUTABLE ? PROT_EXEC : 0),
			.shared = request.vma_flags & PROCMAP_SHARED,
			.device = makedev(request.dev_major, request.dev_minor),
			.inode = request.inode,
			.name = name,
		};

		visitor->mapping(data, &mapping);
		request.query_addr = *end = request.vma_end;
	}
	return errno == ENOENT || errno == ESRCH ? 0 : -errno;
}

/* Parse one line of /proc/PID/maps (proc_pid_maps(5)), which the kernel wrote: faster
 * than sscanf(3). The name is all that follows the inode number: a memory file may be
 * called "x /SYSV...". Return false for a mapping of no file. */
static bool parse_mapping(char *line, struct file_mapping *mapping)
{
	char *at = line;
	unsigned long major, minor;

	*mapping = (struct file_mapping){ 0 };
	mapping->start = strtoull(at, &at, 16);
	if (*at != '-')
		return false;
	mapping->end = strtoull(at + 1, &at, 16);
	if (strlen(at) < strlen(" rwxp 0 0:0 0"))
		return false;
	mapping->protection = (at[1] == 'r' ? PROT_READ : 0) |
		(at[2] == 'w' ? PROT_WRITE : 0) | (at[3] == 'x' ? PROT_EXEC : 0);
	mapping->shared = at[4] == 's';
	strtoull(at + 5, &at, 16); /* the offset */
	major = strtoul(at, &at, 16);
	minor = strtoul(at + (*at == ':'), &at, 16);
	mapping->device = makedev(major, minor);
	mapping->inode = strtoull(at, &at, 10);
	mapping->name = at + strspn(at, " ");
	return mapping->device != 0;
}

/* Visit the mappings from address START on. */
static int read_mappings(int fd, unsigned int visits, const struct file_visitor *visitor,
	void *data, uint64_t start)
{
	static char buffer[16 << 10];
	char CLEANUP_FREE *line = NULL;
	FILE CLEANUP_FILE *maps = NULL;
	size_t capacity = 0;
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0)
		return -errno;
	maps = xfdopen(copy);
	/* Each read returns a page of lines; by default, glibc would ask for 1024 bytes
	 * of a file in /proc, and without a buffer of ours, ignore the size. */
	setvbuf(maps, buffer, _IOFBF, sizeof(buffer));
	while (xgetline(&line, &capacity, maps) > 0) {
		struct file_mapping mapping;

		line[strcspn(line, "\n")] = '\0';
		if (parse_mapping(line, &mapping) && mapping.start >= start &&
			(mapping.shared || (visits & VISIT_PRIVATE)))
			visitor->mapping(data, &mapping);
	}
	return ferror(maps) ? -errno : 0;
}

static int visit_mappings(
	pid_t task, unsigned int visits, const struct file_visitor *visitor, void *data)
{
	static bool old_kernel;
	int CLEANUP_FD fd = -1;
	uint64_t end = 0;
	char path[64];
	int r = -ENOTTY;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)task);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!old_kernel)
		r = query_mappings(fd, visits, visitor, data, &end);
	if (r != -ENOTTY && r != -EINVAL && r != -ENOSYS)
		return r;
	old_kernel = true;
	return read_mappings(fd, visits, visitor, data, end);
}

/* Visit the descriptors in /proc/TASKS/fd. TASKS: a PID, or PID/task/TID. readdir(3)
 * would allocate and free a buffer and call fstat(2) for each process. With 64-bit
 * offsets, the kernel's entries are those of the C library; musl has no getdents64(3). */
static int visit_table(const char *tasks, const struct file_visitor *visitor, void *data)
{
	static _Alignas(struct dirent) char entries[16 << 10];
	int CLEANUP_FD fd = -1;
	char path[96];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%s/fd", tasks);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while ((n = syscall(SYS_getdents64, fd, entries, sizeof(entries))) > 0) {
		const struct dirent *entry;

		for (ssize_t at = 0; at < n; at += entry->d_reclen) {
			entry = (const struct dirent *)&entries[at];
			if (*entry->d_name != '.')
				visitor->descriptor(data, fd, entry->d_name);
		}
	}
	return n < 0 ? -errno : 0;
}

/* Return whether an error means that a process or a thread ended meanwhile. */
static bool has_ended(int error)
{
	return error == -ENOENT || error == -ESRCH;
}

/* Visit the descriptors of a process through TASK, and those of its threads that do not
 * share the table of descriptors. */
static int visit_descriptors(
	pid_t pid, pid_t task, const struct file_visitor *visitor, void *data)
{
	DIR CLEANUP_DIR *threads = NULL;
	char path[64];
	pid_t thread = 0;
	struct stat st;
	int r;

	snprintf(path, sizeof(path), "%d", (int)task);
	r = visit_table(path, visitor, data);
	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	/* A link for each thread, and two as of any directory (fs/proc/base.c,
	 * proc_task_getattr()). */
	if (r < 0 || (stat(path, &st) == 0 && st.st_nlink == 3))
		return r;
	threads = xopendir(path);
	while (r == 0 && (thread = process_next(threads)) > 0) {
		if (thread == task ||
			syscall(SYS_kcmp, task, thread, KCMP_FILES, 0, 0) == 0)
			continue;
		snprintf(path, sizeof(path), "%d/task/%d", (int)pid, (int)thread);
		r = visit_table(path, visitor, data);
		if (has_ended(r))
			r = 0; /* the other threads may still run */
	}
	return thread < 0 ? thread : r;
}

static int visit_task(pid_t pid, pid_t task, unsigned int visits,
	const struct file_visitor *visitor, void *data)
{
	int r = 0;

	if (visits & VISIT_DESCRIPTORS)
		r = visit_descriptors(pid, task, visitor, data);
	if (r == 0 && (visits & VISIT_SHARED))
		r = visit_mappings(task, visits, visitor, data);
	return r;
}

int process_files(pid_t pid, const struct file_visitor *visitor, void *data)
{
	/* If the task ends, the process may run on with another one. */
	for (int tries = 0; tries < 3; tries++) {
		uint64_t ns;
		pid_t task;
		int r = namespace_of(NAMESPACE_IPC, pid, &ns, &task);

		if (r < 0)
			return has_ended(r) ? -ESRCH : r;
		r = visit_task(pid, task, visitor->begin(data, task, ns), visitor, data);
		if (r == -ENOMEM)
			out_of_memory();
		if (!has_ended(r))
			return process_error(pid, r);
	}
	return -EAGAIN;
}
