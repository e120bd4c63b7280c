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

static struct poptOption key_options[] = {
	VALUE("find", '\0', &find_text, "KEY",
		"List the files below DIR that produce KEY, or have it as inode number"),
	FLAG("all-file-systems", '\0', &all_file_systems,
		"With --find, also search file systems mounted below DIR"),
	POPT_TABLEEND,
};

static enum exit_status print_key(const char *spec)
{
	key_t key;
	int r = operand_ftok(spec, &key);

	if (r == -EINVAL)
		return message_usage("'%s': " NOT_AN_FTOK_SPEC, spec);
	if (r == 0)
		printf("0x%08x\n", (uint32_t)key);
	return command_result(spec, OPERATION_FTOK, r, NULL);
}

/* The result of a search. */
struct result {
	unsigned int proj;
	bool by_proj, by_inode; /* found a file */
	enum exit_status status;
};

static void print_file(const char *path, enum ftok_way way, void *data)
{
	char CLEANUP_FREE *safe = text_escape(path);
	struct result *result = data;

	if (way == FTOK_INODE) {
		result->by_inode = true;
		printf("%s (inode number)\n", safe);
	} else {
		result->by_proj = true;
		printf("%s:%u\n", safe, result->proj);
	}
}

static void report_failed(const char *path, int error, void *data)
{
	struct result *result = data;

	result->status = status_merge(
		result->status, command_result(path, OPERATION_FILE, error, NULL));
}

static enum exit_status find(key_t key, const char *const *words, size_t count)
{
	struct result result = { .proj = ftok_split(key).proj };
	const struct ftok_search search = {
		.key = key,
		.all_file_systems = all_file_systems,
		.found = print_file,
		.failed = report_failed,
		.data = &result,
	};
	bool found;

	for (size_t i = 0; i < count; i++)
		ftok_find(&search, words[i]);
	found = result.by_proj || result.by_inode;
	if (result.proj == 0 && !result.by_inode)
		message("%s: project ID is 0: probably not an ftok(3) key%s", find_text,
			found ? "" : "; no file has this inode number either");
	else if (!found)
		message("%s: no matching file found", find_text);
	return found ? result.status : status_merge(result.status, STATUS_FAILED);
}

static enum exit_status run(const char *const *words, size_t count)
{
	enum exit_status status;
	key_t key;

	if (count == 0)
		return message_usage("%s is missing", find_text ? "DIR" : "PATH[:PROJ]");
	if (find_text) {
		status = command_read_key("--find", find_text, &key);
		if (status != STATUS_DONE)
			return status;
		if (key == IPC_PRIVATE)
			return message_usage(
				"--find: key 0 is IPC_PRIVATE, which no file produces");
		return find(key, words, count);
	}
	if (all_file_systems)
		return message_usage("--all-file-systems requires --find");
	if (count > 1)
		return message_usage("unexpected argument '%s'", words[1]);
	return print_key(words[0]);
}

const struct command command_key = {
	.name = "key",
	.arguments = "PATH[:PROJ] | --find KEY DIR...",
	.summary = "Print the ftok(3) key of a file, or find files that produce a key",
	.details =
		"PROJ is a number from 1 to 255 or one non-digit character (default 1).\n"
		"--find prints files that produce KEY as PATH:PROJ, and files whose inode number\n"
		"is KEY, such as a data directory of PostgreSQL, as PATH (inode number).\n",
	.options = { GROUP(NULL, key_options) },
	.max_args = OPERANDS_ANY,
	.run = run,
};
