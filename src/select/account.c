#include "select/account.h"

#include <sys/param.h>

#include "kernel/backing.h"

int account_read(struct account *account, enum shmem_detail detail,
	void (*progress)(size_t processes))
{
	const struct selection_request request = {
		.kinds = SEGMENTS_SYSV,
		.all_namespaces = true,
		.needs = FINDING_MEMORY | FINDING_PAGES,
	};
	int r;

	shmem_begin(&account->shmem);
	r = selection_read(&account->segments, &request);
	for (size_t i = 0; i < account->segments.count && r == 0; i++) {
		const struct row *row = &account->segments.rows[i];

		/* Huge pages are not part of Shmem. */
		if (row->page_size <= small_page_size())
			shmem_add_segment(
				&account->shmem, &row->segment, row->ns, &row->memory);
	}
	return r < 0 ? r : shmem_search(&account->shmem, detail, progress);
}

void account_free(struct account *account)
{
	selection_free(&account->segments);
	shmem_free(&account->shmem);
}

size_t account_unseen_processes(const struct account *account)
{
	return MAX(account->shmem.unseen, account->segments.unseen_processes) +
		account->shmem.failed;
}

size_t account_unexamined(const struct account *account)
{
	return account_unseen_processes(account) +
		account->segments.inaccessible_namespaces +
		account->segments.gaps.hidden + account->shmem.namespaces +
		account->shmem.unreached + account->shmem.unread +
		account->shmem.skipped + account->shmem.unmeasured;
}
