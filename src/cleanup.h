/*
 * Variables that are freed or closed at the end of their scope.
 * Any directory may include this header.
 */
#ifndef SHMTOOL_CLEANUP_H
#define SHMTOOL_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

static inline void cleanup_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

static inline void cleanup_dir(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

static inline void cleanup_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define CLEANUP_FREE __attribute__((cleanup(cleanup_free)))
#define CLEANUP_FILE __attribute__((cleanup(cleanup_file)))
#define CLEANUP_DIR  __attribute__((cleanup(cleanup_dir)))
#define CLEANUP_FD   __attribute__((cleanup(cleanup_fd)))

#endif
