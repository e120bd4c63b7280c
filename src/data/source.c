#include "data/source.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Return whether the size that stat(2) returns is that of the file. For files of /sys, it
 * is that of a page, and for files of /proc, control groups and the like 0. A read of
 * /proc/kmsg takes what it returns. */
static bool size_is_known(int fd, const struct stat *st)
{
	struct statfs fs = { 0 };
	char byte;

	fstatfs(fd, &fs);
	if (!S_ISREG(st->st_mode) || fs.f_type == SYSFS_MAGIC ||
		fs.f_type == PROC_SUPER_MAGIC)
		return false;
	return st->st_size > 0 || pread(fd, &byte, 1, 0) == 0;
}

int source_open(struct source *source, const char *path)
{
	struct stat st;
	off_t here;

	*source = (struct source){ .fd = STDIN_FILENO };
	if (strcmp(path, "-") != 0)
		source->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (source->fd < 0 || fstat(source->fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	source->pipe = S_ISFIFO(st.st_mode);
	here = lseek(source->fd, 0, SEEK_CUR);
	if (here >= 0 && size_is_known(source->fd, &st)) {
		source->known = true;
		source->length = here < st.st_size ? (uint64_t)(st.st_size - here) : 0;
	}
	return 0;
}

void source_close(struct source *source)
{
	if (source->fd > STDIN_FILENO)
		close(source->fd);
	source->fd = -1;
}
