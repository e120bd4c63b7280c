/*
 * attached [all|kept]: print process, address and inode number of every mapping of a
 * System V segment in its IPC namespace, or in all namespaces. This is the minimum for a
 * program with PROCMAP_QUERY (Linux 6.11): for each process, read its namespace, open its
 * maps, and query one shared mapping of a file after another. kept: print the namespaces
 * that descriptors keep alive, too, and for that read the link of each descriptor.
 */
#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../src/kernel/procmap.h"

static char own[32];
static int all, kept;

static void print_kept(const char *pid)
{
	char path[300], link[64];
	struct dirent *entry;
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
}

static void print_attaches(const char *pid)
{
	struct procmap_request request = { .size = sizeof(request) };
	char path[300], name[32] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/ns/ipc", pid);
	if (readlink(path, name, sizeof(name)) < 0 || (!all && strcmp(name, own) != 0))
		return;
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
		if (strncmp(path, "/SYSV", 5) == 0)
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
		if (kept)
			print_kept(entry->d_name);
	}
	return 0;
}
