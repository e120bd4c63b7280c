/*
 * Fit a table to the width of a terminal: narrow its columns, and cut cells.
 */
#ifndef SHMTOOL_SHOW_FIT_H
#define SHMTOOL_SHOW_FIT_H

#include <stddef.h>

struct cells;
struct output;

/* Cut CELLS, those of all rows, until the table is as narrow as the terminal: first
 * command lines and the like, which lose the folder of their program before anything
 * else, then names. A cut cell ends in an ellipsis. Keep 8 columns of each cell, and all
 * of a header, even if the table remains too wide. WIDTHS: of the columns, see
 * cells_measure(); they are corrected. */
void fit_cells(const struct output *output, struct cells *cells, size_t *widths);

#endif
