#include "select/orphan.h"

#include "kernel/process.h"

enum orphan segment_orphan(const struct segment *segment)
{
	int64_t last_use = segment_last_use(segment);
	enum process_state creator, user = PROCESS_GONE;

	if (segment->nattch > 0)
		return ORPHAN_NO;
	creator = process_state(segment->cpid, segment_existed(segment));
	if (last_use > 0 && creator != PROCESS_RUNS)
		user = process_state(segment->lpid, last_use);
	if (creator == PROCESS_RUNS || user == PROCESS_RUNS)
		return ORPHAN_NO;
	return creator == PROCESS_GONE && user == PROCESS_GONE ? ORPHAN_YES
							       : ORPHAN_UNKNOWN;
}
