#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "command.h"
#include "parse/owner.h"
#include "show/message.h"

static enum exit_status change(const struct operand *operand, const struct owner *owner)
{
	struct segment segment;
	int r = operand_find(operand, &segment);

	if (r < 0)
		return command_not_found(operand, r);
	if ((!owner->has_user || !owner->has_group) && !segment_owner_known(&segment))
		return message_failure(operand->text,
			&(struct failure){ .deed = DEED_SET, .error = -EOVERFLOW });
	r = segment_set(segment.id, owner->has_user ? owner->uid : segment.uid,
		owner->has_group ? owner->gid : segment.gid, segment.mode);
	if (r < 0)
		return message_failure(operand->text,
			&(struct failure){
				.deed = DEED_SET, .error = r, .segment = &segment });
	return STATUS_DONE;
}

static enum exit_status run(const char *const *words, size_t count)
{
	struct operand CLEANUP_FREE *operands = NULL;
	enum exit_status status;
	struct owner owner;
	int r;

	r = parse_owner(words[0], &owner);
	if (r < 0)
		return command_bad_owner(NULL, words[0], r);
	operands = command_operands(words + 1, count - 1, &status);
	if (!operands)
		return status;
	for (size_t i = 0; i < count - 1; i++)
		status = status_merge(status, change(&operands[i], &owner));
	return status;
}

static const char *const names[] = { "[USER][:[GROUP]]", "SEGMENT" };

const struct command command_chown = {
	.name = "chown",
	.arguments = "[USER][:[GROUP]] SEGMENT...",
	.summary = "changes owner and group of segments",
	.details =
		"USER and GROUP are names or numbers; what is left out stays as it is.\n"
		"'USER:' stands for USER and the login group of USER.\n"
		"The creator of a segment never changes.\n" SEGMENT_HELP,
	.least = 2,
	.most = OPERANDS_ANY,
	.names = names,
	.namespaced = true,
	.run = run,
};
