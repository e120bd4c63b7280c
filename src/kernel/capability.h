/*
 * Capabilities of this process.
 */
#ifndef SHMTOOL_KERNEL_CAPABILITY_H
#define SHMTOOL_KERNEL_CAPABILITY_H

#include <linux/capability.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Return whether a capability, such as CAP_SYS_ADMIN, is effective in the caller's user
 * namespace (capget(2), which has no wrapper). */
static inline bool has_capability(unsigned int capability)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return syscall(SYS_capget, &header, data) == 0 &&
		(data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability));
}

#endif
