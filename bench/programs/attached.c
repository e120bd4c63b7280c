/*
 * attached [all|kept]: print process, address and inode number of every mapping of a
 * System V segment in its IPC namespace, or in all namespaces. This is the minimum for a
 * program with PROCMAP_QUERY (Linux 6.11): for each process, read its namespace, open its
 * maps, and query one shared mapping of a file after another.
 *
 * kept: answer correctly, too, and list the segments. Namespaces may be kept by
 * descriptors, so read the link of each descriptor, and see whether the process has
 * threads, which may have descriptors of their own; or by mounts, so read the mounts of
 * each mount namespace. Processes may share their memory, so compare those with attaches
 * in the same namespace (kcmp(2)). And segments may have no attach, so enter each
 * namespace with processes and read its table of segments.
 */
#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kcmp.h>
#include <sched.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../src/kernel/procmap.h"

/* A process with attaches. */
struct holder {
	char namespace[32];
	int pid;
};

static char own[32];
static int all, kept;

static int compare_holders(const void *a, const void *b)
{
	const struct holder *left = a, *right = b;
	int order = strcmp(left->namespace, right->namespace);

	if (order != 0)
		return order;
	order = (int)syscall(SYS_kcmp, left->pid, right->pid, KCMP_VM, 0, 0);
	return order == 1 ? -1 : order;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Return whether another process has the same memory. */
static int is_shared(const char *pid, const char *namespace)
{
	static void *holders;
	struct holder *holder = calloc(1, sizeof(*holder));

	strcpy(holder->namespace, namespace);
	holder->pid = atoi(pid);
	return *(struct holder **)tsearch(holder, &holders, compare_holders) != holder;
}

static void print_descriptors(const char *pid)
{
	char path[300], link[64];
	struct dirent *entry;
	struct stat threads;
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	directory = opendir(path);
	while (directory && (entry = readdir(directory))) {
		ssize_t length = readlinkat(
			dirfd(directory), entry->d_name, link, sizeof(link) - 1);

		if (length > 0 && strncmp(link, "ipc:[", 5) == 0)
			printf("%s %.*s\n", pid, (int)length, link);
	}
	if (directory)
		closedir(directory);
	snprintf(path, sizeof(path), "/proc/%s/task", pid);
	if (stat(path, &threads) == 0 && threads.st_nlink > 3)
		printf("%s has threads\n", pid);
}

/* Return whether NAME was not passed before. */
static int is_new(const char *name)
{
	static void *seen;

	if (tfind(name, &seen, compare_names))
		return 0;
	return tsearch(strdup(name), &seen, compare_names) != NULL;
}

static void print_mounts(const char *pid)
{
	char path[300], name[32] = "", *line = NULL;
	size_t size = 0;
	FILE *mounts;

	snprintf(path, sizeof(path), "/proc/%s/ns/mnt", pid);
	if (readlink(path, name, sizeof(name) - 1) < 0 || !is_new(name))
		return;
	snprintf(path, sizeof(path), "/proc/%s/mountinfo", pid);
	mounts = fopen(path, "r");
	while (mounts && getline(&line, &size, mounts) > 0) {
		if (strstr(line, " ipc:["))
			fputs(line, stdout);
	}
	free(line);
	if (mounts)
		fclose(mounts);
}

static void print_segments(const char *pid)
{
	char path[300], buffer[65536];
	int namespace, table;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%s/ns/ipc", pid);
	namespace = open(path, O_RDONLY | O_CLOEXEC);
	if (setns(namespace, CLONE_NEWIPC) < 0)
		err(1, "%s", path);
	table = open("/proc/sysvipc/shm", O_RDONLY | O_CLOEXEC);
	while ((n = read(table, buffer, sizeof(buffer))) > 0)
		fwrite(buffer, 1, (size_t)n, stdout);
	close(table);
	close(namespace);
}

static void print_attaches(const char *pid)
{
	struct procmap_request request = { .size = sizeof(request) };
	char path[300], name[32] = "";
	int fd, found = 0;

	snprintf(path, sizeof(path), "/proc/%s/ns/ipc", pid);
	if (readlink(path, name, sizeof(name) - 1) < 0 ||
		(!all && strcmp(name, own) != 0))
		return;
	if (kept && is_new(name))
		print_segments(pid);
	snprintf(path, sizeof(path), "/proc/%s/maps", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	for (;;) {
		request.query_addr = request.vma_end;
		request.query_flags =
			PROCMAP_OR_NEXT | PROCMAP_FILE_BACKED | PROCMAP_SHARED;
		request.vma_name_size = sizeof(path);
		request.vma_name_addr = (uintptr_t)path;
		if (ioctl(fd, PROCMAP_REQUEST, &request) < 0)
			break;
		if (strncmp(path, "/SYSV", 5) != 0)
			continue;
		if (kept && found++ == 0 && is_shared(pid, name))
			break;
		printf("%s %" PRIx64 " %" PRIu64 "\n", pid, request.vma_start,
			request.inode);
	}
	close(fd);
}

int main(int argc, char *argv[])
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	all = argc > 1;
	kept = all && strcmp(argv[1], "kept") == 0;
	if (!proc || readlink("/proc/self/ns/ipc", own, sizeof(own) - 1) < 0)
		err(1, "/proc");
	while ((entry = readdir(proc))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		print_attaches(entry->d_name);
		if (kept) {
			print_descriptors(entry->d_name);
			print_mounts(entry->d_name);
		}
	}
	return 0;
}
