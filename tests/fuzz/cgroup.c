/*
 * /proc/PID/cgroup: in paths of known parts among others, the innermost unit and the
 * outermost container are found, in the preferred hierarchy; and text that no kernel
 * writes does no harm.
 */
#include "kernel/cgroup.h"
#include "cleanup.h"
#include "fuzz.h"

#define ID    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SHORT "0123456789ab"

static const struct known {
	const char *text, *unit, *container;
} known[] = {
	{ "system.slice", NULL, NULL },
	{ "..", NULL, NULL },
	{ "x.service", "x.service", NULL },
	{ "_cpu.scope", "cpu.scope", NULL },
	{ ".service", NULL, NULL },
	{ "docker-" ID ".scope", "docker-" ID ".scope", SHORT },
	{ "docker/" ID, NULL, SHORT },
	{ "libpod_parent/libpod-" ID "/container", NULL, SHORT },
	{ "libpod_parent/" ID, NULL, NULL },
	{ "libpod-conmon-" ID ".scope", "libpod-conmon-" ID ".scope", NULL },
	{ "libpod-payload-" ID, NULL, SHORT },
	{ "crio-" ID ".scope", "crio-" ID ".scope", SHORT },
	{ "crio-conmon-" ID, NULL, NULL },
	{ "kubepods-besteffort-pod1.slice:cri-containerd:" ID, NULL, SHORT },
	{ "kubepods/pod1/" ID, NULL, SHORT },
	{ "docker-" ID "0.scope", "docker-" ID "0.scope", NULL },
	{ "ecs/task/task-1", NULL, "task-1" },
	{ "lxc.payload.one", NULL, "one" },
	{ "lxc.monitor.one", NULL, NULL },
	{ "lxc/two", NULL, "two" },
	{ "machine-a\\x2db.scope", "machine-a\\x2db.scope", "a-b" },
	{ "machine-qemu\\x2d1\\x2da.scope", "machine-qemu\\x2d1\\x2da.scope", NULL },
	{ "systemd-nspawn@c\\x2.service", "systemd-nspawn@c\\x2.service", "c\\x2" },
};

#define KNOWN (sizeof(known) / sizeof(*known))

static bool is_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Put a path into OUT, of known parts and parts that name nothing. Return what it names.
 */
static struct known take_path(struct input *input, FILE *out)
{
	struct known expected = { NULL, NULL, NULL };

	for (uint64_t parts = take_number(input, 1) % 8; parts > 0; parts--) {
		uint64_t choice = take_number(input, 1);

		if (choice < KNOWN) {
			fprintf(out, "/%s", known[choice].text);
			expected.unit = known[choice].unit ?: expected.unit;
			expected.container =
				expected.container ?: known[choice].container;
		} else {
			char CLEANUP_FREE *other = take_line(input);

			other[strcspn(other, "/")] = '\0';
			fprintf(out, "/~%s~", other);
		}
	}
	fputc('\n', out);
	return expected;
}

/* Read lines in any order: of systemd, version 2 and two other hierarchies. */
static void try_lines(struct input *input)
{
	static const char *const hierarchies[] = { "name=systemd", "", "memory",
		"cpu,cpuacct" };
	struct known by_rank[] = { { NULL }, { NULL }, { NULL } }, expected = { NULL };
	struct cgroup_names names;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	HOLDS(out);
	for (int line = 0; line < 6 && input->left > 0; line++) {
		uint64_t hierarchy = take_number(input, 1) % 4;
		struct known *rank = &by_rank[hierarchy < 2 ? hierarchy : 2], found;

		fprintf(out, "%d:%s:", line, hierarchies[hierarchy]);
		found = take_path(input, out);
		rank->unit = rank->unit ?: found.unit;
		rank->container = rank->container ?: found.container;
	}
	HOLDS(fclose(out) == 0);
	for (size_t i = 0; i < 3; i++) {
		expected.unit = expected.unit ?: by_rank[i].unit;
		expected.container = expected.container ?: by_rank[i].container;
	}
	names = cgroup_parse(text);
	HOLDS(is_same(names.unit, expected.unit));
	HOLDS(is_same(names.container, expected.container));
	free(names.unit);
	free(names.container);
	free(text);
}

static void try_bytes(struct input *input)
{
	char CLEANUP_FREE *text = take_rest(input);
	struct cgroup_names names = cgroup_parse(text);

	if (names.unit) {
		const char *end = strrchr(names.unit, '.');

		HOLDS(end && end > names.unit && !strpbrk(names.unit, "/\n"));
		HOLDS(strcmp(end, ".service") == 0 || strcmp(end, ".scope") == 0);
		HOLDS(strstr(text, names.unit));
	}
	if (names.container)
		HOLDS(*names.container && strlen(names.container) < strlen(text));
	free(names.unit);
	free(names.container);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };

	if (take_number(&input, 1) == 'r')
		try_bytes(&input);
	else
		try_lines(&input);
	return 0;
}
