/* The reference's sizes, the layout of its arrays, its memory and its random data. */
#include "oracle/reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/support.h"

const char *fault_name(int fault)
{
#define FAULT_TEXT(name)                                                                                               \
    case FAULT_##name:                                                                                                 \
        return #name;
    switch (fault) {
        BACKWARD_FAULTS(FAULT_TEXT)
        FORWARD_FAULTS(FAULT_TEXT)
    default:
        return "none";
    }
#undef FAULT_TEXT
}

/* ---- sizes ------------------------------------------------------------------------------------------------------ */

size_t reference_directions(const struct reference *r)
{
    return r->direction == RNN_DIRECTION_BOTH ? 2 : 1;
}

size_t reference_recurrent(const struct reference *r)
{
    return r->projection ? r->projection : r->hidden;
}

size_t reference_features(const struct reference *r)
{
    return r->merge == RNN_MERGE_SUM ? reference_recurrent(r) : reference_directions(r) * reference_recurrent(r);
}

size_t reference_gates(const struct reference *r)
{
    switch (r->cell) {
    case RNN_CELL_LSTM:
        return r->couple ? 3 : 4;
    case RNN_CELL_GRU:
        return 3;
    case RNN_CELL_MINGRU:
        return 2;
    case RNN_CELL_MINGRU_HIGHWAY:
        return 3;
    case RNN_CELL_SLSTM:
        return 4;
    default:
        return 1;
    }
}

size_t reference_width(const struct reference *r, size_t l)
{
    if (l > 0)
        return reference_features(r);
    if (!r->vocabulary)
        return r->inputs;
    return r->embedding ? r->embedding : r->vocabulary;
}

size_t reference_state_width(const struct reference *r, size_t kind)
{
    if (kind == STATE_H)
        return reference_recurrent(r);
    int has_c = r->cell == RNN_CELL_LSTM || r->cell == RNN_CELL_MINGRU_HIGHWAY;
    if (r->cell == RNN_CELL_SLSTM || (has_c && kind == STATE_C))
        return r->hidden;
    return 0;
}

size_t reference_states(const struct reference *r, size_t kind)
{
    return r->layers * reference_directions(r) * r->batch * reference_state_width(r, kind);
}

size_t reference_outputs(const struct reference *r)
{
    return r->classes ? r->classes : reference_features(r);
}

size_t reference_rows(const struct reference *r)
{
    return r->output == RNN_OUTPUT_EVERY_STEP ? r->steps * r->batch : r->batch;
}

int reference_is_reverse(const struct reference *r, size_t d)
{
    return d == 1 || r->direction == RNN_DIRECTION_REVERSE;
}

/* ---- places ----------------------------------------------------------------------------------------------------- */

/* Returns the offset of the next tensor in the block, and advances *at past it. */
static size_t next(size_t *at, size_t count)
{
    size_t begin = *at;
    *at += count;
    return begin;
}

/* The tensors of a layer with K inputs, in the order of rnn.h; absent ones have no elements. */
static struct places places_from(const struct reference *r, size_t at, size_t inputs)
{
    struct places p;
    size_t rows = reference_gates(r) * r->hidden, recurrent_rows = rows;
    if (r->cell == RNN_CELL_MINGRU || r->cell == RNN_CELL_MINGRU_HIGHWAY)
        recurrent_rows = 0;
    int vector = r->cell == RNN_CELL_INDRNN;
    size_t lstm = r->cell == RNN_CELL_LSTM;
    p.weight_ih = next(&at, rows * inputs);
    p.weight_hh = next(&at, recurrent_rows * (vector ? 1 : reference_recurrent(r)));
    p.bias_ih = next(&at, r->no_bias ? 0 : rows);
    p.bias_hh = next(&at, r->no_bias || vector ? 0 : recurrent_rows);
    p.weight_hr = next(&at, r->projection * r->hidden);
    p.peephole = next(&at, r->peepholes ? (r->couple ? 2 : 3) * r->hidden : 0);
    p.norm_ih = next(&at, r->layer_norm ? rows : 0);
    p.norm_hh = next(&at, r->layer_norm ? rows : 0);
    p.norm_c = next(&at, r->layer_norm ? lstm * r->hidden : 0);
    p.norm_c_bias = next(&at, r->layer_norm ? lstm * r->hidden : 0);
    p.end = at;
    return p;
}

struct places reference_places(const struct reference *r, size_t l, size_t d)
{
    size_t directions = reference_directions(r);
    struct places p = {.end = r->vocabulary * r->embedding};
    for (size_t number = 0; number <= l * directions + d; number++)
        p = places_from(r, p.end, reference_width(r, number / directions));
    return p;
}

size_t reference_head_at(const struct reference *r, size_t c, size_t f)
{
    size_t begin = reference_places(r, r->layers - 1, reference_directions(r) - 1).end;
    return begin + c * reference_features(r) + f;
}

size_t reference_embedding_at(const struct reference *r, size_t token, size_t k)
{
    return token * r->embedding + k;
}

size_t reference_state_at(const struct reference *r, size_t kind, size_t l, size_t d, size_t b, size_t i)
{
    return ((l * reference_directions(r) + d) * r->batch + b) * reference_state_width(r, kind) + i;
}

size_t reference_slot_at(const struct reference *r, size_t kind, size_t l, size_t d, size_t slot, size_t b, size_t i)
{
    size_t row = ((l * reference_directions(r) + d) * (r->steps + 1) + slot) * r->batch + b;
    return row * reference_state_width(r, kind) + i;
}

/* ---- memory ----------------------------------------------------------------------------------------------------- */

static void *zeros(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory)
        abort();
    return memory;
}

static double *doubles(size_t count)
{
    return zeros(count, sizeof(double));
}

static size_t max_size(size_t a, size_t b)
{
    return a > b ? a : b;
}

static void take_defaults(struct reference *r)
{
    r->cell = r->cell ? r->cell : RNN_CELL_TANH;
    r->direction = r->direction ? r->direction : RNN_DIRECTION_FORWARD;
    r->merge = r->merge ? r->merge : RNN_MERGE_CONCATENATE;
    r->output = r->output ? r->output : RNN_OUTPUT_EVERY_STEP;
    r->reset = r->reset ? r->reset : RNN_RESET_AFTER;
}

/* A cell that adds its input to its output needs layers of one width. */
void reference_correct_sizes(struct reference *r)
{
    if (r->cell != RNN_CELL_MINGRU_HIGHWAY)
        return;
    *(r->vocabulary ? &r->embedding : &r->inputs) = r->hidden;
    if (r->direction == RNN_DIRECTION_BOTH && r->layers > 1)
        r->merge = RNN_MERGE_SUM;
}

void reference_open(struct reference *r)
{
    take_defaults(r);
    reference_correct_sizes(r);
    size_t narrow = max_size(reference_width(r, 0), r->layers > 1 ? reference_width(r, 1) : 0);
    r->widest = max_size(max_size(narrow, reference_gates(r) * r->hidden), reference_features(r));
    r->parameter_count = reference_head_at(r, r->classes, 0) + r->classes;
    r->parameters = doubles(r->parameter_count);
    r->gradients = doubles(r->parameter_count);
    r->scratch = doubles(REFERENCE_VECTORS * r->widest);
    r->mask = zeros(r->widest, sizeof *r->mask);
}

static void free_run(struct reference *r)
{
    free(r->lengths);
    free(r->tokens);
    free(r->targets);
    double *arrays[] = {r->x, r->y, r->dy, r->dx, r->passed, r->dpassed, r->dh};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    for (size_t kind = 0; kind < STATE_KINDS; kind++) {
        free(r->initial[kind]);
        free(r->final[kind]);
        free(r->dinitial[kind]);
        free(r->dfinal[kind]);
        free(r->state[kind]);
    }
}

static void take_states(struct reference *r)
{
    for (size_t kind = 0; kind < STATE_KINDS; kind++) {
        r->initial[kind] = doubles(reference_states(r, kind));
        r->final[kind] = doubles(reference_states(r, kind));
        r->dinitial[kind] = doubles(reference_states(r, kind));
        r->dfinal[kind] = doubles(reference_states(r, kind));
        r->state[kind] = doubles((r->steps + 1) * reference_states(r, kind));
    }
}

void reference_resize(struct reference *r, size_t steps, size_t batch)
{
    free_run(r);
    r->steps = steps;
    r->batch = batch;
    r->lengths = zeros(batch, sizeof *r->lengths);
    r->tokens = zeros(steps * batch, sizeof *r->tokens);
    r->targets = zeros(reference_rows(r), sizeof *r->targets);
    r->x = doubles(steps * batch * r->inputs);
    r->dx = doubles(steps * batch * r->inputs);
    r->y = doubles(reference_rows(r) * reference_outputs(r));
    r->dy = doubles(reference_rows(r) * reference_outputs(r));
    r->passed = doubles(r->layers * steps * batch * reference_features(r));
    r->dpassed = doubles(r->layers * steps * batch * reference_features(r));
    r->dh = doubles(steps * reference_states(r, STATE_H));
    take_states(r);
    for (size_t b = 0; b < batch; b++)
        r->lengths[b] = (int32_t)steps;
}

void reference_close(struct reference *r)
{
    free_run(r);
    free(r->parameters);
    free(r->gradients);
    free(r->scratch);
    free(r->mask);
}

/* ---- random data ------------------------------------------------------------------------------------------------ */

static void fill(double *values, size_t count, double middle, double scale, uint64_t *state)
{
    for (size_t i = 0; i < count; i++)
        values[i] = (float)(middle + scale * uniform(state));
}

static int32_t integer_below(size_t end, uint64_t *state)
{
    return (int32_t)((uniform(state) + 1) / 2 * (double)end);
}

/* As large as PyTorch's initial parameters, so that tanh is curved but not saturated. Layer normalisation makes rows of
 * size 1, and with weights of 1 the recurrence would magnify rounding errors from step to step: its weights are
 * smaller, and positive. */
void reference_fill_parameters(struct reference *r, uint64_t *state)
{
    fill(r->parameters, r->parameter_count, 0, 1 / sqrt((double)r->hidden), state);
    for (size_t l = 0; l < r->layers && r->layer_norm; l++)
        for (size_t d = 0; d < reference_directions(r); d++) {
            struct places p = reference_places(r, l, d);
            fill(r->parameters + p.norm_ih, p.norm_c_bias - p.norm_ih, 0.4, 0.3, state);
        }
}

/* n is a sum of positive numbers, or 0 if nothing has been stored, which is a special case. */
static void fill_states(struct reference *r, uint64_t *state)
{
    for (size_t kind = 0; kind < STATE_KINDS; kind++) {
        fill(r->initial[kind], reference_states(r, kind), kind == STATE_N ? 1.25 : 0, 1, state);
        fill(r->dfinal[kind], reference_states(r, kind), 0, 1, state);
    }
    for (size_t i = 0; i < reference_states(r, STATE_N); i++)
        if (!integer_below(4, state))
            r->initial[STATE_N][i] = 0;
}

void reference_fill_data(struct reference *r, uint64_t *state)
{
    size_t rows = r->steps * r->batch;
    fill(r->x, rows * r->inputs, 0, 1, state);
    fill(r->dy, reference_rows(r) * reference_outputs(r), 0, 1, state);
    fill_states(r, state);
    for (size_t i = 0; i < rows && r->vocabulary; i++)
        r->tokens[i] = integer_below(r->vocabulary, state);
    for (size_t i = 0; i < reference_rows(r) && r->classes; i++)
        r->targets[i] = integer_below(r->classes, state);
}

void reference_fill_lengths(struct reference *r, uint64_t *state)
{
    for (size_t b = 0; b < r->batch; b++)
        r->lengths[b] = integer_below(r->steps + 1, state);
    if (r->batch < 2)
        return;
    size_t empty = (size_t)integer_below(r->batch, state);
    r->lengths[empty] = 0;
    r->lengths[(empty + 1) % r->batch] = (int32_t)r->steps;
}
