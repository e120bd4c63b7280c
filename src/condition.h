/*
 * Error conditions for which there is no errno. A function that returns a negative errno
 * may return one of these, negated, instead; their values lie above every errno (4095,
 * MAX_ERRNO in include/linux/err.h). Any directory may include this header.
 */
#ifndef SHMTOOL_CONDITION_H
#define SHMTOOL_CONDITION_H

enum condition {
	CONDITION_MISSING = 10000, /* no such segment, or it was just removed */
	CONDITION_FOREIGN_PROC, /* /proc shows another PID namespace */
	CONDITION_NO_PROC, /* /proc is not mounted, or does not show this process */
	CONDITION_NO_COPYING, /* process_vm_writev(2) is forbidden */
	CONDITION_NOT_SHMFILE, /* not a copy of /proc/sysvipc/shm */
	CONDITION_HUGE_PAGES, /* the kernel does not report this for huge pages */
	CONDITION_SWAP_UNKNOWN, /* the kernel does not tell which pages are in swap */
	CONDITION_FILE_SHRANK, /* the file became shorter while it was read */
	CONDITION_OBJECT_SHRANK, /* so did the object while it was read or written */
	CONDITION_NOT_REGULAR, /* not a regular file */
	CONDITION_FOREIGN_OWNER, /* another user's file; directory writable by others */
	CONDITION_NO_SEMAPHORE, /* the set has no semaphore of this number */
	CONDITION_NO_USER, /* no such user */
	CONDITION_NO_GROUP, /* no such group */
	CONDITION_NO_LOGIN_GROUP, /* a user without a name has no login group */
	CONDITION_SPECIAL_MODE, /* a mode with X, s or t, which segments do not have */
	CONDITION_OWN_NAMESPACE, /* the PID is in the caller's own namespace */
	CONDITION_FOREIGN_MOUNT, /* a user mounted another's directory on /dev/shm */
	CONDITION_MOUNT_HIDDEN, /* the mount that keeps a namespace is covered */
	CONDITION_USERS_UNKNOWN, /* a process that may use the object was not examined */
};

#endif
