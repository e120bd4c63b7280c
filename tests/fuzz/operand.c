/*
 * SEGMENT on the command line: an accepted operand means the same as its canonical form,
 * and a refused one gets a reason.
 */
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <sys/ipc.h>

#include "cleanup.h"
#include "fuzz.h"
#include "select/operand.h"

/* Check that OPERAND means the same as TEXT, the canonical form. */
static void same_as(const struct operand *operand, const char *text)
{
	struct operand again;
	const char *why;

	HOLDS(operand_parse(text, &again, &why) == 0);
	HOLDS(again.by_key == operand->by_key && again.id == operand->id &&
		again.key == operand->key && again.ftok_error == 0);
}

/* Check that an accepted name is that of a file in a directory, and names this object
 * only. */
static void try_name(const struct operand *operand)
{
	struct segment segment = { .type = SEGMENT_POSIX, .name = operand->text };
	const char *file = operand->text + 1;

	HOLDS(operand->text[0] == '/' && !strchr(file, '/'));
	HOLDS(*file && strlen(file) <= NAME_MAX);
	HOLDS(strcmp(file, ".") != 0 && strcmp(file, "..") != 0);
	HOLDS(!operand->by_key && operand->ftok_error == 0);
	HOLDS(operand_names(operand, &segment));
	segment.name = "/";
	HOLDS(!operand_names(operand, &segment));
	segment = (struct segment){ .type = SEGMENT_SYSV };
	HOLDS(!operand_names(operand, &segment));
}

static void try_operand(const char *text)
{
	struct segment segment = { 0 };
	struct operand operand;
	const char *why = NULL;
	char canonical[32];
	int r = operand_parse(text, &operand, &why);

	if (r < 0) {
		HOLDS(r == -EINVAL && why && *why);
		return;
	}
	HOLDS(operand.text == text);
	if (operand.type == SEGMENT_POSIX) {
		try_name(&operand);
		return;
	}
	HOLDS(*text != '/');
	HOLDS(!operand.ftok_error || strncmp(text, "ftok:", 5) == 0);
	if (operand.ftok_error) {
		HOLDS(operand.by_key && operand.ftok_error < 0);
		HOLDS(!operand_names(&operand, &segment));
		return;
	}
	HOLDS(!operand.by_key || operand.key != IPC_PRIVATE);
	HOLDS(operand.id >= 0);
	snprintf(canonical, sizeof(canonical), operand.by_key ? "0x%08x" : "%u",
		operand.by_key ? (unsigned int)operand.key : (unsigned int)operand.id);
	same_as(&operand, canonical);
	if (!operand.by_key)
		HOLDS(strcmp(canonical, text) == 0);
	segment.id = operand.id;
	segment.key = operand.key;
	HOLDS(operand_names(&operand, &segment));
	segment.id ^= 1;
	segment.key ^= 1;
	HOLDS(!operand_names(&operand, &segment));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	char CLEANUP_FREE *text = take_rest(&input);

	try_operand(text);
	return 0;
}
