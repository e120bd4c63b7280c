/*
 * What a terminal can show.
 */
#ifndef SHMTOOL_SHOW_TERMINAL_H
#define SHMTOOL_SHOW_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* Return the width of a terminal in columns: its own, or else $COLUMNS, or else 80. */
size_t terminal_width(int fd);

/* Return whether FD is a terminal that shows colours, and the user wants them (see
 * https://no-color.org). */
bool terminal_has_colors(int fd);

#endif
