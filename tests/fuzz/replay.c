/*
 * Replace libFuzzer where it does not exist: run the fuzzer on each file in the
 * arguments.
 */
#include <err.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "fuzz.h"

int main(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++) {
		FILE CLEANUP_FILE *file = fopen(argv[i], "re");
		uint8_t CLEANUP_FREE *data = NULL;
		struct stat status;
		size_t size;

		if (!file || fstat(fileno(file), &status) < 0)
			err(EXIT_FAILURE, "%s", argv[i]);
		size = (size_t)status.st_size;
		data = malloc(size + 1);
		if (!data || fread(data, 1, size, file) != size)
			err(EXIT_FAILURE, "%s", argv[i]);
		LLVMFuzzerTestOneInput(data, size);
	}
	printf("%d files\n", argc - 1);
	return EXIT_SUCCESS;
}
