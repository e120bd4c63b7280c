/*
 * attached: prints the process, the address and the inode number of every mapping of a
 * System V segment, in all processes that /proc shows. This is the minimum that a program
 * must do with PROCMAP_QUERY (Linux 6.11): one open of maps per process, one request per
 * shared mapping of a file, one more for its name. It looks at no namespace and no owner.
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

static void print_attaches(const char *pid)
{
	struct procmap_request request = { .size = sizeof(request) };
	char path[64], name[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/maps", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	for (;;) {
		request.query_addr = request.vma_end;
		request.query_flags =
			PROCMAP_OR_NEXT | PROCMAP_FILE_BACKED | PROCMAP_SHARED;
		request.vma_name_size = 0;
		request.vma_name_addr = 0;
		if (ioctl(fd, PROCMAP_REQUEST, &request) < 0)
			break;
		request.query_addr = request.vma_start;
		request.query_flags = 0;
		request.vma_name_size = sizeof(name);
		request.vma_name_addr = (uintptr_t)name;
		if (ioctl(fd, PROCMAP_REQUEST, &request) == 0 &&
			strncmp(name, "/SYSV", 5) == 0)
			printf("%s %" PRIx64 " %" PRIu64 "\n", pid, request.vma_start,
				request.inode);
	}
	close(fd);
}

int main(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	if (!proc)
		err(1, "/proc");
	while ((entry = readdir(proc))) {
		if (isdigit((unsigned char)entry->d_name[0]))
			print_attaches(entry->d_name);
	}
	return 0;
}
