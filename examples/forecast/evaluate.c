/* Forecasts of what was held out, their scores, and a table of them. */
#include "die.h"
#include "forecast.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Quantiles of a network may cross: sorted, they do not, and their loss is not larger. */
static void sort(float *q /* [LEVELS] */)
{
    for (size_t i = 1; i < LEVELS; i++)
        for (size_t j = i; j > 0 && q[j] < q[j - 1]; j--) {
            float other = q[j];
            q[j] = q[j - 1];
            q[j - 1] = other;
        }
}

static void forecast_one(float *quantiles /* [horizon,LEVELS] */, rnn_session *session, const frame *f, size_t start)
{
    size_t steps = f->context + f->horizon;
    float *x = allocate(steps * FEATURES, sizeof *x), *y = allocate(steps * LEVELS, sizeof *y);
    window w = window_at(f, start);

    window_inputs(x, f, &w);
    check(rnn_reset_state(session, 1));
    check(rnn_forward(session, y, steps * LEVELS, x, steps * FEATURES, NULL, 0, steps));
    for (size_t i = 0; i < f->horizon * LEVELS; i++)
        quantiles[i] = (float)(w.mean + w.deviation * (double)y[f->context * LEVELS + i]);
    for (size_t i = 0; i < f->horizon; i++)
        sort(quantiles + i * LEVELS);
    free(x);
    free(y);
}

forecasts forecast_all(rnn_model *model, const frame *f, size_t start)
{
    size_t days = (f->series->count - start) / f->horizon;
    forecasts c = {.start = start, .count = days * f->horizon};
    rnn_session *session;

    c.quantiles = allocate(c.count * LEVELS, sizeof *c.quantiles);
    check(rnn_session_create(&session, model, RNN_INFERENCE));
    for (size_t i = 0; i < c.count; i += f->horizon)
        forecast_one(c.quantiles + i * LEVELS, session, f, start + i);
    rnn_session_destroy(session);
    return c;
}

/* ---- scores ---------------------------------------------------------------------------------------------------- */

static double pinball(double level, double value, double quantile)
{
    return value >= quantile ? level * (value - quantile) : (1 - level) * (quantile - value);
}

scores score(const forecasts *c, const data *d)
{
    scores s = {.steps = 0};

    for (size_t i = 0; i < c->count; i++) {
        const float *q = c->quantiles + i * LEVELS;
        double value = (double)d->values[c->start + i], naive = (double)d->filled[c->start + i - d->week];
        if (isnan(value))
            continue;
        s.steps++;
        s.coverage += value >= (double)q[0] && value <= (double)q[LEVELS - 1];
        s.width += (double)q[LEVELS - 1] - (double)q[0];
        s.error += fabs(value - (double)q[LEVELS / 2]);
        s.naive_error += fabs(value - naive);
        for (size_t l = 0; l < LEVELS; l++) {
            s.pinball += pinball((double)levels[l], value, (double)q[l]) / LEVELS;
            s.naive_pinball += pinball((double)levels[l], value, naive) / LEVELS;
        }
    }
    double *const means[] = {&s.coverage, &s.width, &s.pinball, &s.naive_pinball, &s.error, &s.naive_error};
    for (size_t i = 0; i < sizeof means / sizeof *means; i++)
        *means[i] /= (double)s.steps;
    return s;
}

void write_table(const char *path, const forecasts *c, const data *d)
{
    FILE *table = fopen(path, "w");

    if (!table)
        die("%s: %s", path, strerror(errno));
    fprintf(table, "step,value,q0.1,q0.5,q0.9,week_before\n");
    for (size_t i = 0; i < c->count; i++) {
        const float *q = c->quantiles + i * LEVELS;
        size_t t = c->start + i;
        fprintf(table, "%zu,", t);
        if (!isnan(d->values[t]))
            fprintf(table, "%.6g", (double)d->values[t]);
        fprintf(table, ",%.6g,%.6g,%.6g,%.6g\n", (double)q[0], (double)q[1], (double)q[2],
                (double)d->filled[t - d->week]);
    }
    int failed = ferror(table);
    if (fclose(table) != 0 || failed)
        die("%s: the table could not be written: %s", path, strerror(errno));
}
