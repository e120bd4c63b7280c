/*
 * SEGMENT on the command line: which segment a word names.
 */
#ifndef SHMTOOL_SELECT_OPERAND_H
#define SHMTOOL_SELECT_OPERAND_H

#include <stdbool.h>

#include "kernel/segment.h"

struct operand {
	const char *text; /* as the user wrote it; not owned */
	bool by_key;
	int id; /* where not by_key */
	key_t key; /* where by_key; never IPC_PRIVATE */
	int ftok_error; /* negative errno of ftok(3), which operand_find() will give */
};

/* Reads an ID, 0xKEY, key:KEY or ftok:PATH[:PROJ]; looks at no segment. -EINVAL: no
 * such form, or key 0, and then WHY says what is wrong, a constant that follows the
 * operand and a colon; -ENOMEM. */
int operand_parse(const char *text, struct operand *operand, const char **why);

/* The key that ftok(3) makes of PATH[:PROJ]. -EINVAL: TEXT has another form; -ENOMEM; or
 * what stat(2) says of PATH. */
int operand_ftok(const char *text, key_t *key);

/* What to say of a TEXT of another form. */
#define NOT_AN_FTOK_SPEC                                                                 \
	"not PATH[:PROJ], with PROJ a number from 1 to 255 or one character"

/* Find the segment and examine it. Errors: ftok_error; -CONDITION_MISSING; those of
 * segment_find() and segment_stat(). */
int operand_find(const struct operand *operand, struct segment *segment);

/* Whether it is SEGMENT that is named, among those of one table. */
bool operand_names(const struct operand *operand, const struct segment *segment);

#endif
