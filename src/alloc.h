/*
 * Memory allocation that ends the program when there is no memory: one message,
 * "shmtool COMMAND: out of memory", and exit status 1. What must be undone then belongs
 * in an atexit(3) function. Any directory may include this header.
 */
#ifndef SHMTOOL_ALLOC_H
#define SHMTOOL_ALLOC_H

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Report that memory ran out, and exit. For library calls that failed with ENOMEM. */
void out_of_memory(void) __attribute__((noreturn));

/* Like the C library's functions of these names without x, but never NULL. An empty array
 * is one byte. The caller frees the result. */
void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *xreallocarray(void *array, size_t count, size_t size)
	__attribute__((returns_nonnull));
char *xstrdup(const char *text) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *text, size_t length) __attribute__((malloc, returns_nonnull));
char *xasprintf(const char *format, ...)
	__attribute__((malloc, returns_nonnull, format(printf, 1, 2)));
char *xvasprintf(const char *format, va_list arguments)
	__attribute__((malloc, returns_nonnull, format(printf, 1, 0)));

/* Make room for one more element in an array of COUNT elements of SIZE bytes, which grows
 * by doubling. Only for arrays that grow by this function alone. Return the array. */
void *xgrow(void *array, size_t count, size_t size) __attribute__((returns_nonnull));

/* open_memstream(3), and the fclose(3) for it, after which *TEXT is complete. */
FILE *xopen_memstream(char **text, size_t *size) __attribute__((returns_nonnull));
void xclose_memstream(FILE *stream, char *const *text);

/* Like fopen(3) for reading and opendir(3), but NULL is never a lack of memory. */
FILE *xfopen(const char *path);
DIR *xopendir(const char *path);

/* Like fdopen(3) for reading and fdopendir(3) of what is open at FD. */
FILE *xfdopen(int fd) __attribute__((returns_nonnull));
DIR *xfdopendir(int fd) __attribute__((returns_nonnull));

/* Like getline(3), but -1 is never a lack of memory, and at the end of FILE, errno is 0.
 */
ssize_t xgetline(char **line, size_t *capacity, FILE *file);

#endif
