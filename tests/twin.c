#include "twin.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- data ------------------------------------------------------------------------------------------------------- */

/* Exactly as large as they are said to be, so that a sanitizer sees a read past the end. */
static void *zeros(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    assert_non_null(memory);
    return memory;
}

static float *new_floats(size_t count)
{
    return zeros(count, sizeof(float));
}

static float *floats(const double *values, size_t count)
{
    float *copy = new_floats(count);
    for (size_t i = 0; i < count; i++)
        copy[i] = (float)values[i];
    return copy;
}

static int32_t *integers(const int32_t *values, size_t count)
{
    int32_t *copy = zeros(count, sizeof *copy);
    memcpy(copy, values, count * sizeof *copy);
    return copy;
}

size_t twin_rows(const struct twin *t)
{
    return t->r.steps * t->r.batch;
}

size_t twin_states(const struct twin *t)
{
    return reference_states(&t->r);
}

size_t twin_outputs(const struct twin *t)
{
    return twin_rows(t) * reference_outputs(&t->r);
}

static int past_end(const struct twin *t, size_t row)
{
    return row / t->r.batch >= (size_t)t->r.lengths[row % t->r.batch];
}

void twin_poison(const struct twin *t, float *values, size_t width)
{
    for (size_t i = 0; i < twin_rows(t) * width; i++)
        if (past_end(t, i / width))
            values[i] = NAN;
}

static void poison_integers(const struct twin *t, int32_t *values)
{
    for (size_t row = 0; row < twin_rows(t); row++)
        if (past_end(t, row))
            values[row] = -1;
}

static rnn_model *create_model(const struct reference *r)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, (int64_t)r->inputs));
    assert_ok(rnn_config_set_int(config, RNN_VOCABULARY, (int64_t)r->vocabulary));
    assert_ok(rnn_config_set_int(config, RNN_EMBEDDING_SIZE, (int64_t)r->embedding));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, (int64_t)r->hidden));
    assert_ok(rnn_config_set_int(config, RNN_LAYERS, (int64_t)r->layers));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, (int64_t)r->classes));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static void set_parameters(struct twin *t)
{
    float *parameters = floats(t->r.parameters, t->r.parameter_count);
    assert_ok(rnn_set_parameters(t->model, parameters, t->r.parameter_count));
    free(parameters);
}

struct twin twin_open(struct reference network, uint64_t seed)
{
    struct twin t = {.r = network, .seed = seed, .mean = (int)(seed % 2)};
    reference_open(&t.r);
    reference_fill_parameters(&t.r, &t.seed);
    t.model = create_model(&t.r);
    set_parameters(&t);
    assert_ok(rnn_session_create(&t.session, t.model, RNN_TRAINING));
    return t;
}

static void free_run(struct twin *t)
{
    void *arrays[] = {t->lengths, t->tokens, t->targets, t->x, t->h0, t->dfinal, t->y, t->dy, t->dx, t->final, t->dh0};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
}

void twin_close(struct twin *t)
{
    free_run(t);
    rnn_session_destroy(t->session);
    rnn_destroy(t->model);
    reference_close(&t->r);
}

void twin_data(struct twin *t, size_t steps, size_t batch, enum lengths lengths)
{
    struct reference *r = &t->r;
    free_run(t);
    reference_resize(r, steps, batch);
    reference_fill_data(r, &t->seed);
    if (lengths == RAGGED)
        reference_fill_lengths(r, &t->seed);
    if (lengths == EMPTY)
        memset(r->lengths, 0, batch * sizeof *r->lengths);
    t->lengths = lengths == FULL ? NULL : integers(r->lengths, batch);
    t->tokens = integers(r->tokens, twin_rows(t));
    t->targets = integers(r->targets, twin_rows(t));
    t->x = floats(r->x, twin_rows(t) * r->inputs);
    t->h0 = floats(r->h0, twin_states(t));
    t->dfinal = floats(r->dfinal, twin_states(t));
    t->dy = floats(r->dy, twin_outputs(t));
    t->y = new_floats(twin_outputs(t));
    t->dx = new_floats(twin_rows(t) * r->inputs);
    t->final = new_floats(twin_states(t));
    t->dh0 = new_floats(twin_states(t));
    poison_integers(t, t->tokens);
    poison_integers(t, t->targets);
    twin_poison(t, t->x, r->inputs);
}

/* ---- one run of each -------------------------------------------------------------------------------------------- */

void twin_piece(struct twin *t, rnn_session *session, size_t begin, size_t steps)
{
    const struct reference *r = &t->r;
    size_t row = begin * r->batch, n = steps * r->batch, width = reference_outputs(r);
    int32_t *lengths = t->lengths ? integers(r->lengths, r->batch) : NULL;
    size_t lengths_count = lengths ? r->batch : 0;
    for (size_t b = 0; b < lengths_count; b++) {
        size_t length = (size_t)lengths[b] < begin ? 0 : (size_t)lengths[b] - begin;
        lengths[b] = (int32_t)(length < steps ? length : steps);
    }
    if (r->vocabulary)
        assert_ok(rnn_forward_tokens(session, t->y + row * width, n * width, t->tokens + row, n, lengths, lengths_count,
                                     steps));
    else
        assert_ok(rnn_forward(session, t->y + row * width, n * width, t->x + row * r->inputs, n * r->inputs, lengths,
                              lengths_count, steps));
    free(lengths);
}

void twin_begin(struct twin *t, rnn_session *session)
{
    assert_ok(rnn_reset_state(session, t->r.batch));
    assert_ok(rnn_set_state(session, t->h0, twin_states(t), RNN_STATE_H));
    for (size_t i = 0; i < twin_outputs(t); i++)
        t->y[i] = NAN; /* all of it must be written */
}

void twin_forward(struct twin *t)
{
    twin_begin(t, t->session);
    twin_piece(t, t->session, 0, t->r.steps);
    assert_ok(rnn_get_state(t->session, t->final, twin_states(t), RNN_STATE_H));
}

void twin_loss(struct twin *t)
{
    float *logits = new_floats(twin_outputs(t));
    memcpy(logits, t->y, twin_outputs(t) * sizeof *logits);
    twin_poison(t, logits, t->r.classes);
    assert_ok(rnn_softmax_cross_entropy(&t->loss, t->dy, twin_outputs(t), logits, twin_outputs(t), t->targets,
                                        twin_rows(t), t->lengths, t->lengths ? t->r.batch : 0, t->r.steps, t->r.batch,
                                        t->r.classes, t->mean ? RNN_MEAN : RNN_SUM));
    free(logits);
}

void twin_backward(struct twin *t)
{
    size_t dx_count = twin_rows(t) * t->r.inputs;
    float *dy = new_floats(twin_outputs(t));
    memcpy(dy, t->dy, twin_outputs(t) * sizeof *dy);
    twin_poison(t, dy, reference_outputs(&t->r));
    for (size_t i = 0; i < dx_count; i++)
        t->dx[i] = NAN;
    assert_ok(rnn_set_state_gradient(t->session, t->dfinal, twin_states(t), RNN_STATE_H));
    assert_ok(rnn_backward(t->session, dx_count ? t->dx : NULL, dx_count, dy, twin_outputs(t)));
    assert_ok(rnn_get_state_gradient(t->session, t->dh0, twin_states(t), RNN_STATE_H));
    free(dy);
}

void twin_run_library(struct twin *t)
{
    twin_forward(t);
    if (t->r.classes)
        twin_loss(t);
    twin_backward(t);
}

void twin_run_reference(struct twin *t)
{
    reference_forward(&t->r);
    if (t->r.classes)
        t->expected_loss = reference_loss(&t->r, t->mean);
    reference_backward(&t->r);
}

/* ---- what is the same ------------------------------------------------------------------------------------------- */

/* float32 rounds by 6e-8 of a number. A sum of n products errs by some sqrt(n) of that, relative to its largest terms
 * and not to what they leave after cancelling: so an array is measured against its largest element. With n up to a
 * thousand that is 2e-6, handed on from step to step by W and tanh', which do not enlarge it. 1e-5 leaves a factor of
 * five, and is far below the effect of any planted fault. The constant is for sums of a few terms near 1 that cancel
 * in all elements of a small array. */
int twin_same(const float *actual, const double *expected, size_t count)
{
    double largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(expected[i]));
    for (size_t i = 0; i < count; i++)
        if (!(fabs((double)actual[i] - expected[i]) <= 1e-5 * largest + 5e-7)) /* also where NaN */
            return 0;
    return 1;
}

int twin_zero_past_end(const struct twin *t, const float *values, size_t width)
{
    for (size_t i = 0; i < twin_rows(t) * width; i++)
        if (past_end(t, i / width) && values[i] != 0)
            return 0;
    return 1;
}

const char *twin_different_tensor(const struct twin *t, const float *actual, const double *expected)
{
    size_t count;
    assert_ok(rnn_tensor_count(t->model, &count));
    for (size_t index = 0; index < count; index++) {
        const char *name;
        size_t rank, shape[2], offset, elements = 1;
        assert_ok(rnn_tensor_info(t->model, &name, &rank, shape, 2, &offset, index));
        for (size_t i = 0; i < rank; i++)
            elements *= shape[i];
        if (!twin_same(actual + offset, expected + offset, elements))
            return name;
    }
    return NULL;
}

const char *twin_different_gradient(const struct twin *t)
{
    float *gradients;
    size_t count;
    assert_ok(rnn_gradients(t->session, &gradients, &count));
    assert_int_equal(count, t->r.parameter_count);
    return twin_different_tensor(t, gradients, t->r.gradients);
}

const char *twin_different_forward(const struct twin *t)
{
    const struct reference *r = &t->r;
    if (!twin_same(t->y, r->y, twin_outputs(t)))
        return "y";
    if (!twin_zero_past_end(t, t->y, reference_outputs(r)))
        return "y past the end";
    return twin_same(t->final, r->final, twin_states(t)) ? NULL : "the final state";
}

const char *twin_different(const struct twin *t)
{
    const struct reference *r = &t->r;
    if (twin_different_forward(t))
        return twin_different_forward(t);
    if (!close_enough(t->loss, t->expected_loss, 1e-5))
        return "the loss";
    if (!twin_same(t->dy, r->dy, twin_outputs(t)) || (r->classes && !twin_zero_past_end(t, t->dy, r->classes)))
        return "dy";
    if (!twin_same(t->dx, r->dx, twin_rows(t) * r->inputs) || !twin_zero_past_end(t, t->dx, r->inputs))
        return "dx";
    if (!twin_same(t->dh0, r->dh0, twin_states(t)))
        return "dh0";
    return twin_different_gradient(t);
}

void twin_expect_none(const char *difference, const struct twin *t, const char *file, int line)
{
    const struct reference *r = &t->r;
    if (!difference)
        return;
    print_error("%s differs: I=%zu V=%zu E=%zu H=%zu L=%zu C=%zu T=%zu B=%zu, %s\n", difference, r->inputs,
                r->vocabulary, r->embedding, r->hidden, r->layers, r->classes, r->steps, r->batch,
                t->lengths ? "ragged" : "full");
    _fail(file, line);
}

void twin_zero_gradients(struct twin *t)
{
    assert_ok(rnn_zero_gradients(t->session));
    reference_zero_gradients(&t->r);
}

void twin_check(struct twin *t, size_t steps, size_t batch, enum lengths lengths)
{
    twin_data(t, steps, batch, lengths);
    twin_zero_gradients(t);
    twin_run_library(t);
    twin_run_reference(t);
    assert_no_difference(twin_different(t), t);
}
