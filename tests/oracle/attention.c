#include "oracle/attention.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

float *attention_floats(const double *from, size_t count)
{
    float *to = malloc(count ? count * sizeof *to : 1);
    assert_non_null(to);
    for (size_t i = 0; i < count; i++)
        to[i] = (float)from[i];
    return to;
}

void attention_doubles(double *to, const float *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = (double)from[i];
}

static double *zeros(size_t count)
{
    double *values = calloc(count + 1, sizeof *values);
    assert_non_null(values);
    return values;
}

/* Random numbers that are exact as float. */
static double *random_numbers(size_t count, double scale, uint64_t *seed)
{
    double *values = zeros(count);
    for (size_t i = 0; i < count; i++)
        values[i] = (double)(float)(scale * uniform(seed));
    return values;
}

/* ---- problems ---------------------------------------------------------------------------------------------------- */

static size_t parameter_count(const struct attention_sizes *z)
{
    if (z->score == RNN_ATTENTION_DOT)
        return 0;
    return z->score == RNN_ATTENTION_GENERAL ? z->query * z->memory : z->units * (z->query + z->memory + 1);
}

static size_t length_of(const struct attention_problem *p, size_t b)
{
    return p->lengths ? (size_t)p->lengths[b] : p->sizes.steps;
}

static void draw_lengths(struct attention_problem *p, uint64_t *seed)
{
    const struct attention_sizes *z = &p->sizes;
    p->lengths = malloc(z->batch * sizeof *p->lengths);
    assert_non_null(p->lengths);
    for (size_t b = 0; b < z->batch; b++)
        p->lengths[b] = (int32_t)((uniform(seed) + 1) / 2 * ((double)z->steps + 1));
    p->lengths[z->batch / 2] = 0;
    for (size_t s = 0; s < z->steps; s++)
        for (size_t b = 0; b < z->batch; b++)
            for (size_t j = 0; s >= length_of(p, b) && j < z->memory; j++)
                p->memory[(s * z->batch + b) * z->memory + j] = NAN;
}

struct attention_problem attention_draw(struct attention_sizes sizes, uint64_t seed)
{
    struct attention_problem p = {.sizes = sizes, .count = parameter_count(&sizes)};
    size_t rows = sizes.queries * sizes.batch;
    double scale = sizes.score == RNN_ATTENTION_ADDITIVE ? 1 : 2 / sqrt((double)sizes.memory);
    p.parameters = random_numbers(p.count, scale, &seed);
    p.memory = random_numbers(sizes.steps * sizes.batch * sizes.memory, 1, &seed);
    p.queries = random_numbers(rows * sizes.query, 1, &seed);
    p.dcontext = random_numbers(rows * sizes.memory, 1, &seed);
    if (sizes.ragged)
        draw_lengths(&p, &seed);
    return p;
}

void attention_forget(struct attention_problem *p)
{
    free(p->lengths);
    free(p->parameters);
    free(p->memory);
    free(p->queries);
    free(p->dcontext);
}

size_t attention_count(const struct attention_problem *p, enum attention_array array)
{
    const struct attention_sizes *z = &p->sizes;
    size_t rows = z->queries * z->batch;
    const size_t counts[ATTENTION_ARRAYS] = {rows * z->memory, rows * z->steps, rows * z->query,
                                             z->steps * z->batch * z->memory, p->count};
    return counts[array];
}

struct attention_answer attention_make_room(const struct attention_problem *p)
{
    struct attention_answer answer;
    for (enum attention_array i = 0; i < ATTENTION_ARRAYS; i++)
        answer.array[i] = zeros(attention_count(p, i));
    return answer;
}

void attention_release(struct attention_answer *answer)
{
    for (size_t i = 0; i < ATTENTION_ARRAYS; i++)
        free(answer->array[i]);
}

double attention_distance(const double *expected, const double *actual, size_t count)
{
    double most = 0, size = 1e-6;
    for (size_t i = 0; i < count; i++) {
        double difference = fabs(expected[i] - actual[i]);
        if (!isfinite(difference))
            return difference;
        most = difference > most ? difference : most;
        size = fabs(expected[i]) > size ? fabs(expected[i]) : size;
    }
    return most / size;
}

enum attention_array attention_worst(const struct attention_problem *p, const struct attention_answer *expected,
                                     const struct attention_answer *actual, double tolerance)
{
    for (enum attention_array i = 0; i < ATTENTION_ARRAYS; i++)
        if (!(attention_distance(expected->array[i], actual->array[i], attention_count(p, i)) <= tolerance))
            return i;
    return ATTENTION_ARRAYS;
}

/* ---- the oracle -------------------------------------------------------------------------------------------------- */

/* One query and one memory vector; the gradients are NULL in the forward pass. */
struct pair {
    const struct attention_problem *p;
    const double *q, *m;    /* [Q], [M] */
    double *dq, *dm, *dall; /* [Q], [M], parameters */
};

/* Returns the score q' W m, or adds the gradients for dL/dscore = de. */
static double general(const struct pair *x, double de)
{
    const struct attention_sizes *z = &x->p->sizes;
    double e = 0;
    for (size_t i = 0; i < z->query; i++)
        for (size_t j = 0; j < z->memory; j++) {
            double w = x->p->parameters[i * z->memory + j];
            e += x->q[i] * w * x->m[j];
            if (x->dq) {
                x->dq[i] += de * w * x->m[j];
                x->dm[j] += de * w * x->q[i];
                x->dall[i * z->memory + j] += de * x->q[i] * x->m[j];
            }
        }
    return e;
}

static double dot(const struct pair *x, double de)
{
    double e = 0;
    for (size_t i = 0; i < x->p->sizes.query; i++) {
        e += x->q[i] * x->m[i];
        if (x->dq) {
            x->dq[i] += de * x->m[i];
            x->dm[i] += de * x->q[i];
        }
    }
    return e;
}

static double additive(const struct pair *x, double de)
{
    const struct attention_sizes *z = &x->p->sizes;
    const double *w = x->p->parameters, *u = w + z->units * z->query, *v = u + z->units * z->memory;
    size_t at_u = z->units * z->query, at_v = at_u + z->units * z->memory;
    double e = 0;
    for (size_t a = 0; a < z->units; a++) {
        double sum = 0;
        for (size_t i = 0; i < z->query; i++)
            sum += w[a * z->query + i] * x->q[i];
        for (size_t j = 0; j < z->memory; j++)
            sum += u[a * z->memory + j] * x->m[j];
        double h = tanh(sum), d = de * v[a] * (1 - h * h);
        e += v[a] * h;
        if (x->dq)
            x->dall[at_v + a] += de * h;
        for (size_t i = 0; x->dq && i < z->query; i++) {
            x->dall[a * z->query + i] += d * x->q[i];
            x->dq[i] += d * w[a * z->query + i];
        }
        for (size_t j = 0; x->dq && j < z->memory; j++) {
            x->dall[at_u + a * z->memory + j] += d * x->m[j];
            x->dm[j] += d * u[a * z->memory + j];
        }
    }
    return e;
}

static double score(const struct pair *x, double de)
{
    switch (x->p->sizes.score) {
    case RNN_ATTENTION_DOT:
        return dot(x, de);
    case RNN_ATTENTION_GENERAL:
        return general(x, de);
    default:
        return additive(x, de);
    }
}

static struct pair pair_of(const struct attention_problem *p, size_t t, size_t s, size_t b)
{
    const struct attention_sizes *z = &p->sizes;
    return (struct pair){
        .p = p, .q = p->queries + (t * z->batch + b) * z->query, .m = p->memory + (s * z->batch + b) * z->memory};
}

/* Softmax over the scores of one query. */
static void weigh(double *a, size_t n)
{
    double top = -INFINITY, sum = 0;
    for (size_t s = 0; s < n; s++)
        top = a[s] > top ? a[s] : top;
    for (size_t s = 0; s < n; s++)
        sum += a[s] = exp(a[s] - top);
    for (size_t s = 0; s < n; s++)
        a[s] /= sum;
}

void attention_forward(const struct attention_problem *p, double *context, double *weights)
{
    const struct attention_sizes *z = &p->sizes;
    for (size_t t = 0; t < z->queries; t++)
        for (size_t b = 0; b < z->batch; b++) {
            double *a = weights + (t * z->batch + b) * z->steps, *c = context + (t * z->batch + b) * z->memory;
            size_t n = length_of(p, b);
            memset(a, 0, z->steps * sizeof *a);
            memset(c, 0, z->memory * sizeof *c);
            for (size_t s = 0; s < n; s++) {
                struct pair x = pair_of(p, t, s, b);
                a[s] = score(&x, 0);
            }
            weigh(a, n);
            for (size_t s = 0; s < n; s++)
                for (size_t j = 0; j < z->memory; j++)
                    c[j] += a[s] * p->memory[(s * z->batch + b) * z->memory + j];
        }
}

/* dL/da, a being one weight. */
static double weight_gradient(const struct attention_problem *p, const double *dc, const double *m)
{
    double sum = 0;
    for (size_t j = 0; j < p->sizes.memory; j++)
        sum += dc[j] * m[j];
    return sum;
}

static void query_backward(const struct attention_problem *p, struct attention_answer *answer, size_t t, size_t b)
{
    const struct attention_sizes *z = &p->sizes;
    size_t row = t * z->batch + b, n = length_of(p, b);
    const double *a = answer->array[WEIGHTS] + row * z->steps, *dc = p->dcontext + row * z->memory;
    double mean = 0;
    for (size_t s = 0; s < n; s++)
        mean += a[s] * weight_gradient(p, dc, pair_of(p, t, s, b).m);
    for (size_t s = 0; s < n; s++) {
        struct pair x = pair_of(p, t, s, b);
        x.dq = answer->array[DQUERIES] + row * z->query;
        x.dm = answer->array[DMEMORY] + (s * z->batch + b) * z->memory;
        x.dall = answer->array[DPARAMETERS];
        score(&x, a[s] * (weight_gradient(p, dc, x.m) - mean));
        for (size_t j = 0; j < z->memory; j++)
            x.dm[j] += a[s] * dc[j];
    }
}

struct attention_answer attention_oracle(const struct attention_problem *p)
{
    struct attention_answer answer = attention_make_room(p);
    attention_forward(p, answer.array[CONTEXT], answer.array[WEIGHTS]);
    for (size_t t = 0; t < p->sizes.queries; t++)
        for (size_t b = 0; b < p->sizes.batch; b++)
            query_backward(p, &answer, t, b);
    return answer;
}

/* ---- the library ------------------------------------------------------------------------------------------------- */

rnn_attention *attention_module(const struct attention_problem *p)
{
    const struct attention_sizes *z = &p->sizes;
    rnn_attention *module;
    size_t memory_count = z->steps * z->batch * z->memory;
    float *parameters = attention_floats(p->parameters, p->count), *memory = attention_floats(p->memory, memory_count);
    assert_ok(rnn_attention_create(&module, z->score, z->query, z->memory, z->units, 7));
    assert_ok(rnn_attention_set_parameters(module, p->count ? parameters : NULL, p->count));
    assert_ok(rnn_attention_set_memory(module, memory, memory_count, p->lengths, p->lengths ? z->batch : 0, z->steps,
                                       z->batch));
    free(parameters);
    free(memory);
    return module;
}

struct attention_answer attention_library(const struct attention_problem *p)
{
    struct attention_answer answer = attention_make_room(p);
    rnn_attention *module = attention_module(p);
    size_t count[ATTENTION_ARRAYS];
    float *out[ATTENTION_ARRAYS], *gradients;
    for (enum attention_array i = 0; i < ATTENTION_ARRAYS; i++) {
        count[i] = attention_count(p, i);
        out[i] = attention_floats(answer.array[i], count[i]);
        memset(out[i], 0xff, count[i] * sizeof *out[i]); /* NaN: all of it must be overwritten */
    }
    float *queries = attention_floats(p->queries, count[DQUERIES]);
    float *dcontext = attention_floats(p->dcontext, count[CONTEXT]);
    assert_ok(rnn_attention_forward(module, out[CONTEXT], count[CONTEXT], out[WEIGHTS], count[WEIGHTS], queries,
                                    count[DQUERIES]));
    assert_ok(rnn_attention_backward(module, out[DQUERIES], count[DQUERIES], dcontext, count[CONTEXT], queries,
                                     count[DQUERIES], out[WEIGHTS], count[WEIGHTS]));
    assert_ok(rnn_attention_backward_memory(module, out[DMEMORY], count[DMEMORY]));
    assert_ok(rnn_attention_gradients(module, &gradients, &count[DPARAMETERS]));
    assert_int_equal(count[DPARAMETERS], p->count);
    for (enum attention_array i = 0; i < ATTENTION_ARRAYS; i++) {
        attention_doubles(answer.array[i], i == DPARAMETERS ? gradients : out[i], count[i]);
        free(out[i]);
    }
    free(queries);
    free(dcontext);
    rnn_attention_destroy(module);
    return answer;
}
