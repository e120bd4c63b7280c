#include "kernel/cgroup.h"

#include <stdbool.h>
#include <string.h>

#include "alloc.h"
#include "digits.h"

/* A container's ID has this many digits; people use the first ones. */
#define ID_LENGTH ((size_t)64)
#define ID_SHOWN  12

/* A part of a path, between slashes; any bytes but these and a newline. */
struct part {
	const char *text;
	size_t length;
};

static bool is(struct part part, const char *name)
{
	return part.length == strlen(name) && memcmp(part.text, name, part.length) == 0;
}

/* Remove a prefix and a suffix. False: it does not have both, with something between
 * them. */
static bool cut(struct part *part, const char *prefix, const char *suffix)
{
	size_t before = strlen(prefix), after = strlen(suffix);

	if (part->length <= before + after || memcmp(part->text, prefix, before) != 0 ||
		memcmp(part->text + part->length - after, suffix, after) != 0)
		return false;
	part->text += before;
	part->length -= before + after;
	return true;
}

/* Return the unit of a part, or NULL. systemd puts an underscore before a name that the
 * kernel could use for a file (src/basic/cgroup-util.c, cg_escape). */
static char *unit_of(struct part part)
{
	struct part stem;

	cut(&part, "_", "");
	stem = part;
	if (!cut(&stem, "", ".service") && !cut(&stem, "", ".scope"))
		return NULL;
	return xstrndup(part.text, part.length);
}

/* Return the first digits of the ID that ends a part, or NULL: ID, docker-ID.scope or
 * kubepods-podUID.slice:cri-containerd:ID. Runtimes choose the prefix. conmon, which
 * watches a container, runs outside it. */
static char *id_of(struct part part, struct part parent)
{
	const char *id;

	cut(&part, "", ".scope");
	if (part.length < ID_LENGTH)
		return NULL;
	part.length -= ID_LENGTH;
	id = part.text + part.length;
	if (strspn(id, "0123456789abcdef") < ID_LENGTH)
		return NULL;
	/* Podman's containers have a prefix. Without one, this is the ID of a pod. */
	if (part.length == 0)
		return is(parent, "libpod_parent") ? NULL : xstrndup(id, ID_SHOWN);
	if ((id[-1] != '-' && id[-1] != ':') || cut(&part, "", "conmon-"))
		return NULL;
	return xstrndup(id, ID_SHOWN);
}

/* Return the name of a machine, in which systemd wrote \xHH for some bytes, or NULL:
 * libvirt's virtual machines are no containers. */
static char *machine_name(struct part part)
{
	char *name = xmalloc(part.length + 1);
	size_t n = 0;

	for (size_t i = 0; i < part.length; i++) {
		uint64_t byte = 0;

		name[n++] = part.text[i];
		if (part.length - i < 4 || part.text[i] != '\\' ||
			part.text[i + 1] != 'x' ||
			digits_read(part.text + i + 2, 2, 16, &byte) < 0 || byte == 0)
			continue;
		name[n - 1] = (char)byte;
		i += 3;
	}
	name[n] = '\0';
	if (strncmp(name, "qemu-", 5) != 0)
		return name;
	free(name);
	return NULL;
}

/* Return the container that a part names, after its two parents, or NULL. */
static char *container_of(struct part part, struct part parent, struct part grandparent)
{
	struct part name = part;
	char *id;

	if (is(parent, "lxc") || is(parent, "lxc.payload") ||
		cut(&name, "lxc.payload.", ""))
		return xstrndup(name.text, name.length);
	if (cut(&name, "machine-", ".scope") || cut(&name, "systemd-nspawn@", ".service"))
		return machine_name(name);
	id = id_of(part, parent);
	/* On AWS Fargate: /ecs/TASK/TASK-NUMBER */
	return !id && is(grandparent, "ecs") ? xstrndup(part.text, part.length) : id;
}

/* Take the next part of the path at *PATH, which a newline ends. False: none is left. */
static bool next_part(const char **path, struct part *part)
{
	*path += strspn(*path, "/");
	*part = (struct part){ *path, strcspn(*path, "/\n") };
	*path += part->length;
	return part->length > 0;
}

static char *innermost_unit(const char *path)
{
	char *unit = NULL, *inner;
	struct part part;

	while (next_part(&path, &part)) {
		inner = unit_of(part);
		if (!inner)
			continue;
		free(unit);
		unit = inner;
	}
	return unit;
}

/* In a container, its owner chooses the names: the outermost is the one of the host. */
static char *outermost_container(const char *path)
{
	struct part part, parent = { path, 0 }, grandparent = parent;
	char *container = NULL;

	while (!container && next_part(&path, &part)) {
		container = container_of(part, parent, grandparent);
		grandparent = parent;
		parent = part;
	}
	return container;
}

struct cgroup_names cgroup_parse(const char *text)
{
	/* Lines are ID:CONTROLLERS:PATH. In version 2, CONTROLLERS is empty. */
	static const char *const hierarchies[] = { ":name=systemd:", "::", ":" };
	struct cgroup_names names = { NULL, NULL };

	for (size_t i = 0; i < sizeof(hierarchies) / sizeof(*hierarchies); i++) {
		size_t rest;

		for (const char *line = text; *line;
			line += rest + (line[rest] == '\n')) {
			const char *field = line + strcspn(line, ":\n");
			const char *path = field + strcspn(field, "/\n");

			rest = strcspn(line, "\n");
			if (strncmp(field, hierarchies[i], strlen(hierarchies[i])) != 0)
				continue;
			if (!names.unit)
				names.unit = innermost_unit(path);
			if (!names.container)
				names.container = outermost_container(path);
		}
	}
	return names;
}
