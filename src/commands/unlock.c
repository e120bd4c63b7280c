#include "command.h"
#include "kernel/sysv.h"

static enum exit_status unlock(
	const struct operand *operand, const struct segment *segment, const void *how)
{
	(void)how;
	return command_result(
		operand->text, OPERATION_UNLOCK, sysv_unlock(segment->id), segment);
}

static enum exit_status run(const char *const *words, size_t count)
{
	return command_each(words, count, unlock, NULL);
}

const struct command command_unlock = {
	.name = "unlock",
	.arguments = "SEGMENT...",
	.summary = "Allow segments to be swapped out again",
	.details = "A segment that is not locked stays as it is.\n" SYSV_SEGMENT_HELP,
	.min_args = 1,
	.max_args = OPERANDS_ANY,
	.only_sysv = true,
	.namespaced = true,
	.changes = true,
	.run = run,
};
