#include "select/orphan.h"

#include "kernel/process.h"

bool segment_is_orphan(const struct segment *segment)
{
	int64_t last_use = segment_last_use(segment);

	if (segment->nattch > 0 || segment->saved)
		return false;
	if (process_state(segment->cpid, segment_existed(segment)) != PROCESS_GONE)
		return false;
	return last_use == 0 || process_state(segment->lpid, last_use) == PROCESS_GONE;
}
