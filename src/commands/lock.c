#include "command.h"
#include "kernel/sysv.h"

static enum exit_status lock(
	const struct operand *operand, const struct segment *segment, const void *how)
{
	(void)how;
	return command_result(
		operand->text, OPERATION_LOCK, sysv_lock(segment->id), segment);
}

static enum exit_status run(const char *const *words, size_t count)
{
	return command_each(words, count, lock, NULL);
}

const struct command command_lock = {
	.name = "lock",
	.arguments = "SEGMENT...",
	.summary = "Lock segments in memory",
	.details =
		"Pages already in memory stay there. Other pages stay from the moment they are\n"
		"first loaded. Without CAP_IPC_LOCK, users may lock up to 'ulimit -l', and only\n"
		"segments they own or created.\n" SYSV_SEGMENT_HELP,
	.min_args = 1,
	.max_args = OPERANDS_ANY,
	.only_sysv = true,
	.namespaced = true,
	.changes = true,
	.run = run,
};
