/*
 * Files of /proc/PID, for this process, that the fuzzers make up. The linker sends the
 * program's calls of open(2) here first, and so what parses them need not be made public.
 */
#ifndef SHMTOOL_FUZZ_PROC_H
#define SHMTOOL_FUZZ_PROC_H

#include <stddef.h>

/* From now on, /proc/PID/NAME of this process holds these bytes, which the caller keeps;
 * with TEXT NULL it is the kernel's again. */
void proc_serve(const char *name, const char *text, size_t length);

#endif
