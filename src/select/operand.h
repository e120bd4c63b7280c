/*
 * SEGMENT on the command line: a word that names a segment.
 */
#ifndef SHMTOOL_SELECT_OPERAND_H
#define SHMTOOL_SELECT_OPERAND_H

#include <stdbool.h>

#include "kernel/segment.h"

struct operand {
	const char *text; /* as the user wrote it, which is the name of a POSIX object;
			     not owned */
	enum segment_type type;
	bool by_key;
	int id; /* unless by_key; then 0 */
	key_t key; /* if by_key; never IPC_PRIVATE */
	int ftok_error; /* negative errno of ftok(3), which operand_find() returns */
};

/* Parse an ID, 0xKEY, key:KEY, ftok:PATH[:PROJ] or /NAME. -EINVAL: none of them, or key
 * 0; then WHY is a constant message. */
int operand_parse(const char *text, struct operand *operand, const char **why);

/* Get the key that ftok(3) makes from PATH[:PROJ]. -EINVAL: TEXT has another form; or the
 * error of stat(2) for PATH. */
int operand_ftok(const char *text, key_t *key);

/* The message for text that is not PATH[:PROJ]. */
#define NOT_AN_FTOK_SPEC                                                                 \
	"not PATH[:PROJ], with PROJ a number from 1 to 255 or one character"

/* Find the segment and examine it. Errors: ftok_error; -CONDITION_MISSING; those of
 * sysv_find(), sysv_stat() and posix_stat(). */
int operand_find(const struct operand *operand, struct segment *segment);

/* Return whether the operand names SEGMENT. */
bool operand_names(const struct operand *operand, const struct segment *segment);

#endif
