#include "select/expression.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <libsmartcols.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

int expression_read(const char *text, const struct column *columns,
	struct expression **made, struct option_fault *fault)
{
	(void)text;
	(void)columns;
	*made = NULL;
	*fault = (struct option_fault){ "--filter", NULL,
		"needs libsmartcols 2.40 or newer, and this program was built with " LIBSMARTCOLS_VERSION,
		NULL };
	return -EINVAL;
}

/* There is never one. */
unsigned int expression_needs(const struct expression *expression)
{
	(void)expression;
	return 0;
}

bool expression_match(const struct expression *expression, const void *row)
{
	(void)expression;
	(void)row;
	return 0;
}

void expression_free(struct expression *expression)
{
	(void)expression;
}
