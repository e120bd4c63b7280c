#include "select/account.h"

#include <string.h>
#include <sys/param.h>

#include "kernel/backing.h"
#include "kernel/memory.h"

static void set_gaps(struct account *account)
{
	const struct shmem_account *shmem = &account->shmem;
	const struct selection *segments = &account->segments;
	const size_t gaps[GAPS] = {
		[GAP_PROCESSES] = MAX(shmem->unseen, segments->unseen_processes),
		[GAP_IPC_NAMESPACES] = segments->unreached[SEGMENT_SYSV],
		[GAP_SEGMENTS] = segments->gaps.hidden + segments->gaps.bad_lines,
		[GAP_MOUNT_NAMESPACES] = shmem->namespaces,
		[GAP_MOUNTS] = shmem->unreached,
		[GAP_DIRECTORIES] = shmem->unread,
		[GAP_OBJECTS] = shmem->unmeasured,
		[GAP_FILES] = shmem->skipped,
	};

	memcpy(account->gaps, gaps, sizeof(gaps));
}

int account_read(struct account *account, enum shmem_detail detail,
	void (*progress)(size_t processes))
{
	const struct selection_request request = {
		.kinds = SEGMENTS_SYSV,
		.all_namespaces = true,
		/* If there may be huge pages, every attach tells; otherwise, this does
		 * not search. */
		.needs = FINDING_MEMORY |
			(memory_huge_pages() ? FINDING_ATTACHES : FINDING_PAGES),
	};
	int r;

	shmem_begin(&account->shmem);
	r = selection_read(&account->segments, &request);
	for (size_t i = 0; i < account->segments.count && r == 0; i++) {
		struct row *row = &account->segments.rows[i];

		/* Huge pages are not part of Shmem. */
		if (row->page_size > small_page_size())
			continue;
		if (row->may_be_huge && row->memory.rss > 0)
			row->memory.known = false;
		shmem_add_segment(&account->shmem, &row->segment, row->ns, &row->memory);
	}
	if (r == 0)
		r = shmem_search(&account->shmem, detail, progress);
	set_gaps(account);
	return r;
}

void account_free(struct account *account)
{
	selection_free(&account->segments);
	shmem_free(&account->shmem);
}
