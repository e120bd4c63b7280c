#include "kernel/visited.h"

#include <search.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "alloc.h"
#include "compare.h"

struct directory {
	dev_t device;
	ino_t inode;
};

static int compare(const void *a, const void *b)
{
	const struct directory *left = a, *right = b;
	int order = compare_numbers(left->device, right->device);

	return order ? order : compare_numbers(left->inode, right->inode);
}

bool visited_add(struct visited *visited, int fd)
{
	struct directory *directory = xcalloc(1, sizeof(*directory));
	struct directory **node;
	struct stat st;

	if (fstat(fd, &st) == 0)
		*directory = (struct directory){ st.st_dev, st.st_ino };
	node = tsearch(directory, &visited->tree, compare);
	if (!node)
		out_of_memory();
	if (*node == directory)
		return true;
	free(directory);
	return false;
}

void visited_free(struct visited *visited)
{
	tdestroy(visited->tree, free);
	visited->tree = NULL;
}
