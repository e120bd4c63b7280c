#include "select/operand.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>

#include "kernel/posix.h"
#include "kernel/sysv.h"
#include "parse/key.h"
#include "parse/number.h"

#define FORMS                                                                            \
	"not a segment: give an ID (32769), a key (0x0000162e or key:5678), "            \
	"ftok:PATH[:PROJ] or the /NAME of a POSIX object"

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

int operand_ftok(const char *text, key_t *key)
{
	struct ftok_spec spec;
	int r;

	if (parse_ftok(text, &spec) < 0)
		return -EINVAL;
	errno = 0;
	*key = ftok(spec.path, spec.proj);
	r = *key == -1 ? -errno : 0; /* -1 is a key too, and then errno is 0 */
	free(spec.path);
	return r;
}

static int parse_key_operand(const char *text, struct operand *operand, const char **why)
{
	int r;

	operand->by_key = true;
	r = parse_key(text, &operand->key);
	if (r == -ERANGE)
		*why = "not a key: more than 32 bits";
	else if (r < 0)
		*why = "not a key: give a number in decimal, octal (0...) or hex (0x...)";
	else if (operand->key == IPC_PRIVATE)
		*why = "key 0 is IPC_PRIVATE and names no segment; give an ID";
	else
		return 0;
	return -EINVAL;
}

static int parse_ftok_operand(const char *text, struct operand *operand, const char **why)
{
	int r = operand_ftok(text, &operand->key);

	*why = NOT_AN_FTOK_SPEC;
	if (r == -EINVAL)
		return r;
	operand->by_key = true;
	operand->ftok_error = r;
	return 0;
}

/* Check the name of a POSIX object. Semaphores and other files are told apart later. */
static int parse_name(const char *text, struct operand *operand, const char **why)
{
	operand->type = SEGMENT_POSIX;
	if (strchr(text + 1, '/'))
		*why = "the name of a POSIX object has no second slash";
	else if (strlen(text) > POSIX_NAME_MAX)
		*why = "the name of a POSIX object has at most 255 bytes after its slash";
	else if (!text[1] || strcmp(text, "/.") == 0 || strcmp(text, "/..") == 0)
		*why = "not the name of a POSIX object";
	else
		return 0;
	return -EINVAL;
}

int operand_parse(const char *text, struct operand *operand, const char **why)
{
	*operand = (struct operand){ .text = text, .type = SEGMENT_SYSV };
	*why = FORMS;
	if (*text == '/')
		return parse_name(text, operand, why);
	if (starts_with(text, "ftok:"))
		return parse_ftok_operand(text + strlen("ftok:"), operand, why);
	if (starts_with(text, "key:"))
		return parse_key_operand(text + strlen("key:"), operand, why);
	if (starts_with(text, "0x") || starts_with(text, "0X"))
		return parse_key_operand(text, operand, why);
	switch (parse_id(text, &operand->id)) {
	case 0:
		return 0;
	case -ERANGE:
		*why = "too large for an ID; write a key as 0x... or key:NUMBER";
		return -EINVAL;
	default:
		return -EINVAL;
	}
}

int operand_find(const struct operand *operand, struct segment *segment)
{
	int r, id = operand->id;

	if (operand->type == SEGMENT_POSIX)
		return posix_stat(operand->text, segment);
	if (operand->ftok_error)
		return operand->ftok_error;
	if (operand->by_key) {
		r = sysv_find(operand->key, &id);
		if (r < 0)
			return r;
	}
	return sysv_stat(id, segment);
}

bool operand_names(const struct operand *operand, const struct segment *segment)
{
	if (operand->type != segment->type)
		return false;
	if (operand->type == SEGMENT_POSIX)
		return strcmp(segment->name, operand->text) == 0;
	if (!operand->by_key)
		return segment->id == operand->id;
	return !operand->ftok_error && segment->key == operand->key;
}
