#include "kernel/orphan.h"

#include "kernel/process.h"

enum orphan segment_orphan(const struct segment *segment)
{
	int64_t last_use = segment_last_use(segment);
	enum process_state creator, user = PROCESS_GONE;

	if (segment->nattch > 0)
		return ORPHAN_NO;
	creator = process_state(segment->cpid, segment_existed(segment));
	if (last_use > 0)
		user = process_state(segment->lpid, last_use);
	if (creator == PROCESS_RUNS || user == PROCESS_RUNS)
		return ORPHAN_NO;
	return creator == PROCESS_GONE && user == PROCESS_GONE ? ORPHAN_YES
							       : ORPHAN_UNKNOWN;
}

bool segment_in_motion(const struct segment *segment, pid_t *pid)
{
	int64_t recent = time(NULL) - 1, last_use = segment_last_use(segment);

	*pid = segment->lpid;
	if (last_use >= recent && process_state(*pid, last_use) != PROCESS_GONE)
		return true;
	*pid = segment->cpid;
	return segment->ctime >= recent &&
		process_state(*pid, segment_existed(segment)) != PROCESS_GONE;
}
