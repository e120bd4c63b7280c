#include "alloc.h"

#include <errno.h>
#include <string.h>

void out_of_memory(void)
{
	fflush(stdout);
	fprintf(stderr, "%s: out of memory\n", program_invocation_name);
	exit(EXIT_FAILURE);
}

static void *check(void *memory)
{
	if (!memory)
		out_of_memory();
	return memory;
}

void *xmalloc(size_t size)
{
	return check(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
	return check(calloc(count ? count : 1, size));
}

void *xreallocarray(void *array, size_t count, size_t size)
{
	return check(reallocarray(array, count ? count : 1, size));
}

char *xstrdup(const char *text)
{
	return check(strdup(text));
}

char *xstrndup(const char *text, size_t length)
{
	return check(strndup(text, length));
}

char *xasprintf(const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = xvasprintf(format, arguments);
	va_end(arguments);
	return text;
}

char *xvasprintf(const char *format, va_list arguments)
{
	char *text;

	return check(vasprintf(&text, format, arguments) < 0 ? NULL : text);
}

void *xgrow(void *array, size_t count, size_t size)
{
	/* Full at 0 and at each power of two. */
	if ((count & (count - 1)) != 0)
		return array;
	return xreallocarray(array, count ? count * 2 : 1, size);
}

FILE *xopen_memstream(char **text, size_t *size)
{
	return check(open_memstream(text, size));
}

void xclose_memstream(FILE *stream, char *const *text)
{
	int failed = ferror(stream);

	/* If glibc has no memory to shorten the text, only the text is missing. */
	if (fclose(stream) != 0 || failed || !*text)
		out_of_memory();
}

/* Return what a function returned that opens a file. */
static void *check_open(void *opened)
{
	if (!opened && errno == ENOMEM)
		out_of_memory();
	return opened;
}

FILE *xfopen(const char *path)
{
	return check_open(fopen(path, "re"));
}

DIR *xopendir(const char *path)
{
	return check_open(opendir(path));
}

FILE *xfdopen(int fd)
{
	return check(fdopen(fd, "r"));
}

DIR *xfdopendir(int fd)
{
	return check(fdopendir(fd));
}

ssize_t xgetline(char **line, size_t *capacity, FILE *file)
{
	ssize_t length;

	errno = 0;
	length = getline(line, capacity, file);
	if (length < 0 && errno == ENOMEM)
		out_of_memory();
	return length;
}
