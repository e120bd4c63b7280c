#include "parse/mode.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "condition.h"
#include "digits.h"

int parse_mode(const char *text, mode_t *mode)
{
	uint64_t value = 0;
	int r = digits_read(text, strlen(text), 8, &value);

	if (r < 0)
		return r;
	if (value > 0777)
		return -ERANGE;
	*mode = (mode_t)value;
	return 0;
}

/* Letters, and the bits that each stands for. */
struct letters {
	const char *names;
	mode_t bits[4];
};

static const struct letters classes = { "ugoa", { 0700, 0070, 0007, 0777 } };
static const struct letters permissions = { "rwx", { 0444, 0222, 0111 } };

static bool is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c);
}

/* Skip the letters at *TEXT, and return their bits. */
static mode_t read_letters(const char **text, const struct letters *letters)
{
	mode_t bits = 0;

	for (; is_one_of(**text, letters->names); ++*text)
		bits |= letters->bits[strchr(letters->names, **text) - letters->names];
	return bits;
}

/* Skip the permissions after an operator, at *TEXT: letters, or a class, which stands for
 * its permissions in MODE. Return their bits, for all classes. */
static mode_t read_permissions(const char **text, mode_t mode)
{
	mode_t class;

	if (!is_one_of(**text, "ugo"))
		return read_letters(text, &permissions);
	class = classes.bits[strchr(classes.names, *(*text)++) - classes.names];
	return (mode & class) / (class & 0111) * 0111;
}

/* Skip a change at *TEXT such as +rw, and apply it to the classes in WHO; 0: no class was
 * named, so the umask MASK limits the change. */
static void apply(const char **text, mode_t who, mode_t mask, mode_t *mode)
{
	char sign = *(*text)++;
	mode_t bits = read_permissions(text, *mode) & (who ? who : 0777 & ~mask);

	if (sign == '-')
		*mode &= ~bits;
	else if (sign == '+')
		*mode |= bits;
	else
		*mode = (who ? *mode & ~who : 0) | bits;
}

int parse_mode_change(const char *text, mode_t mask, mode_t *mode)
{
	mode_t changed = *mode;

	if (is_one_of(*text, "0123456789"))
		return parse_mode(text, mode);
	for (;; text++) {
		mode_t who = read_letters(&text, &classes);

		if (!is_one_of(*text, "+-="))
			return -EINVAL;
		while (is_one_of(*text, "+-="))
			apply(&text, who, mask, &changed);
		if (is_one_of(*text, "Xst"))
			return -CONDITION_SPECIAL_MODE;
		if (*text != ',')
			break;
	}
	if (*text != '\0')
		return -EINVAL;
	*mode = changed;
	return 0;
}

bool mode_looks_like_option(const char *text)
{
	mode_t mode = 0;

	return text[0] == '-' && is_one_of(text[1], "rwxXstugo") &&
		parse_mode_change(text, 0, &mode) != -EINVAL;
}
