#include "show/terminal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "digits.h"

size_t terminal_width(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size = { 0 };
	uint64_t width;

	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	if (columns && digits_read(columns, strlen(columns), 10, &width) == 0 &&
		width > 0 && width <= UINT16_MAX)
		return width;
	return 80;
}

bool terminal_has_colors(int fd)
{
	const char *refused = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return !(refused && *refused) && terminal && *terminal &&
		strcmp(terminal, "dumb") != 0 && isatty(fd);
}
