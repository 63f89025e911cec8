/* Windows: a known week and a day to be forecast, scaled by what is known. */
#include "die.h"
#include "forecast.h"

#include <math.h>
#include <stdlib.h>

#define PI 3.14159265358979323846

frame frame_of(const data *d)
{
    return (frame){d, d->week, d->day};
}

size_t frame_least(const frame *f)
{
    return f->context + f->series->week; /* the first step reads the value a week before it */
}

window window_at(const frame *f, size_t start)
{
    const float *known = f->series->filled + start - f->context; /* [context] */
    double sum = 0, squares = 0, count = (double)f->context;

    for (size_t i = 0; i < f->context; i++)
        sum += (double)known[i];
    for (size_t i = 0; i < f->context; i++)
        squares += ((double)known[i] - sum / count) * ((double)known[i] - sum / count);
    return (window){start, sum / count, squares > 0 ? sqrt(squares / count) : 1};
}

static float scaled(const window *w, float value)
{
    return (float)(((double)value - w->mean) / w->deviation);
}

/* All of them are known at the start: the horizon is a day, and the values are at least a day old. */
void window_inputs(float *x, const frame *f, const window *w)
{
    const data *d = f->series;

    for (size_t i = 0; i < f->context + f->horizon; i++, x += FEATURES) {
        size_t t = w->start - f->context + i;
        double of_day = 2 * PI * (double)(t % d->day) / (double)d->day;
        double of_week = 2 * PI * (double)(t % d->week) / (double)d->week;
        x[0] = scaled(w, d->filled[t - d->day]);
        x[1] = scaled(w, d->filled[t - d->week]);
        x[2] = (float)sin(of_day);
        x[3] = (float)cos(of_day);
        x[4] = (float)sin(of_week);
        x[5] = (float)cos(of_week);
    }
}

/* Only the horizon counts. */
void window_targets(float *y, float *mask, const frame *f, const window *w)
{
    for (size_t i = 0; i < f->context + f->horizon; i++) {
        y[i] = scaled(w, f->series->values[w->start - f->context + i]); /* NaN stays NaN */
        mask[i] = i >= f->context;
    }
}

rnn_dataset *windows_dataset(const frame *f, size_t from, size_t to, size_t stride)
{
    size_t steps = f->context + f->horizon, index;
    float *x = allocate(steps * FEATURES, sizeof *x), *y = allocate(steps, sizeof *y);
    float *mask = allocate(steps, sizeof *mask);
    rnn_dataset *dataset;

    check(rnn_dataset_create(&dataset));
    for (size_t start = from; start < to; start += stride) {
        window w = window_at(f, start);
        window_inputs(x, f, &w);
        window_targets(y, mask, f, &w);
        check(rnn_dataset_add(dataset, &index, x, steps * FEATURES, steps));
        check(rnn_dataset_set_values(dataset, index, y, steps));
        check(rnn_dataset_set_mask(dataset, index, mask, steps));
    }
    free(x);
    free(y);
    free(mask);
    return dataset;
}
