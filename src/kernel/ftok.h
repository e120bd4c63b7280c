/*
 * The keys that ftok(3) makes of files, taken apart, and the files that give one.
 *
 * glibc (sysvipc/ftok.c) takes PROJ's low 8 bits for the key's highest, then the low 8
 * of st_dev, then the low 16 of st_ino. So a key names no file for sure: in a file
 * system whose device fits, one file of 65536 gives it.
 */
#ifndef SHMTOOL_KERNEL_FTOK_H
#define SHMTOOL_KERNEL_FTOK_H

#include <stdbool.h>
#include <sys/types.h>

struct ftok_parts {
	unsigned int proj; /* 0: ftok(3) is not meant to be given that */
	unsigned int device, inode; /* the low 8 and the low 16 bits */
};

/* The parts of a key, if ftok(3) made it. */
struct ftok_parts ftok_split(key_t key);

struct ftok_search {
	key_t key;
	bool all_file_systems; /* goes on into what is mounted below */
	void (*found)(const char *path, void *data);
	/* ERROR: negative errno of what could not be looked at; the search goes on. */
	void (*failed)(const char *path, int error, void *data);
	void *data;
};

/* Looks for files and directories that give the key, among PATH and what is below it, on
 * the file system of PATH. A symbolic link counts as the file it leads to, since ftok(3)
 * follows it; but links are not followed into directories, except for PATH itself. */
void ftok_find(const struct ftok_search *search, const char *path);

#endif
