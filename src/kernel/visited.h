/*
 * A set of directories, so that a walk visits each once: while it runs, a user may rename
 * directories such that it meets them again and again.
 */
#ifndef SHMTOOL_KERNEL_VISITED_H
#define SHMTOOL_KERNEL_VISITED_H

#include <stdbool.h>

/* Of tsearch(3); NULL at first. */
struct visited {
	void *tree;
};

/* Return whether the directory open at FD is new, and add it. */
bool visited_add(struct visited *visited, int fd);
void visited_free(struct visited *visited);

#endif
