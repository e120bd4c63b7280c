/*
 * /proc/PID/maps, which is read in a search for objects, and on kernels before 6.11:
 * among lines with known fields, exactly the segments and the object are found; and lines
 * of any bytes do no harm.
 */
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cleanup.h"
#include "fuzz.h"
#include "kernel/attach.h"
#include "kernel/backing.h"
#include "kernel/namespace.h"
#include "proc.h"

#define LINES_MAX 64

static const struct segment sought[] = {
	{ .id = 0, .key = 0x162e, .nattch = 1000 },
	{ .id = 32769, .dest = true, .nattch = 1000 },
	{ .id = INT32_MAX, .key = -1, .nattch = 1000 },
	{ .type = SEGMENT_POSIX, .tmpfs = true, .device = 0x7ff00, .inode = 77 },
};

#define NSOUGHT (sizeof(sought) / sizeof(*sought))
#define OBJECT  (NSOUGHT - 1)

/* Find the attaches of TARGETS, one for each segment, in TEXT. */
static void find(const char *text, size_t length, struct attach_target targets[NSOUGHT],
	struct attach_list *list)
{
	size_t count = 0;

	for (size_t i = 0; i < NSOUGHT; i++)
		targets[i] = (struct attach_target){ .segment = &sought[i],
			.ns = namespace_own(NAMESPACE_IPC) };
	proc_serve("maps", text, length);
	HOLDS(attaches_of_process(getpid(), targets, NSOUGHT, list) == 0);
	proc_serve("maps", NULL, 0);
	for (size_t i = 0; i < list->count; i++) {
		const struct attach *attach = &list->attaches[i];

		HOLDS(attach->pid == getpid());
		HOLDS(strspn(attach->perms, "rwx") == strlen(attach->perms));
	}
	for (size_t i = 0; i < NSOUGHT; i++)
		count += targets[i].nattaches;
	HOLDS(count == list->count);
}

static bool name_fits(const char *name, const struct segment *segment)
{
	unsigned int key = (unsigned int)segment->key;
	char expected[32];

	if (segment->dest) {
		if (strlen(name) != 23 || strspn(name + 5, "0123456789abcdef") != 8)
			return false;
		key = (unsigned int)strtoul(name + 5, NULL, 16);
	}
	snprintf(expected, sizeof(expected), "/SYSV%08x (deleted)", key);
	return strcmp(name, expected) == 0;
}

/* Return the device of small pages or, if HUGE and there are any, of huge pages. */
static dev_t a_device(bool huge)
{
	static dev_t small;
	size_t count;
	const struct backing *all = backing_huge(&count);

	if (small == 0) {
		int CLEANUP_FD fd = memfd_create("fuzz", MFD_CLOEXEC);
		struct stat st;

		HOLDS(fd >= 0 && fstat(fd, &st) == 0);
		small = st.st_dev;
	}
	return huge && count > 0 ? all[0].device : small;
}

/* Read one mapping from INPUT and print it as the kernel does (fs/proc/task_mmu.c,
 * show_map_vma). Return whether it is an attach, of the segment at *INDEX in sought. */
static bool take_mapping(
	struct input *input, FILE *out, struct attach *attach, size_t *index)
{
	static const char *const usual[] = { "/SYSV0000162e (deleted)",
		"/SYSVffffffff (deleted)", "/memfd:x", "[heap]", "", NULL, NULL, NULL };
	unsigned int bits = (unsigned int)take_number(input, 1), major_, minor_;
	uint64_t choice = take_number(input, 1), inode;
	dev_t device = a_device(choice & 1);
	char CLEANUP_FREE *name = NULL;
	bool found = false;

	inode = choice >> 4 < OBJECT ? (uint64_t)sought[choice >> 4].id
				     : take_number(input, 8);
	if (choice & 2) {
		device = sought[OBJECT].device;
		inode = sought[OBJECT].inode;
	}
	if (bits & 16)
		device ^= 1;
	major_ = major(device);
	minor_ = minor(device);
	attach->start = take_number(input, 6) << 12;
	attach->end = attach->start + (take_number(input, 2) << 12);
	name = usual[bits >> 5] ? strdup(usual[bits >> 5]) : take_line(input);
	HOLDS(name);
	/* No name begins with a blank: all have a slash or a bracket there. */
	if (*name == ' ')
		*name = '/';
	snprintf(attach->perms, sizeof(attach->perms), "%s%s%s", bits & 1 ? "r" : "",
		bits & 2 ? "w" : "", bits & 4 ? "x" : "");
	/* Between the inode and the name, the kernel puts blanks up to a column. */
	fprintf(out, "%08" PRIx64 "-%08" PRIx64 " %c%c%c%c %08x %02x:%02x %" PRIu64,
		attach->start, attach->end, bits & 1 ? 'r' : '-', bits & 2 ? 'w' : '-',
		bits & 4 ? 'x' : '-', bits & 8 ? 's' : 'p', 0, major_, minor_, inode);
	fprintf(out, *name ? "%*s%s\n" : "\n", inode > 99999 ? 1 : 14, "", name);
	if (choice & 2) {
		*index = OBJECT;
		return !(bits & 16);
	}
	for (size_t i = 0; i < OBJECT; i++) {
		if (inode == (uint64_t)sought[i].id && name_fits(name, &sought[i])) {
			*index = i;
			found = (bits & 8) && !(bits & 16);
		}
	}
	return found;
}

static void try_lines(struct input *input)
{
	struct attach_target targets[NSOUGHT];
	struct attach expected[LINES_MAX];
	size_t indexes[LINES_MAX];
	struct attach_list list = { 0 };
	size_t length, count = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &length);

	HOLDS(out);
	for (int line = 0; line < LINES_MAX && input->left > 0; line++)
		count += take_mapping(input, out, &expected[count], &indexes[count]);
	HOLDS(fclose(out) == 0);
	find(text, length, targets, &list);
	HOLDS(list.count == count);
	for (size_t i = 0; i < count; i++) {
		size_t same = 0;

		for (size_t j = 0; j < targets[indexes[i]].nattaches; j++) {
			const struct attach *found = &targets[indexes[i]].attaches[j];

			same += found->start == expected[i].start &&
				found->end == expected[i].end &&
				strcmp(found->perms, expected[i].perms) == 0;
		}
		HOLDS(same > 0);
	}
	attaches_free(&list);
	free(text);
}

static void try_bytes(struct input *input)
{
	struct attach_list list = { 0 };
	struct attach_target targets[NSOUGHT];
	size_t length = input->left;
	char CLEANUP_FREE *text = take_rest(input);

	find(text, length, targets, &list);
	attaches_free(&list);
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
