/*
 * Keys of files: the parts of a key of ftok(3), and the files that produce a key.
 *
 * glibc (sysvipc/ftok.c) puts the low 8 bits of PROJ into the highest bits of the key,
 * then the low 8 bits of st_dev, then the low 16 of st_ino. In a file system whose device
 * matches, about one file in 65536 produces a given key.
 *
 * Since version 13, PostgreSQL (src/backend/port/sysv_shmem.c) uses the inode number of
 * its data directory instead, cut to 32 bits.
 */
#ifndef SHMTOOL_KERNEL_FTOK_H
#define SHMTOOL_KERNEL_FTOK_H

#include <stdbool.h>
#include <sys/types.h>

struct ftok_parts {
	unsigned int proj; /* 0: not a valid argument of ftok(3) */
	unsigned int device, inode; /* the low 8 and the low 16 bits */
};

/* Split a key, assuming that ftok(3) made it. */
struct ftok_parts ftok_split(key_t key);

/* How a file produces a key. */
enum ftok_way {
	FTOK_PROJ, /* as ftok(3) does, with the PROJ of the key */
	FTOK_INODE, /* by its inode number: the low 32 bits are the key */
};

struct ftok_search {
	key_t key;
	bool all_file_systems; /* search file systems mounted below PATH, too */
	/* FTOK_INODE, if a file produces the key in both ways. */
	void (*found)(const char *path, enum ftok_way way, void *data);
	/* ERROR: a negative errno; the search goes on. */
	void (*failed)(const char *path, int error, void *data);
	void *data;
};

/* Find the files and directories that produce the key, among PATH and everything below
 * PATH on the same file system. A symbolic link counts as its target, since ftok(3)
 * follows it, but no directory is entered through a link other than PATH itself. */
void ftok_find(const struct ftok_search *search, const char *path);

#endif
