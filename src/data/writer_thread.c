#include "data/writer_thread.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "alloc.h"

/* Enough that neither thread waits for the other, few enough that all fit in the CPU
 * cache. One of the pieces is the buffer for the next read. */
#define PIECES 4

struct piece {
	uint64_t offset;
	size_t length;
	char bytes[WRITER_PIECE];
};

struct writer_thread {
	const struct writer *writer;
	pthread_t thread;
	pthread_mutex_t lock; /* protects the members below, except the pieces' bytes */
	pthread_cond_t changed; /* QUEUED or ENDS */
	uint64_t queued, written; /* numbers of pieces */
	bool ends; /* no more pieces */
	int error; /* of the first piece that could not be written; 0: none */
	uint64_t failed; /* the offset of that error */
	struct piece pieces[PIECES];
};

static struct piece *piece_of(struct writer_thread *thread, uint64_t number)
{
	return &thread->pieces[number % PIECES];
}

/* Write the next piece, unless an earlier one failed. The lock is held, but not during
 * the write. */
static void write_next(struct writer_thread *thread)
{
	const struct piece *piece = piece_of(thread, thread->written);
	size_t done;
	int r;

	if (thread->error == 0) {
		pthread_mutex_unlock(&thread->lock);
		r = writer_write(thread->writer, piece->offset, piece->bytes,
			piece->length, &done);
		pthread_mutex_lock(&thread->lock);
		thread->error = r;
		thread->failed = piece->offset + done;
	}
	thread->written++;
}

static void *thread_main(void *data)
{
	struct writer_thread *thread = data;

	pthread_mutex_lock(&thread->lock);
	while (thread->written < thread->queued || !thread->ends) {
		if (thread->written < thread->queued)
			write_next(thread);
		else
			pthread_cond_wait(&thread->changed, &thread->lock);
	}
	pthread_mutex_unlock(&thread->lock);
	return NULL;
}

/* Return whether two threads can run at the same time. */
static bool has_several_processors(void)
{
	cpu_set_t set;

	/* The call fails if the host has more processors than the set has room for. */
	return sched_getaffinity(0, sizeof(set), &set) < 0 || CPU_COUNT(&set) > 1;
}

struct writer_thread *writer_thread_start(const struct writer *writer)
{
	struct writer_thread *thread;
	sigset_t all, before;
	int r;

	if (!has_several_processors())
		return NULL;
	thread = xcalloc(1, sizeof(*thread));
	thread->writer = writer;
	pthread_mutex_init(&thread->lock, NULL);
	pthread_cond_init(&thread->changed, NULL);
	/* Signals interrupt the thread that started the transfer. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&thread->thread, NULL, thread_main, thread);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r == 0)
		return thread;
	free(thread);
	return NULL;
}

char *writer_thread_buffer(struct writer_thread *thread)
{
	return piece_of(thread, thread->queued)->bytes;
}

int writer_thread_queue(struct writer_thread *thread, size_t length, uint64_t offset)
{
	struct piece *piece = piece_of(thread, thread->queued);
	int r;

	pthread_mutex_lock(&thread->lock);
	r = thread->error;
	if (r == 0 && length >= WRITER_THREAD_MIN &&
		thread->queued - thread->written < PIECES - 1) {
		piece->length = length;
		piece->offset = offset;
		thread->queued++;
		pthread_cond_signal(&thread->changed);
		r = 1;
	}
	pthread_mutex_unlock(&thread->lock);
	return r;
}

int writer_thread_end(struct writer_thread *thread, uint64_t *failed)
{
	int r;

	pthread_mutex_lock(&thread->lock);
	thread->ends = true;
	pthread_cond_signal(&thread->changed);
	pthread_mutex_unlock(&thread->lock);
	pthread_join(thread->thread, NULL);
	r = thread->error;
	*failed = thread->failed;
	pthread_cond_destroy(&thread->changed);
	pthread_mutex_destroy(&thread->lock);
	free(thread);
	return r;
}
