#include "command.h"

#include <errno.h>
#include <inttypes.h>
#include <libsmartcols.h>
#include <string.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "condition.h"
#include "digits.h"
#include "kernel/capability.h"
#include "kernel/namespace.h"
#include "kernel/posix.h"
#include "kernel/shmfile.h"
#include "kernel/tmpfs.h"
#include "nearest.h"
#include "parse/key.h"
#include "parse/owner.h"
#include "show/message.h"
#include "show/reason.h"
#include "show/segment_columns.h"
#include "transfer.h"

#define COMMAND_ADDRESS(name) &command_##name,
const struct command *const commands[] = { COMMANDS(COMMAND_ADDRESS) NULL };

enum answer { ANSWER_HELP = 'h', ANSWER_USAGE = 'u', ANSWER_VERSION = 'V' };

static struct poptOption help_options[] = {
	{ "help", 'h', POPT_ARG_NONE, NULL, ANSWER_HELP, "Show this help", NULL },
	{ "usage", '\0', POPT_ARG_NONE, NULL, ANSWER_USAGE, "List the options briefly",
		NULL },
	POPT_TABLEEND,
};

static struct poptOption version_options[] = {
	{ "version", 'V', POPT_ARG_NONE, NULL, ANSWER_VERSION,
		"Print the versions of shmtool and its libraries", NULL },
	POPT_TABLEEND,
};

static const struct command *running; /* the command that runs */
static char *namespace_text;

static struct poptOption namespace_options[] = {
	VALUE("namespace", 'N', &namespace_text, "NS",
		"Use namespace NS: IPC, or mount for POSIX objects (PID, path or inode number)"),
	POPT_TABLEEND,
};

static void list_commands(FILE *out)
{
	fputs("\nCommands:\n", out);
	for (size_t i = 0; commands[i]; i++)
		fprintf(out, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\n" SEGMENT_HELP "\nSee 'shmtool COMMAND --help' and shmtool(1).\n", out);
}

const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

enum exit_status command_unknown(const char *name)
{
	const char *nearest = NULL;
	size_t distance = 0;

	for (size_t i = 0; commands[i]; i++)
		name_nearer(name, commands[i]->name, &nearest, &distance);
	if (nearest)
		return message_usage(
			"unknown command '%s'; did you mean '%s'?", name, nearest);
	return message_usage("unknown command '%s'", name);
}

/* Return the name that messages and help begin with; valid until the program ends. */
static const char *full_name(const struct command *command)
{
	static char name[64];

	if (command == &program)
		return program.name;
	snprintf(name, sizeof(name), "%s %s", program.name, command->name);
	return name;
}

void command_options(
	const struct command *command, struct poptOption table[COMMAND_TABLE_MAX])
{
	static const struct poptOption namespaces =
		GROUP("Namespaces:", namespace_options);
	static const struct poptOption help = GROUP("Help:", help_options);
	size_t n = 0;

	for (; command->options[n].arg; n++)
		table[n] = command->options[n];
	if (command->namespaced)
		table[n++] = namespaces;
	table[n++] = help;
	table[n] = (struct poptOption)POPT_TABLEEND;
}

static void print_help(const struct command *command, poptContext context)
{
	char CLEANUP_FREE *arguments = xasprintf(
		"[OPTION...]%s%s", *command->arguments ? " " : "", command->arguments);

	poptSetOtherOptionHelp(context, arguments);
	printf("%s.\n\n", command->summary);
	poptPrintHelp(context, stdout, 0);
	if (command->columns)
		output_help(command->columns, command->shown, stdout);
	if (command->help)
		command->help(stdout);
	if (command->details)
		printf("\n%s", command->details);
}

/* Print the version, the versions of the libraries, and what the C library lacked. */
static void print_version(void)
{
	const char *smartcols;

	scols_get_library_version(&smartcols);
	printf("%s %s\n", program.name, PACKAGE_VERSION);
	printf("libpopt %s\n", POPT_VERSION);
	printf("libsmartcols %s\n", smartcols);
	printf("SHM_STAT_ANY: %s\n", HAVE_SHM_STAT_ANY ? "from libc" : "built in");
	printf("rpmatch: %s\n", HAVE_RPMATCH ? "from libc" : "built in");
}

/* Print what --help, --usage or --version ask for. */
static void print_answer(const struct command *command, poptContext context, int what)
{
	if (what == ANSWER_VERSION) {
		print_version();
	} else if (what == ANSWER_USAGE) {
		poptSetOtherOptionHelp(context, command->arguments);
		poptPrintUsage(context, stdout, 0);
	} else {
		print_help(command, context);
	}
}

/* The highest PID (include/linux/threads.h, PID_MAX_LIMIT); inode numbers of namespaces
 * are far above it (fs/nsfs.c: they come from the range of proc_alloc_inum). */
#define PID_HIGHEST ((uint64_t)1 << 22)

/* Find the namespace with this inode number. The caller frees LIST. -EACCES: it may be
 * that of a process that may not be examined. */
static int find_namespace(enum namespace_kind kind, uint64_t inode,
	struct namespace_list *list, const struct namespace **found)
{
	int r = namespaces_find(kind, list);

	*found = namespaces_get(list, inode);
	if (*found || r < 0)
		return *found ? 0 : r;
	return list->unseen > 0 && geteuid() != 0 ? -EACCES : -ENOENT;
}

/* Open the IPC namespace with this inode number. */
static int open_namespace_inode(uint64_t inode)
{
	const struct namespace *found;
	struct namespace_list list;
	int r = find_namespace(NAMESPACE_IPC, inode, &list, &found);

	if (r == 0)
		r = namespace_open(found);
	namespaces_free(&list);
	return r;
}

/* What --namespace names. */
struct place {
	bool by_path;
	uint64_t number; /* PID or inode number, unless by_path */
};

static enum exit_status read_place(const char *text, struct place *place)
{
	*place = (struct place){ .by_path = strchr(text, '/') };
	if (!place->by_path && digits_read(text, strlen(text), 10, &place->number) < 0)
		return message_usage(
			"--namespace: '%s': not a PID, a path or an inode number", text);
	return STATUS_DONE;
}

static bool is_pid(const struct place *place)
{
	return !place->by_path && place->number <= PID_HIGHEST;
}

/* Enter an IPC namespace. A command that changes something refuses a PID in the caller's
 * own namespace: the intended process may have ended, and another may have its PID. */
static int enter_segments(const struct place *place, const char *text)
{
	int CLEANUP_FD fd = place->by_path ? namespace_open_path(text)
		: is_pid(place)            ? namespace_open_pid((pid_t)place->number)
					   : open_namespace_inode(place->number);
	int own = fd < 0 ? fd : namespace_is_own(fd);

	if (own < 0)
		return own;
	if (!own)
		return namespace_enter(fd);
	return is_pid(place) && running->changes ? -CONDITION_OWN_NAMESPACE : 0;
}

/* Find a mount namespace, and a process in it. */
static int find_mount(
	const struct place *place, const char *text, pid_t *pid, uint64_t *inode)
{
	struct stat st = { .st_ino = place->number };
	const struct namespace *found;
	struct namespace_list list;
	pid_t task;
	int r;

	*pid = (pid_t)place->number;
	if (is_pid(place))
		return namespace_of(NAMESPACE_MOUNT, *pid, inode, &task);
	if (place->by_path && stat(text, &st) < 0)
		return -errno;
	r = find_namespace(NAMESPACE_MOUNT, st.st_ino, &list, &found);
	if (r == 0) {
		*pid = found->pid;
		*inode = found->inode;
	}
	namespaces_free(&list);
	return r;
}

/* Use the /dev/shm of a mount namespace, with the same rule for a PID. */
static int enter_objects(const struct place *place, const char *text)
{
	uint64_t device = posix_device(), own = device;
	uint64_t ns = 0;
	pid_t pid;
	int r = find_mount(place, text, &pid, &ns);

	if (r == 0 && ns != namespace_own(NAMESPACE_MOUNT)) {
		r = devshm_open(pid, ns, &device);
		/* The descriptor stays open until the program ends. */
		if (r >= 0)
			r = posix_use_directory(r, ns);
	}
	if (r < 0)
		return r;
	/* Another mount namespace may have the same /dev/shm. */
	return is_pid(place) && running->changes && device == own
		? -CONDITION_OWN_NAMESPACE
		: 0;
}

enum exit_status command_enter(unsigned int kinds)
{
	struct place place;
	enum exit_status status;
	int r = 0;

	if (!namespace_text)
		return STATUS_DONE;
	if ((kinds & SEGMENTS_POSIX) && transfer_locks())
		return message_usage("--semaphore cannot be combined with --namespace "
				     "and an object: that names a mount namespace");
	status = read_place(namespace_text, &place);
	if (status != STATUS_DONE)
		return status;
	if (kinds & SEGMENTS_SYSV)
		r = enter_segments(&place, namespace_text);
	if (r < 0)
		return command_result(namespace_text, OPERATION_ENTER, r, NULL);
	if (kinds & SEGMENTS_POSIX)
		r = enter_objects(&place, namespace_text);
	return command_result(namespace_text, OPERATION_ENTER_MOUNT, MIN(r, 0), NULL);
}

enum exit_status command_enter_all(unsigned int *kinds)
{
	enum exit_status status = command_enter(SEGMENTS_SYSV);
	struct posix_space space;
	struct place place;
	int r;

	*kinds = SEGMENTS_SYSV;
	if (status != STATUS_DONE)
		return status;
	if (namespace_text &&
		(read_place(namespace_text, &place) != STATUS_DONE || !is_pid(&place) ||
			enter_objects(&place, namespace_text) < 0))
		return STATUS_DONE;
	/* Other errors are reported when the objects are read. */
	r = posix_space(&space);
	*kinds |= r != -ENOENT ? SEGMENTS_POSIX : 0;
	return STATUS_DONE;
}

/* Report that operand number N is missing, by its name in the synopsis. */
static enum exit_status report_missing(const struct command *command, size_t n)
{
	const char *name = command->arguments;

	for (; n > 0; n--)
		name = strchr(name, ' ') + 1;
	return message_usage("%.*s is missing", (int)strcspn(name, " ."), name);
}

static enum exit_status run_words(
	const struct command *command, const struct words *words)
{
	if (words->count < command->min_args)
		return report_missing(command, words->count);
	if (words->count > command->max_args)
		return message_usage(
			"unexpected argument '%s'", words->list[command->max_args]);
	running = command;
	return command->run((const char *const *)words->list, words->count);
}

/* Move the operand that looks like an option, which popt must not see, from ARGV to
 * WORDS. */
static void move_dashed_operand(
	const struct command *command, int *argc, const char **argv, struct words *words)
{
	for (int i = 1; command->takes_dashed && i < *argc; i++) {
		if (strcmp(argv[i], "--") == 0)
			return;
		if (!command->takes_dashed(argv[i]))
			continue;
		words_add(words, xstrdup(argv[i]));
		memmove(&argv[i], &argv[i + 1], (size_t)(*argc - i) * sizeof(*argv));
		--*argc;
		return;
	}
}

enum exit_status command_run(
	const struct command *command, int argc, const char *const *argv)
{
	struct poptOption table[COMMAND_TABLE_MAX];
	enum exit_status status = STATUS_DONE;
	const char CLEANUP_FREE **named = xcalloc((size_t)argc + 1, sizeof(*named));
	struct words __attribute__((cleanup(words_free))) words = { 0 }, hidden = { 0 };
	poptContext context;
	int r;

	/* The help of popt shows the first word as the name of the program. */
	memcpy(named, argv, (size_t)argc * sizeof(*named));
	named[0] = full_name(command);
	message_set_name(named[0]);
	move_dashed_operand(command, &argc, named, &words);
	for (int i = 0; i < argc; i++) {
		words_add(&hidden, option_hide(named[i]));
		named[i] = hidden.list[i];
	}
	command_options(command, table);
	/* poptReadDefaultConfig(3) is not called: its files could change what a command
	 * run by root does. */
	context = poptGetContext(program.name, argc, named, table,
		POPT_CONTEXT_ARG_OPTS |
			(command == &program ? POPT_CONTEXT_POSIXMEHARDER : 0));
	if (!context)
		out_of_memory();
	r = options_read(context, table, &words);
	if (r > 0)
		print_answer(command, context, r);
	else
		status = r < 0 ? STATUS_USAGE : run_words(command, &words);
	poptFreeContext(context);
	return status;
}

static enum exit_status run_program(const char *const *words, size_t count)
{
	const struct command *command = command_find(words[0]);

	return command ? command_run(command, (int)count, words)
		       : command_unknown(words[0]);
}

/* The options of shmtool itself end at the name of a command. */
const struct command program = {
	.name = "shmtool",
	.arguments = "COMMAND [OPTION...] [ARGUMENT...]",
	.summary = "Inspect and clean up shared memory",
	.options = { GROUP(NULL, version_options) },
	.min_args = 1,
	.max_args = OPERANDS_ANY,
	.help = list_commands,
	.run = run_program,
};

bool command_in_namespace(void)
{
	return namespace_text;
}

static enum exit_status parse_operand(const char *word, struct operand *operand)
{
	const char *why;

	if (operand_parse(word, operand, &why) < 0)
		return message_usage("'%s': %s", word, why);
	if (operand->type == SEGMENT_POSIX && running->only_sysv)
		return message_usage(
			"'%s': only System V segments can be %sed", word, running->name);
	return STATUS_DONE;
}

/* Parse words. *KINDS: the kinds of the operands. */
static enum exit_status parse_operands(const char *const *words, size_t count,
	struct operand **operands, unsigned int *kinds)
{
	enum exit_status status = STATUS_DONE;

	*kinds = 0;
	*operands = xcalloc(count, sizeof(**operands));
	for (size_t i = 0; i < count && status == STATUS_DONE; i++) {
		status = parse_operand(words[i], &(*operands)[i]);
		*kinds |= 1u << (*operands)[i].type;
	}
	return status;
}

enum exit_status command_operand(const char *word, struct operand *operand)
{
	enum exit_status status = parse_operand(word, operand);

	return status == STATUS_DONE ? command_enter(1u << operand->type) : status;
}

enum exit_status command_operands(
	const char *const *words, size_t count, struct operand **operands)
{
	unsigned int kinds;
	enum exit_status status = parse_operands(words, count, operands, &kinds);

	return status == STATUS_DONE ? command_enter(kinds) : status;
}

enum exit_status command_select(const char *const *words, size_t count,
	struct filters *filters, struct operand **operands)
{
	struct usage_error usage_error;
	unsigned int kinds;
	enum exit_status status;

	if (filters_read(filters, segment_columns, &usage_error) < 0)
		return message_usage_error(&usage_error);
	status = parse_operands(words, count, operands, &kinds);
	if (status == STATUS_DONE && kinds != 0 &&
		filters_set_kinds(filters, kinds, &usage_error) < 0)
		return message_usage_error(&usage_error);
	return status == STATUS_DONE ? command_enter(filters->kinds) : status;
}

enum output_default command_columns(unsigned int kinds)
{
	if (kinds == SEGMENTS_POSIX)
		return OUTPUT_OBJECTS;
	return (kinds & SEGMENTS_POSIX) ? OUTPUT_KINDS : OUTPUT_USUAL;
}

enum exit_status command_each(const char *const *words, size_t count,
	enum exit_status (*change)(const struct operand *operand,
		const struct segment *segment, const void *how),
	const void *how)
{
	struct operand CLEANUP_FREE *operands = NULL;
	enum exit_status status = command_operands(words, count, &operands);

	if (status != STATUS_DONE)
		return status;
	for (size_t i = 0; i < count; i++) {
		struct segment segment;
		int r = operand_find(&operands[i], &segment);

		status = status_merge(status,
			r < 0 ? command_found(&operands[i], r)
			      : change(&operands[i], &segment, how));
	}
	return status;
}

enum exit_status command_result(const char *operand, enum operation operation, int error,
	const struct segment *segment)
{
	const struct failure failure = {
		.operation = operation,
		.error = error,
		.type = segment ? segment->type : SEGMENT_SYSV,
		.segment = segment,
	};

	return error == 0 ? STATUS_DONE : message_failure(operand, &failure);
}

/* Report that operand_find() failed. ID: what was sought on this host as an ID, or 0. */
static enum exit_status report_not_found(const struct operand *operand, int error, int id)
{
	const struct failure failure = {
		.operation = operand->ftok_error ? OPERATION_FTOK : OPERATION_FIND,
		.error = error,
		.type = operand->type,
		.id = id,
	};

	return message_failure(operand->text, &failure);
}

enum exit_status command_found(const struct operand *operand, int error)
{
	return report_not_found(operand, error, operand->id);
}

enum exit_status command_read_key(const char *option, const char *text, key_t *key)
{
	int r = parse_key(text, key);

	if (r == -ERANGE)
		return message_usage("%s: '%s': a key has 32 bits", option, text);
	if (r < 0)
		return message_usage(
			"%s: '%s': not a number in decimal, octal (0...) or hex (0x...)",
			option, text);
	return STATUS_DONE;
}

enum exit_status command_read_owner(
	const char *prefix, const char *text, struct owner *owner)
{
	int r = parse_owner(text, owner);
	const char *why = strerror(-r);

	if (r == 0)
		return STATUS_DONE;
	if (r == -EINVAL)
		why = "names neither a user nor a group";
	else if (r == -CONDITION_NO_USER)
		why = "no such user";
	else if (r == -CONDITION_NO_GROUP)
		why = "no such group";
	else if (r == -CONDITION_NO_LOGIN_GROUP)
		why = "a user without a name has no login group; name the group";
	return message_usage("%s'%s': %s", prefix, text, why);
}

enum exit_status command_require_choice(const struct filters *filters, size_t count)
{
	if (count > 0 || filters_given(filters))
		return STATUS_DONE;
	return message_usage("name segments, or select them with a filter such as "
			     "--unattached");
}

char *command_filter_reason(enum filter_id id, const struct row *row)
{
	switch (id) {
	case FILTER_UNATTACHED:
	case FILTER_ATTACHED:
		return reason_attaches(row);
	case FILTER_ORPHANED:
		return reason_orphan(row);
	case FILTER_CREATOR_GONE:
		return reason_creator(row);
	default:
		return xasprintf("does not match %s", filter_name(id));
	}
}

enum exit_status command_filter_failed(const struct filters *filters, int error)
{
	char CLEANUP_FREE *pid = NULL;

	if (filters->given[FILTER_PID])
		pid = xasprintf("--pid %d", (int)filters->values[FILTER_PID].number);
	return command_result(pid, OPERATION_PROCESS, error, NULL);
}

char *command_counts(const struct counted *counts, size_t length)
{
	char *text;
	size_t size;
	FILE *out = xopen_memstream(&text, &size);

	for (size_t i = 0; i < length; i++) {
		if (counts[i].count > 0)
			fprintf(out, "%s%zu %s", ftell(out) > 0 ? ", " : "",
				counts[i].count,
				counts[i].count == 1 ? counts[i].one : counts[i].many);
	}
	xclose_memstream(out, &text);
	return text;
}

const char *command_process_remedy(void)
{
	if (geteuid() != 0)
		return "; run as root";
	if (!has_capability(CAP_SYS_PTRACE))
		return "; needs CAP_SYS_PTRACE";
	return has_capability(CAP_DAC_READ_SEARCH) || has_capability(CAP_DAC_OVERRIDE)
		? "; needs CAP_SYS_PTRACE in their user namespace"
		: "; needs CAP_DAC_READ_SEARCH";
}

static const char *why_unseen(const struct attach_list *sought)
{
	if (sought->foreign)
		return ": /proc shows another PID namespace; mount your own";
	if (geteuid() != 0 || sought->unseen > 0)
		return command_process_remedy();
	return ": their processes ended or are in another PID or IPC namespace";
}

/* Report that users of POSIX objects may be missing. */
static void report_unseen_users(const struct attach_list *sought)
{
	if (sought->foreign)
		message("users of POSIX objects are not visible%s", why_unseen(sought));
	else if (sought->unseen > 0)
		message("cannot examine %zu process%s, which may use POSIX objects%s",
			sought->unseen, sought->unseen == 1 ? "" : "es",
			command_process_remedy());
	else if (sought->failed)
		message("cannot examine some processes, which may use POSIX objects");
	else
		message("/proc hides processes, which may use POSIX objects; run as root");
}

/* Report attaches, namespaces and processes that are not visible. This is no failure. */
static void report_unseen(const struct selection *selection)
{
	const size_t *unreached = selection->unreached;
	size_t hidden = selection->hidden_mounts,
	       denied = unreached[SEGMENT_SYSV] - hidden;

	if (selection->sought_users && !selection->sought->complete)
		report_unseen_users(selection->sought);
	if (selection->unseen_attaches > 0)
		message("%" PRIu64 " of %" PRIu64 " attaches %s not visible%s",
			selection->unseen_attaches, selection->sought_attaches,
			selection->unseen_attaches == 1 ? "is" : "are",
			why_unseen(selection->sought));
	if (denied > 0)
		message("cannot enter %zu IPC namespace%s; %s", denied,
			denied == 1 ? "" : "s",
			geteuid() == 0 ? "needs CAP_SYS_ADMIN there" : "run as root");
	if (hidden > 0)
		message("cannot enter %zu IPC namespace%s: the mount that keeps %s is "
			"out of reach",
			hidden, hidden == 1 ? "" : "s", hidden == 1 ? "it" : "them");
	if (unreached[SEGMENT_POSIX] > 0)
		message("cannot reach " POSIX_DIRECTORY " of %zu mount namespace%s%s",
			unreached[SEGMENT_POSIX],
			unreached[SEGMENT_POSIX] == 1 ? "" : "s",
			geteuid() == 0 ? "" : "; run as root");
	if (selection->unseen_processes > 0)
		message("cannot examine %zu process%s, which may keep other namespaces "
			"alive%s",
			selection->unseen_processes,
			selection->unseen_processes == 1 ? "" : "es",
			command_process_remedy());
}

enum exit_status command_selection_failures(const struct selection *selection,
	const struct filters *filters, const char *file, int error)
{
	const char *source =
		selection->last_read == SEGMENT_POSIX ? POSIX_DIRECTORY : SHMFILE_PATH;
	const struct enumeration_gaps *gaps = &selection->gaps;
	enum exit_status status = STATUS_DONE;
	bool process_failed;

	for (size_t i = 0; i < selection->nfailures; i++) {
		const struct operand *operand = selection->failures[i].operand;

		status = status_merge(status,
			report_not_found(operand, selection->failures[i].error,
				file ? 0 : operand->id));
	}
	if (gaps->bad_lines > 0) {
		message("%s: line %zu: malformed, skipped (%zu in all)",
			file ?: SHMFILE_PATH, gaps->first_bad_line, gaps->bad_lines);
		status = status_merge(status, STATUS_FAILED);
	}
	if (gaps->hidden > 0) {
		message("%zu segment%s not accessible; run as root", gaps->hidden,
			gaps->hidden == 1 ? "" : "s");
		status = status_merge(status, STATUS_DENIED);
	}
	if (gaps->hidden_objects > 0) {
		message("%zu file%s in " POSIX_DIRECTORY " not accessible%s",
			gaps->hidden_objects, gaps->hidden_objects == 1 ? "" : "s",
			geteuid() == 0 ? "" : "; run as root");
		status = status_merge(status, STATUS_DENIED);
	}
	process_failed = filters && filters->given[FILTER_PID] &&
		(error == -ESRCH || error == -EACCES || error == -CONDITION_FOREIGN_PROC);
	return status_merge(status,
		process_failed ? command_filter_failed(filters, error)
			       : command_result(file ?: source, OPERATION_LIST,
					 error ? error : selection->posix_error, NULL));
}

enum exit_status command_selection_status(const struct selection *selection,
	const struct filters *filters, const char *file, int error)
{
	enum exit_status status =
		command_selection_failures(selection, filters, file, error);

	report_unseen(selection);
	return status;
}

enum exit_status command_output(
	const struct column *columns, enum output_default shown, struct output *output)
{
	struct usage_error usage_error;

	return output_read(output, columns, shown, &usage_error) < 0
		? message_usage_error(&usage_error)
		: STATUS_DONE;
}

void command_print_rows(const struct output *output, const struct row *rows, size_t count)
{
	const void CLEANUP_FREE **sorted =
		output_sort(output, rows, count, sizeof(*rows));

	output_print(output, "segments", sorted, count, stdout);
}
