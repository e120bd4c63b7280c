#include "show/metrics.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "show/human.h"

#define LABELS_MAX 2

#define PREFIX "shmtool_"

struct family {
	const char *name; /* without PREFIX */
	const char *labels; /* their names, with commas between them */
	const char *help; /* a sentence, without backslashes */
	/* One of these returns the value of a sum of TYPE, of all segments of a place, of
	 * a limit of KIND, of the whole, or of a kind of shared memory; NAN: unknown.
	 * Without any, the value is 1. */
	double (*of_sum)(const struct sum *sum);
	enum segment_type type;
	double (*of_place)(const struct place_sums *place);
	double (*of_limit)(const struct limit *limit);
	enum limit_kind kind;
	double (*of_all)(const struct metrics *metrics);
	double (*of_kind)(const struct shmem_row *row);
	int decimals;
	const char *label; /* the value of the only label, if it is constant */
};

/* Define the function get_NAME of a family, which returns RESULT for PARAMETER. */
#define VALUE(name, parameter, result)                                                   \
	static double get_##name(const parameter)                                        \
	{                                                                                \
		return result;                                                           \
	}

/* Return whether the memory of at least one segment is known, or there is no segment. */
static bool knows_memory(const struct sum *sum)
{
	return sum->unknown == 0 || sum->unknown < sum->segments;
}

static struct sum sum_orphans(const struct place_sums *place)
{
	struct sum all = { 0 };

	for (size_t i = 0; i < place->count; i++) {
		const struct sum *sum = &place->owners[i].states[STATE_ORPHAN];

		all.segments += sum->segments;
		all.size += sum->size;
	}
	return all;
}

/* Return a number, converted to bytes if the kernel counts pages. */
static double get_amount(const struct limit *limit, uint64_t number)
{
	return (double)number * (limit->page_size ? (double)limit->page_size : 1);
}

static double get_limit(const struct limit *limit)
{
	if (!limit->known)
		return NAN;
	return limit_is_none(limit) ? INFINITY : get_amount(limit, limit->value);
}

VALUE(segments, struct sum *sum, (double)sum->segments)
VALUE(size, struct sum *sum, sum->size)
VALUE(rss, struct sum *sum, knows_memory(sum) ? sum->rss : NAN)
VALUE(swap, struct sum *sum, knows_memory(sum) ? sum->swap : NAN)
VALUE(unknown, struct sum *sum, (double)sum->unknown)
VALUE(used, struct limit *limit, limit->counted ? get_amount(limit, limit->used) : NAN)
VALUE(memory, struct shmem_row *row, (double)row->memory)
VALUE(kind_swap, struct shmem_row *row, row->swap_known ? (double)row->swap : NAN)
VALUE(objects, struct shmem_row *row, row->counted ? (double)row->objects : NAN)
VALUE(unexamined, struct metrics *all, all->shmem ? (double)all->unexamined : NAN)
VALUE(unreached, struct metrics *all, all->all_namespaces ? (double)all->unreached : NAN)
VALUE(orphans, struct place_sums *place, (double)sum_orphans(place).segments)
VALUE(orphaned_size, struct place_sums *place, sum_orphans(place).size)
VALUE(time, struct metrics *all,
	(double)all->time.tv_sec + (double)all->time.tv_nsec / 1e9)
VALUE(duration, struct metrics *all, (double)all->duration / 1e9)

/* shmtool-metrics(1) lists the same names, and a test compares the two. */
// clang-format off
static const struct family families[] = {
	{ "segments", "owner,state", "Number of segments.", .of_sum = get_segments },
	{ "segments_size_bytes", "owner,state", "Requested size of segments, touched or not.", .of_sum = get_size },
	{ "segments_resident_bytes", "owner,state", "Bytes of segments in memory.", .of_sum = get_rss },
	{ "segments_swapped_bytes", "owner,state", "Bytes of segments in swap.", .of_sum = get_swap },
	{ "segments_memory_unknown", "owner,state", "Segments whose resident and swapped bytes are unknown.", .of_sum = get_unknown },
	{ "orphaned_segments", "", "Segments left behind by processes that ended.", .of_place = get_orphans },
	{ "orphaned_size_bytes", "", "Requested size of orphaned segments.", .of_place = get_orphaned_size },
	{ "posix_objects", "owner", "Number of POSIX objects.", .of_sum = get_segments, SEGMENT_POSIX },
	{ "posix_objects_size_bytes", "owner", "Requested size of POSIX objects, touched or not.", .of_sum = get_size, SEGMENT_POSIX },
	{ "posix_objects_resident_bytes", "owner", "Bytes of POSIX objects in memory.", .of_sum = get_rss, SEGMENT_POSIX },
	{ "posix_objects_swapped_bytes", "owner", "Bytes of POSIX objects in swap.", .of_sum = get_swap, SEGMENT_POSIX },
	{ "posix_objects_memory_unknown", "owner", "POSIX objects whose resident and swapped bytes are unknown.", .of_sum = get_unknown, SEGMENT_POSIX },
	{ "shmmni_segments", "", "Maximum number of segments (kernel.shmmni).", .of_limit = get_limit, LIMIT_SHMMNI },
	{ "shmmni_used_segments", "", "Number of segments, counted towards kernel.shmmni.", .of_limit = get_used, LIMIT_SHMMNI },
	{ "shmall_bytes", "", "Maximum size of all segments together (kernel.shmall).", .of_limit = get_limit, LIMIT_SHMALL },
	{ "shmall_used_bytes", "", "Size of all segments in whole pages, counted towards kernel.shmall.", .of_limit = get_used, LIMIT_SHMALL },
	{ "shmmax_bytes", "", "Maximum size of a segment (kernel.shmmax).", .of_limit = get_limit, LIMIT_SHMMAX },
	{ "shm_rmid_forced", "", "1 if the last detach removes a segment (kernel.shm_rmid_forced).", .of_limit = get_limit, LIMIT_RMID_FORCED },
	{ "devshm_bytes", "", "Size of the file system on /dev/shm.", .of_limit = get_limit, LIMIT_DEVSHM_SIZE },
	{ "devshm_used_bytes", "", "Bytes in use on /dev/shm.", .of_limit = get_used, LIMIT_DEVSHM_SIZE },
	{ "devshm_inodes", "", "Maximum number of files on /dev/shm.", .of_limit = get_limit, LIMIT_DEVSHM_INODES },
	{ "devshm_used_inodes", "", "Number of files on /dev/shm, of any kind.", .of_limit = get_used, LIMIT_DEVSHM_INODES },
	{ "hugepages_pool_bytes", "page_size", "Size of a pool of huge pages, including pages it may borrow.", .of_limit = get_limit, LIMIT_HUGE_POOL },
	{ "hugepages_used_bytes", "page_size", "Bytes of huge pages in use or reserved.", .of_limit = get_used, LIMIT_HUGE_POOL },
	{ "namespaces_unexamined", "", "Namespaces and processes not examined (--all-namespaces).", .of_all = get_unreached },
	{ "shmem_bytes", "kind", "Bytes of the host's shared memory, by kind (--shmem).", .of_kind = get_memory },
	{ "shmem_swapped_bytes", "kind", "Bytes of the host's shared memory in swap, by kind (--shmem).", .of_kind = get_kind_swap },
	{ "shmem_objects", "kind", "Segments and files of shared memory that are counted, by kind (--shmem).", .of_kind = get_objects },
	{ "shmem_unexamined", "", "Processes, namespaces, mounts and objects not examined (--shmem).", .of_all = get_unexamined },
	{ "scan_timestamp_seconds", "", "Unix time at which the scan began.", .of_all = get_time, .decimals = 3 },
	{ "scan_duration_seconds", "", "Duration of the scan.", .of_all = get_duration, .decimals = 9 },
	{ "build_info", "version", "1, labeled with the version of shmtool.", .label = PACKAGE_VERSION },
	{ 0 },
};
// clang-format on

/* The state of writing a family. HELP and TYPE precede the first sample; without samples,
 * nothing is written. */
struct writer {
	const struct family *family;
	const struct place_sums *place; /* to label samples with; NULL: none */
	bool begun;
	FILE *file;
};

/* Write one label after another. Values contain no newlines, so only \ and " need
 * escaping. */
static void write_labels(
	const char *names, const char *const *values, const char **separator, FILE *file)
{
	for (size_t i = 0; *names; i++) {
		size_t length = strcspn(names, ",");

		fprintf(file, "%s%.*s=\"", *separator, (int)length, names);
		/* NOLINTNEXTLINE(clang-analyzer-core.*): as many values as labels */
		for (const char *value = values[i]; *value; value++) {
			if (*value == '\\' || *value == '"')
				fputc('\\', file);
			fputc(*value, file);
		}
		fputc('"', file);
		*separator = ",";
		names += length + (names[length] == ',');
	}
}

/* Write the labels of a place, and those of the family. */
static void write_all_labels(
	const struct writer *writer, const char *const labels[LABELS_MAX])
{
	const struct place_sums *place = writer->place;
	const char *separator = "{";
	char ns[HUMAN_MAX];

	if (place) {
		const char *const values[] = {
			place->ns ? human_number(ns, place->ns) : OTHER,
			place->container,
		};

		write_labels("namespace,container", values, &separator, writer->file);
	}
	write_labels(writer->family->labels, labels, &separator, writer->file);
	fputs(*separator == ',' ? "}" : "", writer->file);
}

static void write_sample(
	struct writer *writer, const char *const labels[LABELS_MAX], double value)
{
	const struct family *family = writer->family;
	FILE *file = writer->file;

	if (isnan(value))
		return;
	if (!writer->begun)
		fprintf(file,
			"# HELP " PREFIX "%s %s\n"
			"# TYPE " PREFIX "%s gauge\n",
			family->name, family->help, family->name);
	writer->begun = true;
	fprintf(file, PREFIX "%s", family->name);
	write_all_labels(writer, labels);
	/* The decimal point is the same in every locale, since main() does not set
	 * LC_NUMERIC. */
	if (isinf(value))
		fputs(" +Inf\n", file);
	else
		fprintf(file, " %.*f\n", family->decimals, value);
}

/* Write all states of each owner, so that a series does not end before its owner does.
 * The objects of an owner have one state, which the labels leave out. */
static void write_sums(struct writer *writer, const struct place_sums *place)
{
	size_t states = writer->family->type == SEGMENT_POSIX ? 1 : STATES;

	for (size_t i = 0; i < place->count; i++) {
		const struct owner_sums *owner = &place->owners[i];

		for (size_t state = 0; state < states; state++) {
			const char *const labels[LABELS_MAX] = {
				owner->owner,
				segment_state_names[state],
			};

			write_sample(writer, labels,
				writer->family->of_sum(&owner->states[state]));
		}
	}
}

static void write_limits(struct writer *writer, const struct limit *limits, size_t count)
{
	char page_size[HUMAN_MAX];

	for (size_t i = 0; i < count; i++) {
		const struct limit *limit = &limits[i];
		const char *const labels[LABELS_MAX] = {
			human_number(page_size, limit->page_size),
		};

		if (limit->kind == writer->family->kind)
			write_sample(writer, labels, writer->family->of_limit(limit));
	}
}

static void write_place(struct writer *writer, const struct place_sums *place)
{
	const struct family *family = writer->family;
	const char *const labels[LABELS_MAX] = { NULL };

	if (family->of_sum)
		write_sums(writer, place);
	else if (family->of_place)
		write_sample(writer, labels, family->of_place(place));
	else
		write_limits(writer, place->limits, place->nlimits);
}

/* Write the samples of all places and of the host, which have different limits. */
static void write_places(struct writer *writer, const struct metrics *metrics)
{
	for (size_t type = 0; type < 2; type++) {
		const struct sums *sums = &metrics->sums[type];

		if (type != writer->family->type && !writer->family->of_limit)
			continue;
		for (size_t i = 0; i < sums->count; i++) {
			writer->place = metrics->all_namespaces ? &sums->places[i] : NULL;
			write_place(writer, &sums->places[i]);
		}
	}
	writer->place = NULL;
	if (writer->family->of_limit)
		write_limits(writer, metrics->limits, metrics->nlimits);
}

/* Return the sum of all rows of a kind; there are several of SHMEM_TMPFS. */
static struct shmem_row sum_kind(const struct metrics *metrics, enum shmem_kind kind)
{
	struct shmem_row sum = { .kind = kind, .swap_known = true, .counted = true };

	for (size_t i = 0; i < metrics->shmem->nrows; i++) {
		const struct shmem_row *row = &metrics->shmem->rows[i];

		if (row->kind != kind)
			continue;
		sum.memory += row->memory;
		sum.swap += row->swap;
		sum.objects += row->objects;
		sum.swap_known = sum.swap_known && row->swap_known;
		sum.counted = sum.counted && row->counted;
	}
	return sum;
}

/* Write the kinds that add up to Shmem. */
static void write_kinds(struct writer *writer, const struct metrics *metrics)
{
	static const enum shmem_kind kinds[] = { SHMEM_SYSV, SHMEM_TMPFS, SHMEM_MEMFD,
		SHMEM_ANONYMOUS, SHMEM_DELETED, SHMEM_UNACCOUNTED };

	if (!metrics->shmem)
		return;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const char *const labels[LABELS_MAX] = { shmem_kind_names[kinds[i]] };
		const struct shmem_row sum = sum_kind(metrics, kinds[i]);

		write_sample(writer, labels, writer->family->of_kind(&sum));
	}
}

void metrics_write(const struct metrics *metrics, FILE *file)
{
	for (const struct family *family = families; family->name; family++) {
		struct writer writer = { .family = family, .file = file };
		const char *const labels[LABELS_MAX] = { family->label };

		if (family->of_sum || family->of_place || family->of_limit)
			write_places(&writer, metrics);
		else if (family->of_kind)
			write_kinds(&writer, metrics);
		else
			write_sample(&writer, labels,
				family->of_all ? family->of_all(metrics) : 1);
	}
}

void metrics_help(FILE *file)
{
	fputs("\nMetrics (all are gauges):\n", file);
	for (const struct family *family = families; family->name; family++) {
		fprintf(file, "  " PREFIX "%s", family->name);
		if (*family->labels)
			fprintf(file, "{%s}", family->labels);
		fprintf(file, "\n      %s\n", family->help);
	}
}
