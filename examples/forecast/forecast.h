/* Forecasts of a series by quantiles: what the files of this program share. */
#ifndef FORECAST_H
#define FORECAST_H

#include "series.h"

#include <stdint.h>

#include <rnn.h>

#define LEVELS 3 /* quantiles: 0.1, 0.5, 0.9 */
extern const float levels[LEVELS];

typedef struct {
    int64_t hours, day, week, units, epochs, patience, batch, threads, seed; /* day: steps; week: days */
    double rate, min_delta;
    const char *output; /* base name of the picture and the table */
} options;

/* ---- data.c: the series ---------------------------------------------------------------------------------------- */

typedef struct {
    char *name;
    float *values; /* [count]; NaN: missing */
    float *filled; /* [count], with the value before in the place of what is missing */
    size_t count;
    size_t day, week; /* seasons, in steps */
} data;

/* Hours with a trend, a day, a week, and noise that is larger by day. */
data data_generate(const options *o);

/* A column of a CSV file whose first line has the names. */
data data_read(const char *path, const char *column, const options *o);
void data_release(data *d);

/* ---- windows.c: pieces of the series, each with a scale of its own ---------------------------------------------- */

#define FEATURES 6 /* the values a day and a week ago, and where the step is in the day and in the week */

/* A week that is known, and a day to be forecast. */
typedef struct {
    const data *series;
    size_t context, horizon; /* steps */
} frame;

typedef struct {
    size_t start; /* the first step of the horizon */
    double mean, deviation;
} window;

frame frame_of(const data *d);
size_t frame_least(const frame *f); /* the first start that has all it needs before it */
window window_at(const frame *f, size_t start);
void window_inputs(float *x /* [context+horizon,FEATURES] */, const frame *f, const window *w);
void window_targets(float *y /* [context+horizon] */, float *mask /* [context+horizon] */, const frame *f,
                    const window *w);

/* Those that begin in [from, to), so many steps apart, with targets. */
rnn_dataset *windows_dataset(const frame *f, size_t from, size_t to, size_t stride);

/* ---- train.c --------------------------------------------------------------------------------------------------- */

typedef struct {
    series training, validation;
    double seconds;
    int64_t epochs;
} history;

rnn_model *train(history *h, const frame *f, size_t from, size_t to, size_t end, const options *o);

/* ---- evaluate.c ------------------------------------------------------------------------------------------------ */

typedef struct {
    size_t start, count; /* steps of the series */
    float *quantiles;    /* [count,LEVELS], in the unit of the series */
} forecasts;

/* Day after day from `start` on, each from what is known at its beginning. */
forecasts forecast_all(rnn_model *model, const frame *f, size_t start);

typedef struct {
    double coverage, width;        /* of the interval from 0.1 to 0.9: proportion of the steps, mean size */
    double pinball, naive_pinball; /* mean over steps and levels; the naive forecast is the same at all levels */
    double error, naive_error;     /* mean absolute error of the median */
    size_t steps;                  /* that have a value */
} scores;

scores score(const forecasts *c, const data *d);
void write_table(const char *path, const forecasts *c, const data *d);

/* ---- picture.c ------------------------------------------------------------------------------------------------- */

void picture_draw(const char *path, const forecasts *c, const data *d, const history *h);

#endif
