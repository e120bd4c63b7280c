/*
 * Capabilities of this process.
 */
#ifndef SHMTOOL_KERNEL_CAPABILITY_H
#define SHMTOOL_KERNEL_CAPABILITY_H

#include <linux/capability.h>
#include <stdbool.h>

/* Whether a capability, such as CAP_SYS_ADMIN, is effective in the caller's user
 * namespace (capget(2)). */
bool has_capability(unsigned int capability);

#endif
