#include "data/helper.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

/* So many that neither thread has to wait for the other, and so few that all of them stay
 * in a processor's cache. One is the next. */
#define PIECES 4

struct piece {
	uint64_t offset;
	size_t length;
	char bytes[HELPER_PIECE];
};

struct helper {
	const struct mapping *mapping;
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows but the pieces' bytes */
	pthread_cond_t changed; /* TAKEN or ENDS */
	uint64_t taken, written; /* pieces; those in between are the helper's */
	bool ends; /* no piece will follow */
	uint64_t start, end; /* offsets of what both threads wrote; known when it ENDS */
	int error; /* of the first piece that could not be written; 0: none */
	uint64_t failed; /* the offset where that was */
	struct piece pieces[PIECES];
};

static struct piece *piece_of(struct helper *helper, uint64_t number)
{
	return &helper->pieces[number % PIECES];
}

/* Writes a piece; DONE: how much of it. 0 or a negative errno. */
static int write_piece(
	const struct mapping *mapping, const struct piece *piece, uint64_t *done)
{
	*done = 0;
	while (*done < piece->length) {
		int64_t n = mapping_poke(mapping, piece->offset + *done,
			piece->bytes + *done, piece->length - *done);

		if (n < 0 && n != -EINTR)
			return (int)n;
		*done += n > 0 ? (uint64_t)n : 0;
	}
	return 0;
}

/* Writes the next piece, unless one before it failed. The lock is held, but not
 * meanwhile. */
static void write_next(struct helper *helper)
{
	const struct piece *piece = piece_of(helper, helper->written);
	uint64_t done;
	int r;

	if (helper->error == 0) {
		pthread_mutex_unlock(&helper->lock);
		r = write_piece(helper->mapping, piece, &done);
		pthread_mutex_lock(&helper->lock);
		helper->error = r;
		helper->failed = piece->offset + done;
	}
	helper->written++;
}

/* Unmaps a half of what was written: to detach it would take one thread a tenth of the
 * time that all this takes. WHICH: 0 or 1. */
static void forget_half(const struct helper *helper, uint64_t which)
{
	uint64_t middle = helper->start + (helper->end - helper->start) / 2;

	mapping_forget(helper->mapping, which ? middle : helper->start,
		which ? helper->end : middle);
}

static void *work(void *data)
{
	struct helper *helper = data;

	pthread_mutex_lock(&helper->lock);
	while (helper->written < helper->taken || !helper->ends) {
		if (helper->written < helper->taken)
			write_next(helper);
		else
			pthread_cond_wait(&helper->changed, &helper->lock);
	}
	pthread_mutex_unlock(&helper->lock);
	forget_half(helper, 0);
	return NULL;
}

/* Whether two threads would run at a time. */
static bool has_processors(void)
{
	cpu_set_t set;

	/* It fails where there are more of them than the set has room for. */
	return sched_getaffinity(0, sizeof(set), &set) < 0 || CPU_COUNT(&set) > 1;
}

/* Signals end a transfer in the thread that began it. */
static int begin_thread(struct helper *helper)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&helper->thread, NULL, work, helper);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

struct helper *helper_begin(const struct mapping *mapping)
{
	struct helper *helper = has_processors() ? malloc(sizeof(*helper)) : NULL;

	if (!helper)
		return NULL;
	helper->mapping = mapping;
	helper->taken = helper->written = 0;
	helper->ends = false;
	helper->error = 0;
	helper->failed = 0;
	pthread_mutex_init(&helper->lock, NULL);
	pthread_cond_init(&helper->changed, NULL);
	if (begin_thread(helper) == 0)
		return helper;
	free(helper);
	return NULL;
}

char *helper_room(struct helper *helper)
{
	return piece_of(helper, helper->taken)->bytes;
}

int helper_take(struct helper *helper, size_t length, uint64_t offset)
{
	struct piece *piece = piece_of(helper, helper->taken);
	int r;

	pthread_mutex_lock(&helper->lock);
	r = helper->error;
	if (r == 0 && length >= HELPER_LEAST &&
		helper->taken - helper->written < PIECES - 1) {
		piece->length = length;
		piece->offset = offset;
		helper->taken++;
		pthread_cond_signal(&helper->changed);
		r = 1;
	}
	pthread_mutex_unlock(&helper->lock);
	return r;
}

int helper_end(struct helper *helper, uint64_t start, uint64_t end, uint64_t *failed)
{
	int r;

	pthread_mutex_lock(&helper->lock);
	helper->ends = true;
	helper->start = start;
	helper->end = end;
	pthread_cond_signal(&helper->changed);
	pthread_mutex_unlock(&helper->lock);
	forget_half(helper, 1);
	pthread_join(helper->thread, NULL);
	r = helper->error;
	*failed = helper->failed;
	pthread_cond_destroy(&helper->changed);
	pthread_mutex_destroy(&helper->lock);
	free(helper);
	return r;
}
