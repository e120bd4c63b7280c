#include "data/source.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static bool is_sysfs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == SYSFS_MAGIC;
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
	/* stat(2) returns size 0 for files of /proc and the size of a page for files of
	 * /sys. */
	if (S_ISREG(st.st_mode) && st.st_size > 0 && here >= 0 && !is_sysfs(source->fd)) {
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
