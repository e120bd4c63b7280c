/*
 * The cause of a failure in words, with a remedy, and its exit status, from one table.
 */
#ifndef SHMTOOL_SHOW_CAUSE_H
#define SHMTOOL_SHOW_CAUSE_H

#include <stdio.h>

#include "kernel/segment.h"

enum exit_status {
	STATUS_DONE = 0, /* everything asked for was done */
	STATUS_FAILED = 1, /* something failed, or things failed in different ways */
	STATUS_USAGE = 2, /* the command line is wrong; nothing was done */
	STATUS_MISSING = 3, /* a named segment does not exist */
	STATUS_DENIED = 4, /* permission was denied */
	STATUS_TIMEOUT = 124, /* timed out, as in timeout(1) */
};

/* Combine the statuses of two parts of a command. */
enum exit_status status_merge(enum exit_status a, enum exit_status b);

/* The operation that failed. */
enum operation {
	OPERATION_FTOK, /* ftok(3) of an operand's path */
	OPERATION_FIND, /* shmget(2) of a key, IPC_STAT */
	OPERATION_LIST, /* reading the table of all segments */
	OPERATION_READ, /* shmat(2) to read */
	OPERATION_WRITE, /* shmat(2) to write */
	OPERATION_COPY, /* moving bytes to or from an attached segment */
	OPERATION_CREATE, /* shmget(2) of a new segment */
	OPERATION_CREATE_HUGE, /* shmget(2) of a new segment with huge pages */
	OPERATION_SET, /* IPC_SET of an owner, and maybe of permissions */
	OPERATION_CHMOD, /* IPC_SET of permissions alone */
	OPERATION_REMOVE, /* IPC_RMID */
	OPERATION_LOCK, /* SHM_LOCK */
	OPERATION_UNLOCK, /* SHM_UNLOCK */
	OPERATION_ENTER, /* setns(2) into an IPC namespace */
	OPERATION_ENTER_MOUNT, /* opening the /dev/shm of a mount namespace */
	OPERATION_FILE, /* opening or reading a file named on the command line */
	OPERATION_REPLACE, /* replacing a file named on the command line */
	OPERATION_PROCESS, /* reading /proc of a process named on the command line */
	OPERATION_ACCOUNT, /* accounting for shared memory */
	OPERATION_USERS, /* finding the users of a POSIX object */
	OPERATION_SEMAPHORE, /* acquiring or releasing a semaphore */
};

struct failure {
	enum operation operation;
	int error; /* negative errno or condition */
	enum segment_type type; /* of what it failed on */
	const struct segment *segment; /* before the operation; NULL: unknown */
	int id; /* OPERATION_FIND: the ID sought, on this host; 0: none */
	uint64_t size; /* OPERATION_CREATE, OPERATION_CREATE_HUGE: bytes requested */
	uint64_t page_size; /* OPERATION_CREATE_HUGE, OPERATION_COPY; 0: unknown */
	uint64_t offset; /* OPERATION_COPY: the byte at which copying stopped */
};

/* Print the cause to OUT, one line without a newline, and return the exit status. */
enum exit_status cause_write(const struct failure *failure, FILE *out);

#endif
