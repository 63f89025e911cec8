#include "series.h"

static void merge_neighbours(series *line)
{
    for (size_t i = 0; i < line->count / 2; i++) {
        line->x[i] = (line->x[2 * i] + line->x[2 * i + 1]) / 2;
        line->y[i] = (line->y[2 * i] + line->y[2 * i + 1]) / 2;
    }
    line->count /= 2;
    line->merged *= 2;
}

void series_add(series *line, double x, double y)
{
    if (line->capacity == 0)
        line->capacity = SERIES_CAPACITY;
    if (line->merged == 0)
        line->merged = 1;
    line->sum_x += x;
    line->sum_y += y;
    if (++line->pending < line->merged)
        return;
    if (line->count == line->capacity) {
        merge_neighbours(line);
        return; /* what is pending is now half a point */
    }
    line->x[line->count] = line->sum_x / (double)line->pending;
    line->y[line->count++] = line->sum_y / (double)line->pending;
    line->sum_x = line->sum_y = 0;
    line->pending = 0;
}
