#include "kernel/limits.h"

#include <errno.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <unistd.h>

int shm_limits_read(struct shm_limits *limits)
{
	struct shminfo most = { 0 };
	struct shm_info used = { 0 };

	if (shmctl(0, IPC_INFO, (struct shmid_ds *)(void *)&most) < 0 ||
		shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&used) < 0)
		return -errno;
	*limits = (struct shm_limits){
		.shmmax = most.shmmax,
		.shmmin = most.shmmin,
		.shmmni = most.shmmni,
		.shmall = most.shmall,
		.segments = (uint64_t)used.used_ids,
		.pages = used.shm_tot,
		.page_size = (uint64_t)sysconf(_SC_PAGESIZE),
	};
	return 0;
}
