/*
 * Many processes that end together, for the benchmarks.
 */
#ifndef BENCH_PROCESSES_H
#define BENCH_PROCESSES_H

#include <err.h>
#include <unistd.h>

/* Start COUNT processes. Each calls RUN with its number, from 0. RUN writes a byte to
 * READY when it is ready, and runs until read(2) from LIFE returns 0. Wait until all are
 * ready, and return a descriptor to close to end them. */
static int start_processes(int count, void (*run)(int number, int ready, int life))
{
	int ready[2], life[2];
	char byte;

	if (pipe(ready) < 0 || pipe(life) < 0)
		err(1, "pipe");
	for (int i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork");
		if (pid == 0) {
			close(ready[0]);
			close(life[1]);
			run(i, ready[1], life[0]);
		}
	}
	close(ready[1]);
	close(life[0]);
	for (int i = 0; i < count; i++) {
		if (read(ready[0], &byte, 1) != 1)
			errx(1, "a process failed");
	}
	return life[1];
}

#endif
