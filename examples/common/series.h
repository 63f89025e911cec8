/* The points of a curve: few enough to draw, however long the run. */
#ifndef SERIES_H
#define SERIES_H

#include <stddef.h>

#define SERIES_CAPACITY 512

/* When it is full, neighbours are merged: a run of any length is capacity / 2 to capacity points, each the mean of
 * `merged` values.  It begins as zeros, or with a capacity. */
typedef struct {
    double x[SERIES_CAPACITY], y[SERIES_CAPACITY];
    size_t capacity; /* even; 0: SERIES_CAPACITY, and never more */
    size_t count, merged;
    double sum_x, sum_y; /* of the `pending` values that do not make a point yet */
    size_t pending;
} series;

void series_add(series *line, double x, double y);

#endif
