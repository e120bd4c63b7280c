/*
 * Made-up files of /proc/PID for this process. The linker redirects the program's calls
 * of open(2) here, so the parsers need not be public.
 */
#ifndef SHMTOOL_FUZZ_PROC_H
#define SHMTOOL_FUZZ_PROC_H

#include <stddef.h>

/* Let /proc/PID/NAME of this process contain TEXT, which the caller keeps. With NULL,
 * restore the file of the kernel. */
void proc_serve(const char *name, const char *text, size_t length);

#endif
