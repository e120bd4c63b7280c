#include "show/metrics.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

/* Room for a number of 128 bits, and for a time. */
#define VALUE_MAX 48

#define LABELS_MAX 2

#define PREFIX "shmtool_"

struct label {
	const char *name;
	const char *value;
};

struct family {
	const char *name; /* behind "shmtool_" */
	const char *labels; /* their names, for people */
	const char *help; /* a sentence, without backslashes */
	/* How to get the value: of a sum, of a limit of that kind, or of the whole.
	 * False: it is not known. */
	bool (*of_sum)(const struct sum *sum, whole_number *value);
	bool (*of_limit)(const struct limit *limit, char value[VALUE_MAX]);
	enum limit_kind kind;
	void (*of_all)(const struct metrics *metrics, char value[VALUE_MAX]);
	const char *label; /* the one of what has no other */
};

/* printf(3) has nothing for so large a number. */
static void set_number(char value[VALUE_MAX], whole_number number)
{
	char digits[VALUE_MAX], *first = digits + sizeof(digits) - 1;

	*first = '\0';
	do {
		*--first = (char)('0' + (char)(number % 10));
		number /= 10;
	} while (number > 0);
	strcpy(value, first);
}

static bool get_segments(const struct sum *sum, whole_number *value)
{
	*value = sum->segments;
	return true;
}

static bool get_size(const struct sum *sum, whole_number *value)
{
	*value = sum->size;
	return true;
}

/* Whether at least one segment's memory is known, or there is none of which it is not. */
static bool knows_memory(const struct sum *sum)
{
	return sum->unknown == 0 || sum->unknown < sum->segments;
}

static bool get_rss(const struct sum *sum, whole_number *value)
{
	*value = sum->rss;
	return knows_memory(sum);
}

static bool get_swap(const struct sum *sum, whole_number *value)
{
	*value = sum->swap;
	return knows_memory(sum);
}

static bool get_unknown(const struct sum *sum, whole_number *value)
{
	*value = sum->unknown;
	return true;
}

static struct sum add_orphans(const struct metrics *metrics)
{
	struct sum all = { 0 };

	for (size_t i = 0; i < metrics->sums.count; i++) {
		const struct owner_sums *owner = &metrics->sums.owners[i];

		all.segments += owner->states[STATE_ORPHAN].segments;
		all.size += owner->states[STATE_ORPHAN].size;
	}
	return all;
}

static void get_orphans(const struct metrics *metrics, char value[VALUE_MAX])
{
	set_number(value, add_orphans(metrics).segments);
}

static void get_orphaned_size(const struct metrics *metrics, char value[VALUE_MAX])
{
	set_number(value, add_orphans(metrics).size);
}

/* In bytes, where the kernel counts pages. */
static void set_amount(char value[VALUE_MAX], const struct limit *limit, uint64_t number)
{
	set_number(
		value, (whole_number)number * (limit->page_size ? limit->page_size : 1));
}

static bool get_limit(const struct limit *limit, char value[VALUE_MAX])
{
	if (limit_is_none(limit))
		strcpy(value, "+Inf");
	else
		set_amount(value, limit, limit->value);
	return limit->known;
}

static bool get_used(const struct limit *limit, char value[VALUE_MAX])
{
	set_amount(value, limit, limit->used);
	return limit->counted;
}

static void get_time(const struct metrics *metrics, char value[VALUE_MAX])
{
	snprintf(value, VALUE_MAX, "%lld.%03ld", (long long)metrics->time.tv_sec,
		metrics->time.tv_nsec / 1000000);
}

static void get_duration(const struct metrics *metrics, char value[VALUE_MAX])
{
	snprintf(value, VALUE_MAX, "%" PRIu64 ".%09" PRIu64,
		metrics->duration / 1000000000, metrics->duration % 1000000000);
}

static void get_one(const struct metrics *metrics, char value[VALUE_MAX])
{
	(void)metrics;
	set_number(value, 1);
}

/* One line each. shmtool-metrics(1) lists them too, and a test compares the two. */
// clang-format off
static const struct family families[] = {
	{ "segments", "owner,state", "Segments.", .of_sum = get_segments },
	{ "segments_size_bytes", "owner,state", "Bytes that segments were made with, touched or not.", .of_sum = get_size },
	{ "segments_resident_bytes", "owner,state", "Bytes of segments in memory.", .of_sum = get_rss },
	{ "segments_swapped_bytes", "owner,state", "Bytes of segments in swap.", .of_sum = get_swap },
	{ "segments_memory_unknown", "owner,state", "Segments that are neither in the resident nor in the swapped bytes.", .of_sum = get_unknown },
	{ "orphaned_segments", "", "Segments that were left behind by processes that ended.", .of_all = get_orphans },
	{ "orphaned_size_bytes", "", "Bytes that orphaned segments were made with.", .of_all = get_orphaned_size },
	{ "shmmni_segments", "", "Segments that there may be (kernel.shmmni).", .of_limit = get_limit, LIMIT_SHMMNI },
	{ "shmmni_used_segments", "", "Segments that there are, of those of kernel.shmmni.", .of_limit = get_used, LIMIT_SHMMNI },
	{ "shmall_bytes", "", "Bytes that all segments may have together (kernel.shmall).", .of_limit = get_limit, LIMIT_SHMALL },
	{ "shmall_used_bytes", "", "Bytes that all segments have, in whole pages, of kernel.shmall.", .of_limit = get_used, LIMIT_SHMALL },
	{ "shmmax_bytes", "", "Bytes that one segment may have (kernel.shmmax).", .of_limit = get_limit, LIMIT_SHMMAX },
	{ "shm_rmid_forced", "", "1: segments go with their last attach (kernel.shm_rmid_forced).", .of_limit = get_limit, LIMIT_RMID_FORCED },
	{ "hugepages_pool_bytes", "page_size", "Bytes in the host's huge pages, those it may borrow included.", .of_limit = get_limit, LIMIT_HUGE_POOL },
	{ "hugepages_used_bytes", "page_size", "Bytes in huge pages in use by anybody, or reserved.", .of_limit = get_used, LIMIT_HUGE_POOL },
	{ "scan_timestamp_seconds", "", "Unix time at which the scan of all this began.", .of_all = get_time },
	{ "scan_duration_seconds", "", "Time that the scan took.", .of_all = get_duration },
	{ "build_info", "version", "1, for the version of shmtool that wrote this.", .of_all = get_one, .label = PACKAGE_VERSION },
	{ 0 },
};
// clang-format on

/* What one family writes: its head comes before the first sample, or not at all. */
struct writer {
	const struct family *family;
	bool begun;
	FILE *file;
};

static void write_label_value(const char *value, FILE *file)
{
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			fprintf(file, "\\%c", *value);
		else if (*value == '\n')
			fputs("\\n", file);
		else
			fputc(*value, file);
	}
}

static void write_labels(const struct label labels[LABELS_MAX], FILE *file)
{
	for (size_t i = 0; i < LABELS_MAX && labels[i].value; i++) {
		fprintf(file, "%c%s=\"", i == 0 ? '{' : ',', labels[i].name);
		write_label_value(labels[i].value, file);
		fputc('"', file);
	}
	if (labels[0].value)
		fputc('}', file);
}

static void write_sample(
	struct writer *writer, const struct label labels[LABELS_MAX], const char *value)
{
	const struct family *family = writer->family;
	FILE *file = writer->file;

	if (!writer->begun)
		fprintf(file,
			"# HELP " PREFIX "%s %s\n"
			"# TYPE " PREFIX "%s gauge\n",
			family->name, family->help, family->name);
	writer->begun = true;
	fprintf(file, PREFIX "%s", family->name);
	write_labels(labels, file);
	fprintf(file, " %s\n", value);
}

/* All states of each owner, so that a series ends where its owner does and not before. */
static void write_sums(struct writer *writer, const struct metrics *metrics)
{
	char text[VALUE_MAX];
	whole_number value;

	for (size_t i = 0; i < metrics->sums.count; i++) {
		const struct owner_sums *owner = &metrics->sums.owners[i];

		for (size_t state = 0; state < STATES; state++) {
			const struct label labels[LABELS_MAX] = {
				{ "owner", owner->owner },
				{ "state", segment_state_names[state] },
			};

			if (!writer->family->of_sum(&owner->states[state], &value))
				continue;
			set_number(text, value);
			write_sample(writer, labels, text);
		}
	}
}

static void write_limits(struct writer *writer, const struct metrics *metrics)
{
	char value[VALUE_MAX], page_size[VALUE_MAX];

	for (size_t i = 0; i < metrics->nlimits; i++) {
		const struct limit *limit = &metrics->limits[i];
		struct label labels[LABELS_MAX] = { 0 };

		if (limit->kind != writer->family->kind ||
			!writer->family->of_limit(limit, value))
			continue;
		if (limit->kind == LIMIT_HUGE_POOL) {
			set_number(page_size, limit->page_size);
			labels[0] = (struct label){ "page_size", page_size };
		}
		write_sample(writer, labels, value);
	}
}

static void write_all(struct writer *writer, const struct metrics *metrics)
{
	const struct label labels[LABELS_MAX] = {
		{ writer->family->labels, writer->family->label },
	};
	char value[VALUE_MAX];

	writer->family->of_all(metrics, value);
	write_sample(writer, labels, value);
}

void metrics_write(const struct metrics *metrics, FILE *file)
{
	for (const struct family *family = families; family->name; family++) {
		struct writer writer = { .family = family, .file = file };

		if (family->of_sum)
			write_sums(&writer, metrics);
		else if (family->of_limit)
			write_limits(&writer, metrics);
		else
			write_all(&writer, metrics);
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
