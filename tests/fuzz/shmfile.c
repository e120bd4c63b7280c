/*
 * /proc/sysvipc/shm: each line is a segment or is counted as malformed; a segment printed
 * like the kernel does and read again is the same; too many or too few fields are
 * refused.
 */
#include <inttypes.h>
#include <sys/shm.h>

#include "alloc.h"
#include "cleanup.h"
#include "condition.h"
#include "fuzz.h"
#include "kernel/shmfile.h"

struct line {
	struct segment segment;
	struct memory_use memory;
};

/* The segments of a file, and its malformed lines. */
struct table {
	struct line *lines;
	size_t count;
	struct enumeration_gaps gaps;
};

static void add_line(
	void *data, const struct segment *segment, const struct memory_use *memory)
{
	struct table *table = data;

	table->lines = xgrow(table->lines, table->count, sizeof(*table->lines));
	table->lines[table->count++] = (struct line){ *segment, *memory };
}

static int read_text(const char *text, size_t length, struct table *table)
{
	FILE CLEANUP_FILE *file = fmemopen((void *)(uintptr_t)text, length, "r");

	*table = (struct table){ 0 };
	return file ? shmfile_read(file, add_line, table, &table->gaps)
		    : -CONDITION_NOT_SHMFILE;
}

static size_t count_lines(const char *text, size_t length)
{
	size_t lines = length > 0 && text[length - 1] != '\n';

	for (size_t i = 0; i < length; i++)
		lines += text[i] == '\n';
	return lines;
}

static size_t longest_line(const char *text, size_t length)
{
	size_t longest = 0, line = 0;

	for (size_t i = 0; i < length; i++) {
		line = text[i] == '\n' ? 0 : line + 1;
		longest = line > longest ? line : longest;
	}
	return longest;
}

static void print_header(FILE *out, bool memory)
{
	fprintf(out,
		"       key      shmid perms                  size  cpid  lpid nattch   uid   "
		"gid  cuid  cgid      atime      dtime      ctime%s\n",
		memory ? "                   rss                  swap" : "");
}

/* ipc/shm.c, sysvipc_shm_proc_show() */
static void print_line(FILE *out, const struct line *line, const char *behind)
{
	const struct segment *s = &line->segment;
	unsigned int mode =
		s->mode | (s->dest ? SHM_DEST : 0) | (s->locked ? SHM_LOCKED : 0);

	fprintf(out,
		"%10d %10d  %4o %21" PRIu64 " %5u %5u  %5" PRIu64
		" %5u %5u %5u %5u %10" PRId64 " %10" PRId64 " %10" PRId64,
		s->key, s->id, mode, s->size, s->cpid, s->lpid, s->nattch, s->uid, s->gid,
		s->cuid, s->cgid, s->atime, s->dtime, s->ctime);
	if (line->memory.known)
		fprintf(out, " %21" PRIu64 " %21" PRIu64, line->memory.rss,
			line->memory.swap);
	fprintf(out, "%s\n", behind);
}

static bool same(const struct line *first, const struct line *second)
{
	const struct segment *a = &first->segment, *b = &second->segment;

	return a->key == b->key && a->id == b->id && a->mode == b->mode &&
		a->dest == b->dest && a->locked == b->locked && a->size == b->size &&
		a->cpid == b->cpid && a->lpid == b->lpid && a->nattch == b->nattch &&
		a->uid == b->uid && a->gid == b->gid && a->cuid == b->cuid &&
		a->cgid == b->cgid && a->atime == b->atime && a->dtime == b->dtime &&
		a->ctime == b->ctime && first->memory.known == second->memory.known &&
		first->memory.rss == second->memory.rss &&
		first->memory.swap == second->memory.swap;
}

static void try_again(const struct table *table)
{
	struct table again;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	HOLDS(out);
	print_header(out, table->lines[0].memory.known);
	for (size_t i = 0; i < table->count; i++)
		print_line(out, &table->lines[i], "");
	print_line(out, &table->lines[0], " 0");
	print_line(out, &table->lines[0], "x");
	HOLDS(fclose(out) == 0);
	HOLDS(read_text(text, length, &again) == 0);
	HOLDS(again.count == table->count && again.gaps.bad_lines == 2);
	HOLDS(again.gaps.first_bad_line == table->count + 2);
	for (size_t i = 0; i < again.count; i++)
		HOLDS(same(&table->lines[i], &again.lines[i]));
	free(again.lines);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	char CLEANUP_FREE *text = take_rest(&input);
	struct table table;
	int r = read_text(text, size, &table);

	HOLDS(r == 0 || r == -CONDITION_NOT_SHMFILE);
	/* After the header, only a line that the kernel cannot print is an error. */
	HOLDS(r == 0 || table.count == 0 || longest_line(text, size) > 300);
	if (r == 0) {
		HOLDS(table.count + table.gaps.bad_lines + 1 == count_lines(text, size));
		HOLDS((table.gaps.bad_lines > 0) == (table.gaps.first_bad_line > 0));
	}
	for (size_t i = 0; i < table.count; i++) {
		const struct segment *segment = &table.lines[i].segment;

		HOLDS(segment->id >= 0 && segment->cpid >= 0 && segment->lpid >= 0);
		HOLDS(segment->atime >= 0 && segment->dtime >= 0 && segment->ctime >= 0);
		HOLDS((segment->mode & ~0777u) == 0);
	}
	if (table.count > 0)
		try_again(&table);
	free(table.lines);
	return 0;
}
