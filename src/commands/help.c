#include "command.h"

static enum exit_status run(const char *const *operands, size_t count)
{
	const struct command *command = count > 0 ? command_find(operands[0]) : &program;
	const char *const words[] = { "", "--help" };

	return command ? command_run(command, 2, words) : command_unknown(operands[0]);
}

const struct command command_help = {
	.name = "help",
	.arguments = "[COMMAND]",
	.summary = "Show the help of a command",
	.details = "The same as 'shmtool COMMAND --help'.\n",
	.max_args = 1,
	.run = run,
};
