/*
 * The version of the running kernel.
 */
#ifndef SHMTOOL_KERNEL_VERSION_H
#define SHMTOOL_KERNEL_VERSION_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/utsname.h>

/* Return whether the kernel has at least this version; true if its version is unknown. */
static inline bool kernel_is_at_least(int major, int minor)
{
	static int its_major = -1, its_minor;
	struct utsname name;

	/* Ask once: with thousands of segments, asking for each takes a third of ls. */
	if (its_major < 0 &&
		(uname(&name) < 0 ||
			sscanf(name.release, "%d.%d", &its_major, &its_minor) != 2))
		its_major = INT_MAX;
	return its_major > major || (its_major == major && its_minor >= minor);
}

#endif
