#include "command.h"
#include "show/message.h"

static enum exit_status run(const char *const *operands, size_t count)
{
	const struct command *command = count > 0 ? command_find(operands[0]) : &program;

	if (!command)
		return command_unknown(operands[0]);
	command_print_help(command, stdout);
	return STATUS_DONE;
}

const struct command command_help = {
	.name = "help",
	.arguments = "[COMMAND]",
	.summary = "Show the help of a command",
	.details = "The same as 'shmtool COMMAND --help'.\n",
	.max_args = 1,
	.run = run,
};
