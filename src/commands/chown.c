#include <errno.h>

#include "command.h"
#include "parse/owner.h"

static enum exit_status change(
	const struct operand *operand, const struct segment *segment, const void *how)
{
	const struct owner *owner = how;
	int r = segment_may_change(segment) ? -EOVERFLOW : -EPERM;

	/* IPC_SET sets both. */
	if (segment->type == SEGMENT_POSIX || (owner->has_user && owner->has_group) ||
		segment_owner_known(segment))
		r = segment_set(segment, owner->has_user ? owner->uid : segment->uid,
			owner->has_group ? owner->gid : segment->gid, segment->mode);
	return command_result(operand->text, OPERATION_SET, r, segment);
}

static enum exit_status run(const char *const *words, size_t count)
{
	struct owner owner;
	enum exit_status status = command_read_owner("", words[0], &owner);

	if (status != STATUS_DONE)
		return status;
	return command_each(words + 1, count - 1, change, &owner);
}

const struct command command_chown = {
	.name = "chown",
	.arguments = "[USER][:[GROUP]] SEGMENT...",
	.summary = "Change the owner and group of segments",
	.details =
		"USER and GROUP are names or numbers; an omitted part stays as it is.\n"
		"'USER:' stands for USER and the login group of USER.\n"
		"The creator of a segment never changes.\n" SEGMENT_HELP,
	.min_args = 2,
	.max_args = OPERANDS_ANY,
	.namespaced = true,
	.changes = true,
	.run = run,
};
