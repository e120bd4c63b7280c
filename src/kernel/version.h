/*
 * The version of the running kernel.
 */
#ifndef SHMTOOL_KERNEL_VERSION_H
#define SHMTOOL_KERNEL_VERSION_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/utsname.h>

/* Return whether the kernel has at least this version; true if its version is unknown. */
static inline bool kernel_is_at_least(int major, int minor)
{
	struct utsname name;
	int its_major, its_minor;

	if (uname(&name) < 0 ||
		sscanf(name.release, "%d.%d", &its_major, &its_minor) != 2)
		return true;
	return its_major > major || (its_major == major && its_minor >= minor);
}

#endif
