/*
 * /proc/PID/mountinfo: exactly the lines are found that it has, with their fields; and
 * lines of any bytes do no harm.
 */
#include <inttypes.h>
#include <unistd.h>

#include "cleanup.h"
#include "fuzz.h"
#include "kernel/mounts.h"
#include "proc.h"

#define LINES_MAX 32

struct line {
	uint64_t id;
	unsigned int major, minor;
	char *root, *path;
	const char *type;
};

struct expected {
	struct line lines[LINES_MAX];
	size_t count, found, stop;
};

/* Print TEXT as the kernel does (fs/proc_namespace.c, mangle()). */
static void put_escaped(const char *text, FILE *out)
{
	for (; *text; text++) {
		if (strchr(" \t\n\\", *text))
			fprintf(out, "\\%03o", (unsigned int)*text);
		else
			fputc(*text, out);
	}
}

static bool check_mount(void *data, const struct mount *mount)
{
	struct expected *expected = data;
	const struct line *line = &expected->lines[expected->found++];

	HOLDS(expected->found <= expected->count);
	HOLDS(mount->id == line->id && mount->major == line->major &&
		mount->minor == line->minor);
	HOLDS(strcmp(mount->root, line->root) == 0);
	HOLDS(strcmp(mount->path, line->path) == 0);
	HOLDS(strcmp(mount->type, line->type) == 0);
	return expected->found != expected->stop;
}

/* Take a path. A slash comes before it, as in mountinfo. */
static char *take_path(struct input *input)
{
	char CLEANUP_FREE *rest = take_line(input);
	char *path = NULL;

	HOLDS(asprintf(&path, "/%s", rest) > 0);
	return path;
}

static void put_line(struct input *input, FILE *out, struct line *line)
{
	static const char *const types[] = { "tmpfs", "nsfs", "devtmpfs", "fuse.tmpfs" };

	line->id = take_number(input, 8);
	line->major = (unsigned int)take_number(input, 4);
	line->minor = (unsigned int)take_number(input, 4);
	line->type = types[take_number(input, 1) % 4];
	/* What is not a path is not escaped, and has no blanks. */
	line->root = strdup(take_number(input, 1) & 1 ? "ipc:[4026531839]" : "/");
	HOLDS(line->root);
	line->path = take_path(input);
	fprintf(out, "%" PRIu64 " 1 %u:%u %s ", line->id, line->major, line->minor,
		line->root);
	put_escaped(line->path, out);
	fprintf(out, " rw,relatime%s - %s none rw\n",
		take_number(input, 1) & 1 ? " shared:1 master:2" : "", line->type);
}

static void try_lines(struct input *input)
{
	struct expected expected = { 0 };
	char *text = NULL;
	size_t length, wanted;
	FILE *out = open_memstream(&text, &length);

	HOLDS(out);
	expected.stop = take_number(input, 1);
	while (input->left > 0 && expected.count < LINES_MAX)
		put_line(input, out, &expected.lines[expected.count++]);
	HOLDS(fclose(out) == 0);
	wanted = expected.stop > 0 && expected.stop < expected.count ? expected.stop
								     : expected.count;
	proc_serve("mountinfo", text, length);
	HOLDS(mounts_read(getpid(), check_mount, &expected) == 0);
	HOLDS(expected.found == wanted);
	for (size_t i = 0; i < expected.count; i++) {
		free(expected.lines[i].root);
		free(expected.lines[i].path);
	}
	free(text);
}

static bool accept_mount(void *data, const struct mount *mount)
{
	(void)data;
	HOLDS(mount->root && mount->path && mount->type);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };

	if (take_number(&input, 1) & 1) {
		try_lines(&input);
	} else {
		proc_serve("mountinfo", (const char *)input.data, input.left);
		HOLDS(mounts_read(getpid(), accept_mount, NULL) == 0);
	}
	proc_serve("mountinfo", NULL, 0);
	return 0;
}
