#include "command.h"

static enum exit_status lock(
	const struct operand *operand, const struct segment *segment, const void *how)
{
	(void)how;
	return command_result(
		operand->text, OPERATION_LOCK, segment_lock(segment->id), segment);
}

static enum exit_status run(const char *const *words, size_t count)
{
	return command_each(words, count, lock, NULL);
}

const struct command command_lock = {
	.name = "lock",
	.arguments = "SEGMENT...",
	.summary = "Keep segments in memory",
	.details =
		"Pages that are in memory stay there; others stay once they are touched.\n"
		"Without CAP_IPC_LOCK, users may lock as much as 'ulimit -l' allows, and only\n"
		"segments that they own or created.\n" SEGMENT_HELP,
	.min_args = 1,
	.max_args = OPERANDS_ANY,
	.namespaced = true,
	.changes = true,
	.run = run,
};
