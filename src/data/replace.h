/*
 * Replace a file as a whole or not at all, for readers that may read it at any time.
 */
#ifndef SHMTOOL_DATA_REPLACE_H
#define SHMTOOL_DATA_REPLACE_H

#include <stddef.h>

/* Replace the file PATH by LENGTH bytes: write a temporary file beside PATH, and rename
 * it to PATH. A reader sees either the old bytes or the new ones, also after a crash of
 * the host.
 *
 * The new file belongs to the caller. It keeps the permissions of the old one and, if
 * the caller may give it away, the group, but no set-ID bits; a file that did not exist
 * gets 0644 less the umask. All signals are blocked meanwhile. SIGXFSZ stays ignored
 * afterwards.
 *
 * After an error PATH is unchanged and no temporary file is left.
 * -CONDITION_NOT_REGULAR: PATH exists and is not a regular file; symbolic links are not
 * followed. -CONDITION_FOREIGN_OWNER: PATH belongs to another user, in a directory that
 * is sticky or writable by all. -EFBIG: RLIMIT_FSIZE exceeded. Others: open(2), write(2),
 * fsync(2), rename(2). */
int replace_file(const char *path, const char *bytes, size_t length);

#endif
