/* Axes of a picture: ticks at round numbers, and where a value lies. */
#ifndef AXIS_H
#define AXIS_H

#include <stdio.h>

typedef struct {
    double low, high, tick; /* in the unit of the numbers; low and high are multiples of tick */
    double from, to;        /* where low and high lie on the picture */
} axis;

/* The axis that holds the numbers from low to high.  Its ticks are 1, 2, 5, 10, 20, ... apart (or the thousandth part
 * of that, and so on), so that they cut this range in at most `parts` parts. */
axis axis_over(double low, double high, double parts, double from, double to);

/* The same with ticks at whole numbers only: for what is counted, and for exponents. */
axis axis_over_whole(double low, double high, double parts, double from, double to);

/* Where a value lies; one beyond the end of the axis lies on the end. */
double axis_place(const axis *a, double value);

/* How the number at a tick of the y axis is written, so that it ends at (x, y); axis_number is the usual way. */
typedef void axis_label(FILE *svg, double x, double y, double value);
void axis_number(FILE *svg, double x, double y, double value);

/* Draws both, with a line across the picture at each tick of y, and the name of x below. */
void axis_draw(FILE *svg, const axis *x, const axis *y, const char *x_name, axis_label *y_label);

/* The name of y, upwards along it and `left` of it. */
void axis_draw_y_name(FILE *svg, const axis *x, const axis *y, double left, const char *y_name);

#endif
