/*
 * Files that are replaced whole or not at all, for readers that look at any time.
 */
#ifndef SHMTOOL_DATA_REPLACE_H
#define SHMTOOL_DATA_REPLACE_H

#include <stddef.h>

/* Has the file PATH hold these LENGTH bytes: writes them to a file in the same folder,
 * and renames that, so that a reader sees either the old bytes or the new ones, also
 * after a crash of the host. A new file has the permissions 0644 less the umask; one that
 * is replaced hands on its own, its owner and its group, as far as the caller may give
 * files away. Signals wait until it is done.
 * After an error, PATH is as before, and nothing else is left. -EISDIR: PATH is there and
 * no regular file; symbolic links are not followed; -EFBIG: above RLIMIT_FSIZE; -ENOMEM,
 * and what open(2), write(2), fsync(2) and rename(2) say. */
int replace_file(const char *path, const char *bytes, size_t length);

#endif
