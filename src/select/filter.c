#include "select/filter.h"

#include <errno.h>

#include "parse/owner.h"
#include "parse/size.h"

static char *user_text, *min_size_text;
static int unattached_given, attached_given;

struct poptOption filter_options[] = {
	{ "user", 'u', POPT_ARG_STRING, &user_text, 0,
		"owned by USER, a name or a number", "USER" },
	{ "unattached", '\0', POPT_ARG_NONE, &unattached_given, 0,
		"that no process has attached", NULL },
	{ "attached", '\0', POPT_ARG_NONE, &attached_given, 0,
		"that a process has attached", NULL },
	{ "min-size", '\0', POPT_ARG_STRING, &min_size_text, 0, "of at least SIZE bytes",
		"SIZE" },
	POPT_TABLEEND,
};

int filter_read(struct filter *filter, struct option_fault *fault)
{
	int r;

	*filter = (struct filter){
		.by_user = user_text,
		.unattached = unattached_given,
		.attached = attached_given,
		.by_min_size = min_size_text,
	};
	if (user_text) {
		*fault = (struct option_fault){ "--user", user_text, "no such user",
			NULL };
		r = parse_user(user_text, &filter->uid);
		if (r < 0)
			return r;
	}
	if (min_size_text) {
		*fault = (struct option_fault){ "--min-size", min_size_text, NOT_A_SIZE,
			NULL };
		r = parse_size(min_size_text, &filter->min_size);
		if (r < 0)
			return r;
	}
	if (filter->unattached && filter->attached) {
		*fault = (struct option_fault){ "--unattached", NULL,
			"excludes --attached", NULL };
		return -EINVAL;
	}
	return 0;
}

bool filter_any(const struct filter *filter)
{
	return filter->by_user || filter->unattached || filter->attached ||
		filter->by_min_size;
}

bool filter_match(const struct filter *filter, const struct segment *segment)
{
	if (filter->by_user && segment->uid != filter->uid)
		return false;
	if (filter->unattached && segment->nattch > 0)
		return false;
	if (filter->attached && segment->nattch == 0)
		return false;
	if (filter->by_min_size && segment->size < filter->min_size)
		return false;
	return true;
}
