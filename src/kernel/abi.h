/*
 * Definitions of the kernel's interface that the headers of an older C library may lack.
 */
#ifndef SHMTOOL_KERNEL_ABI_H
#define SHMTOOL_KERNEL_ABI_H

#include <sys/mman.h>
#include <sys/shm.h>

#if !HAVE_SHM_STAT_ANY
#define SHM_STAT_ANY 15 /* Linux 4.17, include/uapi/linux/shm.h */
#endif

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ  22 /* Linux 5.14, include/uapi/asm-generic/mman-common.h */
#define MADV_POPULATE_WRITE 23
#endif

/* Permission bits among the mode's flags; the others are SHM_DEST and SHM_LOCKED. */
#define SEGMENT_MODE_MASK 0777

#endif
