#include "support/crf_instance.h"

#include <math.h>
#include <string.h>

/* Of class 0 at step t of those that count. */
static size_t place_of(const struct instance *s, size_t b, size_t t)
{
    return (s->at[b][t] * s->batch + b) * s->classes;
}

static double score_of(const struct instance *s, size_t b, const int32_t *path)
{
    size_t n = s->count[b];
    double score = n ? (double)s->start[path[0]] + (double)s->end[path[n - 1]] : 0;
    for (size_t t = 0; t < n; t++) {
        score += (double)s->e[place_of(s, b, t) + (size_t)path[t]];
        score += t ? (double)s->w[(size_t)path[t - 1] * s->classes + (size_t)path[t]] : 0;
    }
    return score;
}

/* Path number i of n steps. */
static void path_of(int32_t *path, size_t i, size_t n, size_t classes)
{
    for (size_t t = n; t-- > 0; i /= classes)
        path[t] = (int32_t)(i % classes);
}

/* Adds `factor` to the places of a path. */
static void add_path(struct instance *s, double *de, size_t b, const int32_t *path, double factor)
{
    size_t n = s->count[b];
    for (size_t t = 0; t < n; t++) {
        de[place_of(s, b, t) + (size_t)path[t]] += factor;
        if (t)
            s->dw[(size_t)path[t - 1] * s->classes + (size_t)path[t]] += factor;
    }
    if (n) {
        s->dstart[path[0]] += factor;
        s->dend[path[n - 1]] += factor;
    }
}

static void enter_best(struct instance *s, size_t b, const int32_t *path, double log_p)
{
    size_t place = RESULTS;
    while (place && log_p > s->best[b][place - 1])
        place--;
    if (place == RESULTS)
        return;
    for (size_t i = RESULTS - 1; i > place; i--)
        s->best[b][i] = s->best[b][i - 1];
    s->best[b][place] = log_p;
    if (!place)
        memcpy(s->best_path[b], path, sizeof s->best_path[b]);
}

static void expect_sequence(struct instance *s, size_t b, double factor)
{
    size_t n = s->count[b], count = 1;
    int32_t path[T] = {0}, target[T] = {0};
    double sum = 0;
    for (size_t t = 0; t < n; t++, count *= s->classes)
        target[t] = s->target[s->at[b][t] * s->batch + b];
    for (size_t i = 0; i < RESULTS; i++)
        s->best[b][i] = -INFINITY;
    s->paths[b] = 0;
    for (size_t i = 0; i < count; i++) {
        path_of(path, i, n, s->classes);
        sum += exp(score_of(s, b, path));
        s->paths[b] += score_of(s, b, path) > -INFINITY;
    }
    double log_sum = log(sum), own = score_of(s, b, target);
    s->losses[b] = !n ? 0 : isinf(own) ? INFINITY : log_sum - own; /* a target that is forbidden */
    for (size_t i = 0; i < count && sum > 0; i++) {
        path_of(path, i, n, s->classes);
        double p = exp(score_of(s, b, path) - log_sum);
        if (score_of(s, b, path) > -INFINITY)
            enter_best(s, b, path, score_of(s, b, path) - log_sum);
        for (size_t t = 0; t < n; t++)
            s->marginals[place_of(s, b, t) + (size_t)path[t]] += p;
        if (isfinite(s->losses[b]))
            add_path(s, s->de, b, path, factor * p);
    }
    if (isfinite(s->losses[b]))
        add_path(s, s->de, b, target, -factor);
}

double crf_expect(struct instance *s)
{
    double divisor = 0, value = 0;
    memset(s->de, 0, sizeof s->de);
    memset(s->dstart, 0, sizeof s->dstart);
    memset(s->dend, 0, sizeof s->dend);
    memset(s->dw, 0, sizeof s->dw);
    memset(s->marginals, 0, sizeof s->marginals);
    for (size_t b = 0; b < s->batch; b++)
        divisor += s->count[b] ? (double)s->weights[b] : 0;
    for (size_t b = 0; b < s->batch; b++) {
        double factor = divisor > 0 ? (double)s->weights[b] / divisor : 0;
        expect_sequence(s, b, factor);
        value += factor > 0 ? factor * s->losses[b] : 0;
    }
    return value;
}

size_t crf_below(uint64_t *random, size_t count)
{
    return (size_t)((uniform(random) + 1) / 2 * (double)count);
}

static void draw_mask(struct instance *s, uint64_t *random)
{
    for (size_t i = 0; i < ROWS; i++) {
        s->mask[i] = crf_below(random, 3) > 0;
        if (s->mask[i])
            continue;
        s->target[i] = -9;
        for (size_t c = 0; c < C && i < s->steps * s->batch; c++)
            s->e[i * s->classes + c % s->classes] = NAN;
    }
}

void crf_draw(struct instance *s, uint64_t *random, int forbids, int masks)
{
    memset(s, 0, sizeof *s);
    s->steps = crf_below(random, T) + 1;
    s->batch = crf_below(random, B) + 1;
    s->classes = crf_below(random, C) + 1;
    fill_uniform(s->e, COUNT, random);
    fill_uniform(s->start, C, random);
    fill_uniform(s->end, C, random);
    fill_uniform(s->w, C * C, random);
    for (size_t i = 0; i < COUNT; i++)
        s->e[i] *= 3;
    for (size_t i = 0; forbids && i < C * C; i++)
        if (crf_below(random, 3) == 0)
            s->w[i] = -INFINITY;
    for (size_t i = 0; i < ROWS; i++) {
        s->target[i] = (int32_t)crf_below(random, s->classes);
        s->mask[i] = 1;
    }
    if (masks)
        draw_mask(s, random);
    for (size_t b = 0; b < s->batch; b++) {
        s->lengths[b] = (int32_t)crf_below(random, s->steps + 1);
        s->weights[b] = crf_below(random, 4) ? (float)crf_below(random, 3) : 1;
        for (size_t t = 0; t < (size_t)s->lengths[b]; t++)
            if (s->mask[t * s->batch + b])
                s->at[b][s->count[b]++] = t;
    }
}

rnn_model *crf_model(int32_t cell, int32_t direction, int64_t seed)
{
    const int32_t options[][2] = {{RNN_CELL, cell},           {RNN_INPUT_SIZE, I}, {RNN_HIDDEN_SIZE, 3},
                                  {RNN_DIRECTION, direction}, {RNN_CLASSES, C},    {RNN_CRF, 1}};
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        assert_ok(rnn_config_set_int(config, options[i][0], options[i][1]));
    assert_ok(rnn_config_set_int(config, RNN_SEED, seed));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}
