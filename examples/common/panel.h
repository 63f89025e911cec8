/* Parts of a picture: curves, matrices. */
#ifndef PANEL_H
#define PANEL_H

#include "axis.h"
#include "series.h"

#include <stdio.h>

typedef struct {
    double left, top, right, bottom;
} box;

typedef struct {
    const char *name, *colour;
    const series *line;
    double width; /* of the stroke; 0: 2 */
} panel_line;

/* Curves over the axes around `where`: numbers to its left, x_name below, the title above, names with the last values
 * of the lines in the upper right corner. */
void panel_curves(FILE *svg, box where, const char *title, const char *x_name, const panel_line *lines, size_t count);

/* What panel_curves is made of, for pictures with other things around the curves. */

/* Axes around `where` that hold all points of the lines, and on y `y_low` as well: 0, or INFINITY, which asks for no
 * more than the points. */
void panel_axes(axis *x, axis *y, box where, double y_low, const panel_line *lines, size_t count);

/* Points that are infinite or not a number are left out. */
void panel_draw_lines(FILE *svg, const axis *x, const axis *y, const panel_line *lines, size_t count);

/* A row for the name of each line, with its last value, down from the base line `top`. */
void panel_draw_names(FILE *svg, double right, double top, const panel_line *lines, size_t count);

/* A matrix of numbers 0 .. 1 (beyond: as the nearest of them) as cells of one colour, from nothing to all of it; row 0
 * is the uppermost. */
void panel_cells(FILE *svg, box where, const float *values /* [rows,columns] */, size_t rows, size_t columns,
                 const char *colour);

/* How often class i (a row) was taken for class j (a column), with names and shares in percent of the row. */
void panel_confusion(FILE *svg, box where, const char *title, const size_t *counts /* [classes,classes] */,
                     const char *const *names, size_t classes);

#endif
