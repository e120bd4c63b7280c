#include "kernel/segment.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>

#include "alloc.h"
#include "cleanup.h"
#include "kernel/posix.h"
#include "kernel/sysv.h"

int64_t segment_last_use(const struct segment *segment)
{
	return MAX(segment->atime, MAX(segment->dtime, segment->mtime));
}

int64_t segment_existed(const struct segment *segment)
{
	int64_t second = segment->ctime;

	if (segment->atime > 0)
		second = MIN(second, segment->atime);
	if (segment->dtime > 0)
		second = MIN(second, segment->dtime);
	return second;
}

/* The "now" of all ages, and the time since the boot; 0: not read yet. */
static struct timespec ages_now, uptime;

void segment_ages_reset(void)
{
	ages_now.tv_sec = 0;
}

/* Compute the seconds since THEN. Use one "now" for all segments, so that equal times
 * give equal ages. */
static bool seconds_since(int64_t then, uint64_t *seconds)
{
	if (ages_now.tv_sec == 0) {
		/* Not CLOCK_REALTIME_COARSE: the times of files may be later. */
		clock_gettime(CLOCK_REALTIME, &ages_now);
		clock_gettime(CLOCK_BOOTTIME, &uptime);
	}
	if (then > ages_now.tv_sec)
		return false;
	*seconds = MIN((uint64_t)(ages_now.tv_sec - then), (uint64_t)uptime.tv_sec);
	return true;
}

bool segment_age(const struct segment *segment, uint64_t *seconds)
{
	return seconds_since(segment->ctime, seconds);
}

bool segment_idle(const struct segment *segment, uint64_t *seconds)
{
	return seconds_since(segment_last_use(segment) ?: segment->ctime, seconds);
}

bool segment_may_be(const struct segment *before, const struct segment *now)
{
	if (before->type != now->type)
		return false;
	if (before->type == SEGMENT_POSIX)
		return before->device == now->device && before->inode == now->inode &&
			strcmp(before->name, now->name) == 0;
	return before->id == now->id && before->cuid == now->cuid &&
		before->cgid == now->cgid && before->cpid == now->cpid &&
		before->size == now->size;
}

bool segment_same(const struct segment *a, const struct segment *b)
{
	return segment_may_be(a, b) &&
		(a->type == SEGMENT_POSIX || (a->key == b->key && a->ctime == b->ctime));
}

bool segment_unchanged(const struct segment *before, const struct segment *after)
{
	return segment_same(before, after) && before->uid == after->uid &&
		before->gid == after->gid && before->mode == after->mode &&
		before->size == after->size && before->locked == after->locked &&
		before->nattch == after->nattch && before->atime == after->atime &&
		before->dtime == after->dtime && before->mtime == after->mtime &&
		before->ctime == after->ctime && before->lpid == after->lpid &&
		memcmp(before->nanoseconds, after->nanoseconds,
			sizeof(before->nanoseconds)) == 0;
}

/* Return the ID that stands for unmapped IDs of a KIND, "uid" or "gid"; above 32 bits if
 * this user namespace maps all IDs to themselves; the kernel's default without /proc. */
static uint64_t read_overflow_id(const char *kind)
{
	FILE CLEANUP_FILE *map = NULL;
	FILE CLEANUP_FILE *overflow = NULL;
	uint64_t inside, outside, length, id;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/%s_map", kind);
	map = xfopen(path);
	if (map &&
		fscanf(map, "%" SCNu64 " %" SCNu64 " %" SCNu64, &inside, &outside,
			&length) == 3 &&
		inside == 0 && outside == 0 && length == UINT32_MAX)
		return UINT64_MAX;
	snprintf(path, sizeof(path), "/proc/sys/kernel/overflow%s", kind);
	overflow = xfopen(path);
	return overflow && fscanf(overflow, "%" SCNu64, &id) == 1 ? id : 65534;
}

bool user_id_known(uid_t uid)
{
	static uint64_t overflow;

	if (overflow == 0)
		overflow = read_overflow_id("uid");
	return uid != overflow;
}

bool group_id_known(gid_t gid)
{
	static uint64_t overflow;

	if (overflow == 0)
		overflow = read_overflow_id("gid");
	return gid != overflow;
}

bool segment_owner_known(const struct segment *segment)
{
	return user_id_known(segment->uid) && group_id_known(segment->gid);
}

int segment_stat(const struct segment *seen, struct segment *now)
{
	return seen->type == SEGMENT_POSIX ? posix_stat(seen->name, now)
					   : sysv_stat(seen->id, now);
}

int segment_set(const struct segment *segment, uid_t uid, gid_t gid, mode_t mode)
{
	return segment->type == SEGMENT_POSIX ? posix_set(segment, uid, gid, mode)
					      : sysv_set(segment->id, uid, gid, mode);
}

bool segment_may_change(const struct segment *segment)
{
	return segment->type == SEGMENT_POSIX ? posix_may_change(segment)
					      : sysv_may_change(segment);
}

int segment_remove(const struct segment *segment)
{
	return segment->type == SEGMENT_POSIX ? posix_remove(segment)
					      : sysv_remove(segment->id);
}
