#include "kernel/orphan.h"

struct orphan segment_orphan(const struct segment *segment)
{
	int64_t last_use = segment_last_use(segment);
	struct orphan orphan = {
		.creator = process_state(segment->cpid, segment_existed(segment)),
		.last_user = PROCESS_GONE,
	};

	if (segment->nattch > 0)
		return orphan;
	if (last_use > 0)
		orphan.last_user = process_state(segment->lpid, last_use);
	if (orphan.creator == PROCESS_GONE && orphan.last_user == PROCESS_GONE)
		orphan.state = ORPHAN_YES;
	else if (orphan.creator != PROCESS_RUNS && orphan.last_user != PROCESS_RUNS)
		orphan.state = ORPHAN_UNKNOWN;
	return orphan;
}

enum motion segment_motion(const struct segment *segment)
{
	int64_t recent = time(NULL) - 1, last_use = segment_last_use(segment);

	/* Nothing records who used a POSIX object. */
	if (segment->type == SEGMENT_POSIX)
		return MOTION_NONE;
	if (last_use >= recent && process_state(segment->lpid, last_use) != PROCESS_GONE)
		return MOTION_USED;
	if (segment->ctime >= recent &&
		process_state(segment->cpid, segment_existed(segment)) != PROCESS_GONE)
		return MOTION_CREATED;
	return MOTION_NONE;
}
