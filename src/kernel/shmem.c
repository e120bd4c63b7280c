#include "kernel/shmem.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "compare.h"
#include "condition.h"
#include "kernel/backing.h"
#include "kernel/memory.h"
#include "kernel/namespace.h"
#include "kernel/process.h"
#include "kernel/process_files.h"

const char *const shmem_kind_names[SHMEM_KINDS] = {
	[SHMEM_SYSV] = "sysv",
	[SHMEM_TMPFS] = "tmpfs",
	[SHMEM_MEMFD] = "memfd",
	[SHMEM_ANONYMOUS] = "anonymous",
	[SHMEM_DELETED] = "deleted",
	[SHMEM_UNACCOUNTED] = "unaccounted",
	[SHMEM_TOTAL] = "shmem",
	[SHMEM_HUGE] = "hugepages",
};

/* Processes that use anything of a kind, or of a file system. They come in ascending
 * order, so each one is counted when it differs from the last one. */
struct users {
	pid_t last;
	uint64_t count;
};

/* A tmpfs that is mounted at least once. */
struct file_system {
	uint64_t device;
	const struct tmpfs_mount *mounts; /* the best to open first */
	size_t nmounts;
	struct users users; /* of its files that have a name */
	uint64_t ndeleted,
		deleted; /* deleted files; their bytes, in memory and in swap */
	bool reached;
	uint64_t used; /* bytes, in memory and in swap */
	uint64_t inodes; /* 0: not known */
	/* What a walk found: */
	uint64_t blocks, swap; /* bytes */
	size_t unknown; /* files or directories whose memory or swap is not known */
};

/* The file system of each mount ID. */
struct mount_id {
	uint64_t id;
	const struct file_system *system;
};

struct shmem_search {
	struct tmpfs_list mounts;
	struct file_system *systems; /* by device */
	size_t nsystems;
	struct mount_id *ids; /* of tmpfs mounts, ascending */
	/* The kernel's own tmpfs, of segments, memory files and anonymous memory. */
	uint64_t device, mount;
	void *tree; /* of tsearch(3): the objects */
	struct users users[SHMEM_OBJECT_KINDS];
	enum shmem_detail detail;

	pid_t pid, task; /* the process that is being examined, and its namespace */
	uint64_t ns;
	struct file_system *walked; /* the one whose files are visited */
};

/* The inode number of a segment is its ID, which segments of other namespaces and memory
 * files may have too. */
static int compare_objects(const void *a, const void *b)
{
	const struct shmem_object *left = a, *right = b;
	int order = compare_numbers(left->device, right->device);

	if (order == 0)
		order = compare_numbers(left->inode, right->inode);
	return order ? order : compare_numbers(left->ns, right->ns);
}

/* Return the object with this device, inode number and namespace. A new one is a segment
 * if it has a namespace, and otherwise SHMEM_IGNORED. */
static struct shmem_object *find_object(
	struct shmem_account *account, uint64_t device, uint64_t inode, uint64_t ns)
{
	const struct shmem_object sought = {
		.kind = ns ? SHMEM_SYSV : SHMEM_IGNORED,
		.device = device,
		.inode = inode,
		.ns = ns,
	};
	struct shmem_object **node =
		tfind(&sought, &account->search->tree, compare_objects);

	if (node)
		return *node;
	account->objects =
		/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
		xgrow(account->objects, account->count, sizeof(*account->objects));
	account->objects[account->count] = xcalloc(1, sizeof(sought));
	*account->objects[account->count] = sought;
	if (!tsearch(account->objects[account->count], &account->search->tree,
		    compare_objects))
		out_of_memory();
	return account->objects[account->count++];
}

static int compare_device(const void *key, const void *member)
{
	return compare_numbers(
		*(const uint64_t *)key, ((const struct file_system *)member)->device);
}

static struct file_system *find_system(const struct shmem_search *search, uint64_t device)
{
	return bsearch(&device, search->systems, search->nsystems,
		sizeof(*search->systems), compare_device);
}

static int compare_id(const void *key, const void *member)
{
	return compare_numbers(
		*(const uint64_t *)key, ((const struct mount_id *)member)->id);
}

static int compare_ids(const void *a, const void *b)
{
	return compare_id(&((const struct mount_id *)a)->id, b);
}

static int compare_other(const void *key, const void *member)
{
	return compare_numbers(*(const uint64_t *)key, *(const uint64_t *)member);
}

/* Make the list of file systems, and that of their mount IDs. */
static void list_systems(struct shmem_search *search)
{
	const struct tmpfs_list *mounts = &search->mounts;

	search->ids = xcalloc(mounts->count, sizeof(*search->ids));
	search->systems = xcalloc(mounts->count, sizeof(*search->systems));
	for (size_t i = 0; i < mounts->count; i++) {
		const struct tmpfs_mount *mount = &mounts->tmpfs[i];
		struct file_system *system = &search->systems[search->nsystems];

		if (i > 0 && mount[-1].device == mount->device) {
			system--;
		} else {
			system->device = mount->device;
			system->mounts = mount;
			search->nsystems++;
		}
		system->nmounts++;
		search->ids[i] = (struct mount_id){ mount->id, system };
	}
	if (mounts->count > 0)
		qsort(search->ids, mounts->count, sizeof(*search->ids), compare_ids);
}

/* Find out the device and the mount ID of the kernel's own tmpfs. */
static int find_kernel_mount(struct shmem_search *search)
{
	int CLEANUP_FD fd = memfd_create("shmtool", MFD_CLOEXEC);
	int CLEANUP_FD directory = open("/proc/self/fd", O_PATH | O_CLOEXEC);
	char number[16];
	struct statx stat;
	int r;

	if (fd < 0 || directory < 0)
		return -errno;
	snprintf(number, sizeof(number), "%d", fd);
	r = descriptor_stat(directory, number, &stat);
	search->device = makedev(stat.stx_dev_major, stat.stx_dev_minor);
	search->mount = stat.stx_mnt_id;
	return r;
}

void shmem_begin(struct shmem_account *account)
{
	*account = (struct shmem_account){ 0 };
	account->search = xcalloc(1, sizeof(*account->search));
}

static void free_nothing(void *object)
{
	(void)object;
}

void shmem_free(struct shmem_account *account)
{
	for (size_t i = 0; i < account->count; i++) {
		free(account->objects[i]->name);
		free(account->objects[i]->pids);
		free(account->objects[i]);
	}
	tdestroy(account->search->tree, free_nothing);
	tmpfs_free(&account->search->mounts);
	free(account->search->systems);
	free(account->search->ids);
	free(account->search);
	free(account->objects);
	free(account->rows);
	*account = (struct shmem_account){ 0 };
}

void shmem_add_segment(struct shmem_account *account, const struct segment *segment,
	uint64_t ns, const struct memory_use *memory)
{
	struct shmem_object *object = find_object(account, 0, (uint64_t)segment->id, ns);

	object->listed = true;
	object->unseen = segment->nattch;
	object->measured = memory->known;
	object->uid = segment->uid;
	object->size = segment->size;
	object->memory = *memory;
}

/* Remove " (deleted)", which /proc adds, from the end of a name. */
static void strip_suffix(char *name)
{
	static const char suffix[] = " (deleted)";
	size_t length = strlen(name);

	if (length >= strlen(suffix) &&
		strcmp(name + length - strlen(suffix), suffix) == 0)
		name[length - strlen(suffix)] = '\0';
}

static bool has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Set the kind and name of an object that is not a segment. TEXT: its name in /proc. */
static void set_name(
	const struct shmem_search *search, struct shmem_object *object, const char *text)
{
	if (object->device != search->device) {
		object->system = find_system(search, object->device);
		object->kind = SHMEM_TMPFS;
		object->name = xstrdup(text);
		return;
	}
	object->kind = SHMEM_ANONYMOUS;
	/* Shared anonymous memory has this name. */
	if (has_prefix(text, "/dev/zero") || !*text)
		return;
	if (has_prefix(text, "/memfd:"))
		object->kind = SHMEM_MEMFD;
	object->name = xstrdup(
		text + (object->kind == SHMEM_MEMFD ? strlen("/memfd:") : strlen("/")));
	strip_suffix(object->name);
}

/* Measure an object through a link in /proc. It is not measured if the link may not be
 * followed, or leads to another file now. */
static void measure(const struct shmem_search *search, struct shmem_object *object,
	int directory, const char *link)
{
	int CLEANUP_FD path = openat(directory, link, O_PATH | O_CLOEXEC);
	struct statx stat;

	if (path < 0 ||
		syscall(SYS_statx, path, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
			STATX_BASIC_STATS, &stat) < 0 ||
		makedev(stat.stx_dev_major, stat.stx_dev_minor) !=
			(object->ns ? search->device : object->device) ||
		stat.stx_ino != object->inode)
		return;
	object->measured = true;
	object->uid = stat.stx_uid;
	object->size = stat.stx_size;
	object->memory = memory_of_file(path, stat.stx_blocks);
	if (!S_ISREG(stat.stx_mode)) {
		object->kind = SHMEM_IGNORED;
	} else if (object->kind == SHMEM_TMPFS && stat.stx_nlink == 0) {
		object->kind = SHMEM_DELETED;
		strip_suffix(object->name);
		object->system->ndeleted++;
		object->system->deleted += object->memory.rss + object->memory.swap;
	}
}

static void count_user(struct users *users, pid_t pid)
{
	users->count += users->last != pid;
	users->last = pid;
}

/* Count the process as a user of an object. */
static void add_user(struct shmem_search *search, struct shmem_object *object)
{
	bool named = object->kind == SHMEM_TMPFS;

	if (object->npids > 0 && object->pids[object->npids - 1] == search->pid)
		return;
	object->pids = xgrow(object->pids, object->npids, sizeof(*object->pids));
	object->pids[object->npids++] = search->pid;
	count_user(named ? &object->system->users : &search->users[object->kind],
		search->pid);
}

/* Begin with a process. To find its files again adds nothing. */
static unsigned int begin_process(void *data, pid_t task, uint64_t ns)
{
	struct shmem_account *account = data;

	account->search->task = task;
	account->search->ns = ns;
	return VISIT_DESCRIPTORS | VISIT_SHARED | VISIT_PRIVATE;
}

/* Return whether the text of a link looks as if it led to no file of a tmpfs: to a
 * device, to huge pages, or to a buffer of a driver. */
static bool is_something_else(const char *text)
{
	return has_prefix(text, "/memfd:") || has_prefix(text, "/dmabuf:") ||
		has_prefix(text, "/anon_hugepage") ||
		(has_prefix(text, "/dev/") && !has_prefix(text, "/dev/shm/"));
}

/* Return whether a descriptor is open on a tmpfs, or on that of the kernel, and set
 * *STAT. TEXT: the path that /proc shows. */
static bool is_on_tmpfs(struct shmem_account *account, int directory, const char *number,
	const char *text, struct statx *stat)
{
	const struct shmem_search *search = account->search;
	const struct tmpfs_list *mounts = &search->mounts;
	int r = descriptor_stat(directory, number, stat);
	uint64_t mount = stat->stx_mnt_id;

	if (r < 0) {
		account->skipped += r != -ENOENT;
		return false;
	}
	if (mount == search->mount ||
		bsearch(&mount, search->ids, mounts->count, sizeof(*search->ids),
			compare_id))
		return true;
	if (!bsearch(&mount, mounts->others, mounts->nothers, sizeof(*mounts->others),
		    compare_other) &&
		!is_something_else(text))
		account->skipped++;
	return false;
}

static void add_descriptor(void *data, int directory, const char *number)
{
	struct shmem_account *account = data;
	struct shmem_search *search = account->search;
	struct shmem_object *object;
	char text[PATH_MAX];
	struct statx stat;
	uint64_t device;
	ssize_t length = readlinkat(directory, number, text, sizeof(text) - 1);

	/* A path may be longer than the kernel's buffer. */
	if (length < 0 && errno == ENAMETOOLONG)
		length = snprintf(text, sizeof(text), "/");
	/* Sockets, pipes and the like have no slash. */
	if (length < 1 || *text != '/')
		return;
	text[length] = '\0';
	if (!is_on_tmpfs(account, directory, number, text, &stat) ||
		!S_ISREG(stat.stx_mode))
		return;
	device = makedev(stat.stx_dev_major, stat.stx_dev_minor);
	if (device != search->device && !find_system(search, device))
		return;
	object = find_object(account, device, stat.stx_ino, 0);
	if (object->kind == SHMEM_IGNORED)
		set_name(search, object, text);
	if (!object->measured)
		measure(search, object, directory, number);
	add_user(search, object);
}

/* Set the name of a new object, and measure it, through a mapping. NAME: that of the
 * mapping. */
static void examine_mapping(const struct shmem_search *search,
	struct shmem_object *object, const struct file_mapping *mapping, const char *name)
{
	char link[96], text[PATH_MAX];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/%d/map_files/%" PRIx64 "-%" PRIx64,
		(int)search->task, mapping->start, mapping->end);
	if (object->kind == SHMEM_IGNORED) {
		length = readlink(link, text, sizeof(text) - 1);
		text[MAX(length, 0)] = '\0';
		set_name(search, object, length > 0 ? text : name);
	}
	measure(search, object, AT_FDCWD, link);
}

static void add_mapping(void *data, const struct file_mapping *mapping)
{
	struct shmem_account *account = data;
	struct shmem_search *search = account->search;
	const char *name = "";
	struct shmem_object *object;
	uint64_t ns = 0;

	if (mapping->device == search->device)
		name = mapping->name;
	else if (!find_system(search, mapping->device))
		return;
	if (has_prefix(name, "/SYSV"))
		ns = search->ns;
	object = find_object(account, ns ? 0 : mapping->device, mapping->inode, ns);
	object->unseen -= object->unseen > 0;
	if (!object->measured)
		examine_mapping(search, object, mapping, name);
	add_user(search, object);
}

static int examine_processes(
	struct shmem_account *account, void (*progress)(size_t processes))
{
	static const struct file_visitor visitor = { begin_process, add_descriptor,
		add_mapping };
	DIR CLEANUP_DIR *proc = xopendir("/proc");
	pid_t pid;

	while ((pid = process_next(proc)) > 0) {
		int r;

		account->search->pid = pid;
		r = process_files(pid, &visitor, account);
		account->processes += r == 0;
		account->unseen += r < 0 && r != -ESRCH;
		if (progress)
			progress(account->processes);
	}
	return pid;
}

/* Return the path of a file of the walk, from the root of the namespace on. */
static char *full_path(const struct tmpfs_mount *mount, const char *path)
{
	return xasprintf("%s%s", mount->path[1] ? mount->path : "", path);
}

/* Add a file of the walk. */
static void add_file(void *data, const struct tmpfs_file *file)
{
	struct shmem_account *account = data;
	struct file_system *system = account->search->walked;
	bool objects = account->search->detail == SHMEM_OBJECTS;
	struct memory_use memory;
	int CLEANUP_FD path = -1;

	if (memory_in_swap(file->stat.stx_blocks))
		path = tmpfs_file_open(file);
	memory = memory_of_file(path, file->stat.stx_blocks);
	if (objects || file->stat.stx_nlink > 1) {
		struct shmem_object *object =
			find_object(account, system->device, file->stat.stx_ino, 0);

		/* Found by another link; or it had no link when it was counted. */
		if (object->walked || object->kind == SHMEM_DELETED)
			return;
		free(object->name);
		object->kind = SHMEM_TMPFS;
		object->system = system;
		object->name = full_path(system->mounts, file->path);
		object->measured = object->walked = true;
		object->uid = file->stat.stx_uid;
		object->size = file->stat.stx_size;
		object->memory = memory;
	}
	system->blocks += memory.rss + memory.swap;
	system->swap += memory.swap;
	system->unknown += !memory.known;
}

/* Read how much a file system takes. */
static void read_system(struct shmem_account *account, struct file_system *system)
{
	const struct tmpfs_mount *mount = system->mounts;
	int CLEANUP_FD fd = -1;
	struct statfs stat;
	bool swap;

	for (; fd < 0 && mount < system->mounts + system->nmounts; mount++)
		fd = tmpfs_open(mount);
	if (fd < 0 || fstatfs(fd, &stat) < 0) {
		account->unreached++;
		return;
	}
	/* A rootfs may be another kind of file system. */
	if (stat.f_type != TMPFS_MAGIC)
		return;
	system->mounts = mount - 1;
	system->reached = true;
	system->used = (stat.f_blocks - stat.f_bfree) * (uint64_t)stat.f_bsize;
	/* Without a limit on inodes, the kernel does not count them. */
	system->inodes = stat.f_files - stat.f_ffree;
	swap = memory_in_swap(system->used);
	/* Without a size limit, the kernel does not count (mm/shmem.c, shmem_statfs). */
	if (stat.f_blocks == 0 || swap || account->search->detail == SHMEM_OBJECTS) {
		/* Files outside of what is mounted cannot be reached. */
		size_t unread = !system->mounts->whole;

		account->search->walked = system;
		tmpfs_walk(fd, add_file, account, &unread);
		account->unread += unread;
		system->unknown += swap ? unread : 0;
	}
	if (stat.f_blocks == 0)
		system->used = system->blocks + system->deleted;
}

static struct shmem_row *add_row(struct shmem_account *account, enum shmem_kind kind)
{
	struct shmem_row *row;

	account->rows = xgrow(account->rows, account->nrows, sizeof(*account->rows));
	row = &account->rows[account->nrows++];
	*row = (struct shmem_row){ .kind = kind };
	return row;
}

/* Add the row of the objects of a kind, except for SHMEM_TMPFS. */
static void add_kind(struct shmem_account *account, enum shmem_kind kind)
{
	struct shmem_row *row = add_row(account, kind);

	row->swap_known = row->counted = row->objects_known = true;
	row->processes = account->search->users[kind].count;
	for (size_t i = 0; i < account->count; i++) {
		const struct shmem_object *object = account->objects[i];

		if (object->kind != kind)
			continue;
		row->objects++;
		account->unmeasured += !object->measured;
		if (!object->measured)
			continue;
		row->memory += (int64_t)object->memory.rss;
		row->swap += object->memory.swap;
		row->swap_known = row->swap_known && object->memory.known;
		account->together += !object->memory.known;
	}
}

/* Add the row of a file system. Its deleted files have a row of their own. */
static void add_system(struct shmem_account *account, const struct file_system *system)
{
	struct shmem_row *row = add_row(account, SHMEM_TMPFS);

	row->mount = system->mounts;
	row->devshm = row->mount->own && strcmp(row->mount->path, "/dev/shm") == 0;
	row->swap_known = system->unknown == 0;
	row->swap = row->swap_known ? system->swap : 0;
	row->memory =
		(int64_t)(system->used - MIN(system->used, system->deleted + row->swap));
	row->counted = true;
	row->objects_known = system->inodes > 0;
	/* Its root and its deleted files have inodes, too. */
	row->objects = system->inodes - MIN(system->inodes, 1 + system->ndeleted);
	row->processes = system->users.count;
	account->together += !row->swap_known;
}

/* Compare two rows of file systems: /dev/shm first, the others by memory. */
static int compare_rows(const void *a, const void *b)
{
	const struct shmem_row *left = a, *right = b;

	if (left->devshm != right->devshm)
		return left->devshm ? -1 : 1;
	if (left->memory != right->memory)
		return left->memory > right->memory ? -1 : 1;
	return strcmp(left->mount->path, right->mount->path);
}

/* Return the bytes of huge pages in use, of all sizes. */
static uint64_t huge_pages_used(void)
{
	size_t count = 0;
	const struct backing *huge = memory_huge_pages() ? backing_huge(&count) : NULL;
	uint64_t used = 0;

	for (size_t i = 0; i < count; i++) {
		struct huge_pool pool;

		if (huge_pool_read(huge[i].page_size, &pool) == 0)
			used += (pool.total - pool.unused) * huge[i].page_size;
	}
	return used;
}

static int compare_pointers(const void *a, const void *b)
{
	return compare_objects(*(void *const *)a, *(void *const *)b);
}

/* Leave out each segment that is not in the table of the namespace of its users, if that
 * of another namespace seems to be the same, and lacks attaches: a process keeps its
 * attaches when it leaves a namespace with unshare(2) or setns(2). */
static void drop_moved(struct shmem_account *account)
{
	struct shmem_object **objects = account->objects;
	size_t first = 0; /* with the same ID */

	if (account->count > 0)
		/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
		qsort(objects, account->count, sizeof(*objects), compare_pointers);
	for (size_t i = 0; i < account->count; i++) {
		struct shmem_object *moved = objects[i];

		if (moved->inode != objects[first]->inode)
			first = i;
		if (moved->kind != SHMEM_SYSV || moved->listed)
			continue;
		for (size_t j = first;
			j < account->count && objects[j]->inode == moved->inode; j++) {
			if (objects[j]->unseen == 0 || objects[j]->size != moved->size ||
				objects[j]->uid != moved->uid ||
				objects[j]->memory.rss + objects[j]->memory.swap !=
					moved->memory.rss + moved->memory.swap)
				continue;
			objects[j]->unseen--;
			moved->kind = SHMEM_IGNORED;
			break;
		}
	}
}

static void add_rows(struct shmem_account *account)
{
	const struct shmem_search *search = account->search;
	int64_t accounted = 0;
	size_t systems;

	drop_moved(account);
	add_kind(account, SHMEM_SYSV);
	systems = account->nrows;
	for (size_t i = 0; i < search->nsystems; i++) {
		if (search->systems[i].reached)
			add_system(account, &search->systems[i]);
	}
	qsort(&account->rows[systems], account->nrows - systems, sizeof(*account->rows),
		compare_rows);
	for (enum shmem_kind kind = SHMEM_MEMFD; kind <= SHMEM_DELETED; kind++)
		add_kind(account, kind);
	for (size_t i = 0; i < account->nrows; i++)
		accounted += account->rows[i].memory;
	add_row(account, SHMEM_UNACCOUNTED)->memory = (int64_t)account->after - accounted;
	add_row(account, SHMEM_TOTAL)->memory = (int64_t)account->after;
	add_row(account, SHMEM_HUGE)->memory = (int64_t)huge_pages_used();
}

int shmem_search(struct shmem_account *account, enum shmem_detail detail,
	void (*progress)(size_t processes))
{
	struct shmem_search *search = account->search;
	int r;

	if (!process_proc_is_ours())
		return -CONDITION_FOREIGN_PROC;
	search->detail = detail;
	r = memory_shmem(&account->before);
	if (r == 0)
		r = find_kernel_mount(search);
	if (r == 0)
		r = tmpfs_find(&search->mounts);
	if (r < 0)
		return r;
	account->namespaces = search->mounts.unread;
	account->hidden = process_proc_hides();
	list_systems(search);
	r = examine_processes(account, progress);
	if (r < 0)
		return r;
	for (size_t i = 0; i < search->nsystems; i++)
		read_system(account, &search->systems[i]);
	r = memory_shmem(&account->after);
	if (r < 0)
		return r;
	for (size_t i = 0; i < account->count; i++) {
		struct shmem_object *object = account->objects[i];

		object->mount = object->system ? object->system->mounts : NULL;
	}
	add_rows(account);
	return 0;
}
