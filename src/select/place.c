#include "select/place.h"

#include <errno.h>
#include <unistd.h>

#include "cleanup.h"
#include "kernel/posix.h"
#include "kernel/tmpfs.h"

static const enum namespace_kind kinds[] = {
	[SEGMENT_SYSV] = NAMESPACE_IPC,
	[SEGMENT_POSIX] = NAMESPACE_MOUNT,
};

/* The IPC namespace of the caller, open since the first time that another was entered,
 * and the /dev/shm that is used instead of the caller's; -1: none. */
static int home = -1, directory = -1;
static bool away; /* in another IPC namespace */

int places_find(struct place_list *list, enum segment_type type)
{
	return namespaces_find(kinds[type], &list->namespaces[type]);
}

void places_free(struct place_list *list)
{
	namespaces_free(&list->namespaces[SEGMENT_SYSV]);
	namespaces_free(&list->namespaces[SEGMENT_POSIX]);
}

bool place_is_shared(enum segment_type type, uint64_t ns, pid_t pid, uint64_t device)
{
	if (type == SEGMENT_SYSV)
		return ns == NAMESPACE_IPC_HOST;
	return pid == 1 || ns == namespace_own(NAMESPACE_MOUNT) ||
		device == posix_own_device();
}

static int enter_ipc(const struct namespace *namespace)
{
	int CLEANUP_FD fd = namespace_open(namespace);
	int r;

	if (fd < 0)
		return fd;
	if (home < 0)
		home = namespace_open_path("/proc/self/ns/ipc");
	r = home < 0 ? home : namespace_enter(fd);
	away = r == 0;
	return r;
}

static int enter_mount(const struct namespace *namespace)
{
	uint64_t device;
	pid_t pid;

	directory = devshm_open(namespace->pid, namespace->inode, &device);
	if (directory == -ENOENT || directory == -ESRCH) {
		/* If the process ended, another may be in the namespace. */
		pid = namespace_process(NAMESPACE_MOUNT, namespace->inode);
		if (pid == 0)
			return -ESRCH;
		directory = devshm_open(pid, namespace->inode, &device);
	}
	return directory < 0 ? directory
			     : posix_use_directory(directory, namespace->inode);
}

int place_enter(const struct place_list *list, enum segment_type type, uint64_t ns)
{
	const struct namespace *namespace = namespaces_get(&list->namespaces[type], ns);

	if (ns == namespace_own(kinds[type]))
		return 0;
	if (!namespace)
		return -ESRCH;
	return type == SEGMENT_SYSV ? enter_ipc(namespace) : enter_mount(namespace);
}

int place_leave(void)
{
	int r = away ? namespace_enter(home) : 0;

	away = false;
	posix_use_own_directory();
	if (directory >= 0)
		close(directory);
	directory = -1;
	return r;
}
