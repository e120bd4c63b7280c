#include <errno.h>
#include <sys/stat.h>

#include "command.h"
#include "condition.h"
#include "parse/mode.h"
#include "show/human.h"
#include "show/message.h"

struct change {
	const char *mode_text;
	mode_t mask;
};

/* Without u, g, o or a, a removal leaves alone the bits set in the umask. As chmod(1)
 * does, report these bits and fail. */
static enum exit_status check_kept(const struct operand *operand,
	const struct change *change, mode_t old, mode_t new)
{
	char is[HUMAN_MAX], meant[HUMAN_MAX];
	mode_t expected = old;

	parse_mode_change(change->mode_text, 0, &expected);
	if (!(new & ~expected))
		return STATUS_DONE;
	message("%s: its permissions are now %s, not %s: without u, g, o or a, the umask "
		"applies",
		operand->text, human_perms(is, new), human_perms(meant, expected));
	return STATUS_FAILED;
}

static enum exit_status change_mode(
	const struct operand *operand, const struct segment *segment, const void *how)
{
	const struct change *change = how;
	mode_t mode = segment->mode;
	int r = segment_may_change(segment) ? -EOVERFLOW : -EPERM;

	parse_mode_change(change->mode_text, change->mask, &mode);
	/* IPC_SET sets owner and group, too. */
	if (segment->type == SEGMENT_POSIX || segment_owner_known(segment))
		r = segment_set(segment, segment->uid, segment->gid, mode);
	if (r < 0)
		return command_result(operand->text, OPERATION_CHMOD, r, segment);
	return check_kept(operand, change, segment->mode, mode);
}

static enum exit_status bad_mode(const char *text, int error)
{
	const char *why =
		"not permissions: give them in octal (0640), or as changes (g+rw, o=)";

	if (error == -ERANGE)
		why = "a segment has nine permission bits, 0 to 777 in octal; set-ID and "
		      "sticky bits are for files";
	else if (error == -CONDITION_SPECIAL_MODE)
		why = "a segment has r, w and x; X, s and t are for files";
	return message_usage("'%s': %s", text, why);
}

static enum exit_status run(const char *const *words, size_t count)
{
	struct change change = { .mode_text = words[0], .mask = umask(0) };
	mode_t mode = 0;
	int r;

	umask(change.mask);
	r = parse_mode_change(words[0], 0, &mode);
	if (r < 0)
		return bad_mode(words[0], r);
	return command_each(words + 1, count - 1, change_mode, &change);
}

const struct command command_chmod = {
	.name = "chmod",
	.arguments = "MODE SEGMENT...",
	.summary = "Change the permissions of segments",
	.details =
		"MODE is octal (0640) or symbolic, as in chmod(1): u=rw,g-w or o= or g=u.\n"
		"X, s and t are not accepted. The operators + and - do not change the bits set in\n"
		"the umask unless u, g, o or a is given. Processes that already have the segment\n"
		"attached keep their access.\n" SEGMENT_HELP,
	.min_args = 2,
	.max_args = OPERANDS_ANY,
	.takes_dashed = mode_looks_like_option,
	.namespaced = true,
	.changes = true,
	.run = run,
};
