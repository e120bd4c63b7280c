#include <errno.h>
#include <inttypes.h>
#include <sys/ipc.h>

#include "cleanup.h"
#include "command.h"
#include "kernel/ftok.h"
#include "show/message.h"
#include "show/text.h"

static char *find_text;
static int all_file_systems;

static struct poptOption options[] = {
	{ "find", '\0', POPT_ARG_STRING, &find_text, 0,
		"list the files in DIR that give KEY, and their PROJ", "KEY" },
	{ "all-file-systems", '\0', POPT_ARG_NONE, &all_file_systems, 0,
		"with --find: also in what is mounted below DIR", NULL },
	POPT_TABLEEND,
};

static enum exit_status print_key(const char *spec)
{
	key_t key;
	int r = operand_ftok(spec, &key);

	if (r == -EINVAL)
		return message_usage("'%s': " NOT_AN_FTOK_SPEC, spec);
	if (r < 0)
		return message_failure(
			spec, &(struct failure){ .deed = DEED_FTOK, .error = r });
	printf("0x%08x\n", (uint32_t)key);
	return STATUS_DONE;
}

/* The argument of --find. */
static enum exit_status read_find(key_t *key)
{
	enum exit_status status = command_read_key("--find", find_text, key);

	if (status == STATUS_DONE && *key == IPC_PRIVATE)
		return message_usage(
			"--find: key 0 is IPC_PRIVATE, which is made of no file");
	return status;
}

/* What a search came to. */
struct outcome {
	unsigned int proj;
	bool found;
	enum exit_status status;
};

static void print_file(const char *path, void *data)
{
	char CLEANUP_FREE *safe = text_escape(path);
	struct outcome *outcome = data;

	outcome->found = true;
	if (safe)
		printf("%s:%u\n", safe, outcome->proj);
	else
		outcome->status = status_merge(outcome->status,
			message_failure(path,
				&(struct failure){
					.deed = DEED_FILE, .error = -ENOMEM }));
}

static void say_failed(const char *path, int error, void *data)
{
	struct outcome *outcome = data;

	outcome->status = status_merge(outcome->status,
		message_failure(
			path, &(struct failure){ .deed = DEED_FILE, .error = error }));
}

static enum exit_status find(key_t key, const char *const *words, size_t count)
{
	struct outcome outcome = { .proj = ftok_split(key).proj };
	const struct ftok_search search = {
		.key = key,
		.all_file_systems = all_file_systems,
		.found = print_file,
		.failed = say_failed,
		.data = &outcome,
	};

	for (size_t i = 0; i < count; i++)
		ftok_find(&search, words[i]);
	if (outcome.found && outcome.proj == 0)
		message("%s: its PROJ is 0, which ftok(3) is not meant for; it may be no key "
			"of a file",
			find_text);
	if (outcome.found)
		return outcome.status;
	message("%s: no file that was looked at gives this key", find_text);
	return status_merge(outcome.status, STATUS_FAILED);
}

static enum exit_status run(const char *const *words, size_t count)
{
	enum exit_status status;
	key_t key;

	if (count == 0)
		return message_usage("%s is missing", find_text ? "DIR" : "PATH[:PROJ]");
	if (find_text) {
		status = read_find(&key);
		return status == STATUS_DONE ? find(key, words, count) : status;
	}
	if (all_file_systems)
		return message_usage("--all-file-systems goes with --find");
	if (count > 1)
		return message_usage("unexpected argument '%s'", words[1]);
	return print_key(words[0]);
}

const struct command command_key = {
	.name = "key",
	.arguments = "PATH[:PROJ] | --find KEY DIR...",
	.summary = "prints the key that ftok(3) makes of a file, or finds the file",
	.details =
		"PROJ is a number from 1 to 255 or one character that is no digit; 1 where it\n"
		"is left out. Files that give KEY are listed as PATH:PROJ, one a line.\n",
	.options = options,
	.most = OPERANDS_ANY,
	.run = run,
};
