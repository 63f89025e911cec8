#include "twin.h"

#include "losses.h"

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

size_t twin_states(const struct twin *t, size_t kind)
{
    return reference_states(&t->r, kind);
}

size_t twin_outputs(const struct twin *t)
{
    return reference_rows(&t->r) * reference_outputs(&t->r);
}

/* Where there is one row for each sequence, that of an empty one lies past its end. */
static int past_end(const struct twin *t, size_t row)
{
    return row / t->r.batch >= (size_t)t->r.lengths[row % t->r.batch];
}

void twin_poison(const struct twin *t, float *values, size_t rows, size_t width)
{
    for (size_t i = 0; i < rows * width; i++)
        if (past_end(t, i / width))
            values[i] = NAN;
}

static void poison_integers(const struct twin *t, int32_t *values, size_t rows)
{
    for (size_t row = 0; row < rows; row++)
        if (past_end(t, row))
            values[row] = -1;
}

/* ---- the model -------------------------------------------------------------------------------------------------- */

static void set_integers(rnn_config *config, const struct reference *r)
{
    const struct {
        int32_t key;
        int64_t value;
    } options[] = {
        {RNN_CELL, r->cell},
        {RNN_INPUT_SIZE, (int64_t)r->inputs},
        {RNN_VOCABULARY, (int64_t)r->vocabulary},
        {RNN_EMBEDDING_SIZE, (int64_t)r->embedding},
        {RNN_HIDDEN_SIZE, (int64_t)r->hidden},
        {RNN_LAYERS, (int64_t)r->layers},
        {RNN_CLASSES, (int64_t)r->classes},
        {RNN_SEED, (int64_t)r->mask_seed},
        {RNN_DIRECTION, r->direction},
        {RNN_MERGE, r->merge},
        {RNN_BIAS, !r->no_bias},
        {RNN_PROJECTION_SIZE, (int64_t)r->projection},
        {RNN_RESIDUAL, r->residual && r->layers > 1}, /* of one layer it has no effect, and is refused; so dropout */
        {RNN_OUTPUT, r->output},
        {RNN_RESET, r->reset},
        {RNN_PEEPHOLES, r->peepholes},
        {RNN_COUPLE, r->couple},
        {RNN_LAYER_NORM, r->layer_norm},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        assert_ok(rnn_config_set_int(config, options[i].key, options[i].value));
}

static void set_reals(rnn_config *config, const struct reference *r)
{
    const struct {
        int32_t key;
        double value;
    } options[] = {
        {RNN_DROPOUT, r->layers > 1 ? r->dropout : 0},
        {RNN_RECURRENT_DROPOUT, r->recurrent_dropout},
        {RNN_ZONEOUT, r->zoneout},
        {RNN_ZONEOUT_CELL, r->zoneout_cell},
        {RNN_CLIP, r->clip},
        {RNN_CELL_CLIP, r->cell_clip},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        assert_ok(rnn_config_set_real(config, options[i].key, options[i].value));
}

static void set_activation(rnn_config *config, const struct activation *f, int32_t key, int32_t alpha, int32_t beta)
{
    assert_ok(rnn_config_set_int(config, key, f->kind));
    if (f->alpha_set)
        assert_ok(rnn_config_set_real(config, alpha, f->alpha));
    if (f->beta_set)
        assert_ok(rnn_config_set_real(config, beta, f->beta));
}

static rnn_model *create_model(const struct reference *r)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    set_integers(config, r);
    set_reals(config, r);
    set_activation(config, &r->activation_f, RNN_ACTIVATION_F, RNN_ALPHA_F, RNN_BETA_F);
    set_activation(config, &r->activation_g, RNN_ACTIVATION_G, RNN_ALPHA_G, RNN_BETA_G);
    set_activation(config, &r->activation_h, RNN_ACTIVATION_H, RNN_ALPHA_H, RNN_BETA_H);
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static void set_parameters(struct twin *t)
{
    float *parameters = floats(t->r.parameters, t->r.parameter_count);
    assert_ok(rnn_model_set_parameters(t->model, parameters, t->r.parameter_count));
    free(parameters);
}

struct twin twin_open(struct reference network, uint64_t seed)
{
    struct twin t = {.r = network, .seed = seed, .mean = (int)(seed % 2)};
    reference_open(&t.r);
    reference_fill_parameters(&t.r, &t.seed);
    t.model = create_model(&t.r);
    set_parameters(&t);
    twin_session(&t, RNN_TRAINING);
    return t;
}

void twin_session(struct twin *t, int32_t mode)
{
    rnn_session_destroy(t->session);
    assert_ok(rnn_session_create(&t->session, t->model, mode));
    t->r.training = mode == RNN_TRAINING;
    t->runs = 0;
}

static void free_run(struct twin *t)
{
    void *arrays[] = {t->lengths, t->tokens, t->targets, t->x, t->y, t->dy, t->dx};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    for (size_t kind = 0; kind < STATE_KINDS; kind++) {
        free(t->initial[kind]);
        free(t->dfinal[kind]);
        free(t->final[kind]);
        free(t->dinitial[kind]);
    }
}

void twin_close(struct twin *t)
{
    free_run(t);
    rnn_session_destroy(t->session);
    rnn_destroy(t->model);
    reference_close(&t->r);
}

static void fill_reference(struct twin *t, enum lengths lengths)
{
    reference_fill_data(&t->r, &t->seed);
    if (lengths == RAGGED)
        reference_fill_lengths(&t->r, &t->seed);
    if (lengths == EMPTY)
        memset(t->r.lengths, 0, t->r.batch * sizeof *t->r.lengths);
}

void twin_data(struct twin *t, size_t steps, size_t batch, enum lengths lengths)
{
    struct reference *r = &t->r;
    free_run(t);
    reference_resize(r, steps, batch);
    fill_reference(t, lengths);
    t->lengths = lengths == FULL ? NULL : integers(r->lengths, batch);
    t->tokens = integers(r->tokens, twin_rows(t));
    t->targets = integers(r->targets, reference_rows(r));
    t->x = floats(r->x, twin_rows(t) * r->inputs);
    t->dy = floats(r->dy, twin_outputs(t));
    t->y = new_floats(twin_outputs(t));
    t->dx = new_floats(twin_rows(t) * r->inputs);
    for (size_t kind = 0; kind < STATE_KINDS; kind++) {
        t->initial[kind] = floats(r->initial[kind], twin_states(t, kind));
        t->dfinal[kind] = floats(r->dfinal[kind], twin_states(t, kind));
        t->final[kind] = new_floats(twin_states(t, kind));
        t->dinitial[kind] = new_floats(twin_states(t, kind));
    }
    poison_integers(t, t->tokens, twin_rows(t));
    poison_integers(t, t->targets, reference_rows(r));
    twin_poison(t, t->x, twin_rows(t), r->inputs);
}

/* ---- one run of each -------------------------------------------------------------------------------------------- */

/* How many of the `steps` steps after `begin` are valid, for each sequence; NULL where all are. */
static int32_t *lengths_of_piece(const struct twin *t, size_t begin, size_t steps)
{
    int32_t *lengths = t->lengths ? integers(t->r.lengths, t->r.batch) : NULL;
    for (size_t b = 0; lengths && b < t->r.batch; b++) {
        size_t length = (size_t)lengths[b] < begin ? 0 : (size_t)lengths[b] - begin;
        lengths[b] = (int32_t)(length < steps ? length : steps);
    }
    return lengths;
}

void twin_piece(struct twin *t, rnn_session *session, size_t begin, size_t steps)
{
    const struct reference *r = &t->r;
    size_t row = begin * r->batch, n = steps * r->batch, width = reference_outputs(r);
    int every = r->output == RNN_OUTPUT_EVERY_STEP;
    float *y = every ? t->y + row * width : t->y;
    size_t y_count = every ? n * width : r->batch * width;
    int32_t *lengths = lengths_of_piece(t, begin, steps);
    size_t lengths_count = lengths ? r->batch : 0;
    if (r->vocabulary)
        assert_ok(rnn_forward_tokens(session, y, y_count, t->tokens + row, n, lengths, lengths_count, steps));
    else
        assert_ok(
            rnn_forward(session, y, y_count, t->x + row * r->inputs, n * r->inputs, lengths, lengths_count, steps));
    if (session == t->session)
        t->r.run = t->runs++;
    free(lengths);
}

void twin_begin(struct twin *t, rnn_session *session)
{
    assert_ok(rnn_reset_state(session, t->r.batch));
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        if (twin_states(t, kind))
            assert_ok(
                rnn_session_set_state(session, RNN_STATE_H + (int32_t)kind, t->initial[kind], twin_states(t, kind)));
    for (size_t i = 0; i < twin_outputs(t); i++)
        t->y[i] = NAN; /* all of it must be written */
}

void twin_end(struct twin *t, rnn_session *session)
{
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        if (twin_states(t, kind))
            assert_ok(
                rnn_session_get_state(session, RNN_STATE_H + (int32_t)kind, t->final[kind], twin_states(t, kind)));
}

void twin_forward(struct twin *t)
{
    twin_begin(t, t->session);
    twin_piece(t, t->session, 0, t->r.steps);
    twin_end(t, t->session);
}

/* An output for each sequence is one step whose length is 1, or 0 for an empty sequence. */
void twin_loss(struct twin *t)
{
    int every = t->r.output == RNN_OUTPUT_EVERY_STEP;
    size_t steps = every ? t->r.steps : 1, n = twin_outputs(t);
    int32_t *lengths = lengths_of_piece(t, 0, steps);
    float *logits = new_floats(n);
    memcpy(logits, t->y, n * sizeof *logits);
    twin_poison(t, logits, reference_rows(&t->r), t->r.classes);
    assert_ok(losses_softmax(&t->loss, t->dy, logits, t->targets, lengths, steps, t->r.batch, t->r.classes,
                             t->mean ? RNN_MEAN : RNN_SUM));
    free(logits);
    free(lengths);
}

void twin_backward(struct twin *t)
{
    size_t dx_count = twin_rows(t) * t->r.inputs;
    float *dy = new_floats(twin_outputs(t));
    memcpy(dy, t->dy, twin_outputs(t) * sizeof *dy);
    twin_poison(t, dy, reference_rows(&t->r), reference_outputs(&t->r));
    for (size_t i = 0; i < dx_count; i++)
        t->dx[i] = NAN;
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        if (twin_states(t, kind))
            assert_ok(rnn_session_set_state_gradient(t->session, RNN_STATE_H + (int32_t)kind, t->dfinal[kind],
                                                     twin_states(t, kind)));
    assert_ok(rnn_backward(t->session, dx_count ? t->dx : NULL, dx_count, dy, twin_outputs(t)));
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        if (twin_states(t, kind))
            assert_ok(rnn_session_get_state_gradient(t->session, RNN_STATE_H + (int32_t)kind, t->dinitial[kind],
                                                     twin_states(t, kind)));
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
        largest = fabs(expected[i]) > largest ? fabs(expected[i]) : largest;
    for (size_t i = 0; i < count; i++)
        if (!(fabs((double)actual[i] - expected[i]) <= 1e-5 * largest + 5e-7)) /* also where NaN */
            return 0;
    return 1;
}

int twin_same_states(const struct twin *t, float *const actual[], double *const expected[])
{
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        if (!twin_same(actual[kind], expected[kind], twin_states(t, kind)))
            return 0;
    return 1;
}

int twin_zero_past_end(const struct twin *t, const float *values, size_t rows, size_t width)
{
    for (size_t i = 0; i < rows * width; i++)
        if (past_end(t, i / width) && values[i] != 0)
            return 0;
    return 1;
}

const char *twin_different_tensor(const struct twin *t, const float *actual, const double *expected)
{
    size_t count;
    assert_ok(rnn_model_tensor_count(t->model, &count));
    for (size_t index = 0; index < count; index++) {
        const char *name;
        size_t rank, shape[2], offset, elements = 1;
        assert_ok(rnn_model_tensor_info(t->model, index, &name, &rank, shape, 2, &offset));
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
    assert_ok(rnn_session_gradients(t->session, &gradients, &count));
    assert_int_equal(count, t->r.parameter_count);
    return twin_different_tensor(t, gradients, t->r.gradients);
}

const char *twin_different_forward(const struct twin *t)
{
    static const char *const names[] = {"the final h", "the final c", "the final n", "the final m"};
    const struct reference *r = &t->r;
    if (!twin_same(t->y, r->y, twin_outputs(t)))
        return "y";
    if (!twin_zero_past_end(t, t->y, reference_rows(r), reference_outputs(r)))
        return "y past the end";
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        if (!twin_same(t->final[kind], r->final[kind], twin_states(t, kind)))
            return names[kind];
    return NULL;
}

static const char *different_backward(const struct twin *t)
{
    static const char *const names[] = {"dL/d(initial h)", "dL/d(initial c)", "dL/d(initial n)", "dL/d(initial m)"};
    const struct reference *r = &t->r;
    if (!twin_same(t->dx, r->dx, twin_rows(t) * r->inputs) || !twin_zero_past_end(t, t->dx, twin_rows(t), r->inputs))
        return "dx";
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        if (!twin_same(t->dinitial[kind], r->dinitial[kind], twin_states(t, kind)))
            return names[kind];
    return twin_different_gradient(t);
}

const char *twin_different(const struct twin *t)
{
    const struct reference *r = &t->r;
    if (twin_different_forward(t))
        return twin_different_forward(t);
    if (!close_enough(t->loss, t->expected_loss, 1e-5))
        return "the loss";
    if (!twin_same(t->dy, r->dy, twin_outputs(t)) ||
        (r->classes && !twin_zero_past_end(t, t->dy, reference_rows(r), r->classes)))
        return "dy";
    return different_backward(t);
}

/* ---- what float32 cannot tell ----------------------------------------------------------------------------------- */

static void pretend(float *values, const double *expected, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = (float)expected[i];
}

/* Has the library, so to speak, give what the reference has given. */
static void pretend_all(struct twin *t)
{
    const struct reference *r = &t->r;
    float *gradients;
    size_t count;
    assert_ok(rnn_session_gradients(t->session, &gradients, &count));
    pretend(gradients, r->gradients, count);
    pretend(t->y, r->y, twin_outputs(t));
    pretend(t->dy, r->dy, twin_outputs(t));
    pretend(t->dx, r->dx, twin_rows(t) * r->inputs);
    for (size_t kind = 0; kind < STATE_KINDS; kind++) {
        pretend(t->final[kind], r->final[kind], twin_states(t, kind));
        pretend(t->dinitial[kind], r->dinitial[kind], twin_states(t, kind));
    }
    t->loss = t->expected_loss;
}

int twin_is_shaky(struct twin *t)
{
    struct reference *r = &t->r;
    double *parameters = zeros(r->parameter_count, sizeof *parameters);
    uint64_t seed = 1;
    pretend_all(t);
    memcpy(parameters, r->parameters, r->parameter_count * sizeof *parameters);
    for (size_t i = 0; i < r->parameter_count; i++)
        r->parameters[i] *= 1 + 16 * 1.2e-7 * uniform(&seed);
    reference_zero_gradients(r);
    twin_run_reference(t);
    memcpy(r->parameters, parameters, r->parameter_count * sizeof *parameters);
    free(parameters);
    return twin_different(t) != NULL;
}

/* ---- networks --------------------------------------------------------------------------------------------------- */

#define MASKS .dropout = 0.3, .recurrent_dropout = 0.4, .zoneout = 0.2
#define BOTH  .direction = RNN_DIRECTION_BOTH

static const struct reference networks[] = {
    {.cell = RNN_CELL_TANH},
    {.cell = RNN_CELL_RELU, .clip = 0.5},
    {.cell = RNN_CELL_LSTM},
    {.cell = RNN_CELL_LSTM, .projection = 5, .peepholes = 1},
    {.cell = RNN_CELL_LSTM, .couple = RNN_COUPLE_FORGET, .peepholes = 1, .clip = 0.5, .cell_clip = 0.4},
    {.cell = RNN_CELL_LSTM, .couple = RNN_COUPLE_INPUT, .layer_norm = 1, .projection = 23},
    {.cell = RNN_CELL_LSTM, .layer_norm = 1, .peepholes = 1, .no_bias = 1},
    {.cell = RNN_CELL_GRU},
    {.cell = RNN_CELL_GRU, .reset = RNN_RESET_BEFORE, .clip = 0.5},
    {.cell = RNN_CELL_GRU, .layer_norm = 1},
    {.cell = RNN_CELL_MINGRU},
    {.cell = RNN_CELL_SLSTM},
    {.cell = RNN_CELL_INDRNN},
    {.cell = RNN_CELL_MINGRU_HIGHWAY},
    {.cell = RNN_CELL_MINGRU_HIGHWAY, .dropout = 0.5, .zoneout = 0.5, .residual = 1},
    {.cell = RNN_CELL_INDRNN, .clip = 0.5, .no_bias = 1},
    {.cell = RNN_CELL_LSTM, .no_bias = 1, MASKS, .zoneout_cell = 0.3, .residual = 1},
    {.cell = RNN_CELL_GRU, MASKS, .reset = RNN_RESET_BEFORE},
    {.cell = RNN_CELL_MINGRU, .dropout = 0.5, .zoneout = 0.5},
    {.cell = RNN_CELL_SLSTM, MASKS},
    {.cell = RNN_CELL_INDRNN, MASKS, .residual = 1},
    {.cell = RNN_CELL_TANH, .output = RNN_OUTPUT_LAST_STEP, .residual = 1, MASKS},
    {.cell = RNN_CELL_GRU, .output = RNN_OUTPUT_MEAN},
    /* what rnn_step has no answer to */
    {.cell = RNN_CELL_TANH, BOTH, .residual = 1},
    {.cell = RNN_CELL_LSTM, BOTH, .merge = RNN_MERGE_SUM, .residual = 1, .output = RNN_OUTPUT_LAST_STEP},
    {.cell = RNN_CELL_LSTM, BOTH, .projection = 3, MASKS, .output = RNN_OUTPUT_MEAN},
    {.cell = RNN_CELL_GRU, .direction = RNN_DIRECTION_REVERSE, .output = RNN_OUTPUT_LAST_STEP},
    {.cell = RNN_CELL_GRU, BOTH, .output = RNN_OUTPUT_LAST_STEP},
    {.cell = RNN_CELL_MINGRU, BOTH, .merge = RNN_MERGE_SUM, .output = RNN_OUTPUT_MEAN, .residual = 1},
    {.cell = RNN_CELL_SLSTM, BOTH, .residual = 1},
    {.cell = RNN_CELL_MINGRU_HIGHWAY, BOTH, .merge = RNN_MERGE_SUM, .no_bias = 1},
    {.cell = RNN_CELL_MINGRU_HIGHWAY, .direction = RNN_DIRECTION_REVERSE, .output = RNN_OUTPUT_LAST_STEP},
    {.cell = RNN_CELL_INDRNN, BOTH, .merge = RNN_MERGE_SUM, MASKS},
};
const size_t twin_networks = sizeof networks / sizeof *networks;

struct reference twin_network(size_t number, size_t inputs, size_t hidden, size_t layers, size_t classes)
{
    struct reference r = networks[number];
    r.inputs = inputs;
    r.hidden = hidden;
    r.layers = layers;
    r.classes = classes;
    if (inputs)
        reference_suit(&r);
    return r;
}

int twin_has_masks(const struct reference *r)
{
    return r->dropout > 0 || r->recurrent_dropout > 0 || r->zoneout > 0 || r->zoneout_cell > 0;
}

int twin_goes_forward(const struct reference *r)
{
    return r->direction != RNN_DIRECTION_REVERSE && r->direction != RNN_DIRECTION_BOTH;
}

/* ---- failures --------------------------------------------------------------------------------------------------- */

static void print_options(const struct reference *r)
{
    print_error("  cell %d, direction %d, merge %d, output %d, bias %d, residual %d, P=%zu, reset %d, peepholes %d, "
                "couple %d, layer norm %d\n",
                r->cell, r->direction, r->merge, r->output, !r->no_bias, r->residual, r->projection, r->reset,
                r->peepholes, r->couple, r->layer_norm);
    print_error("  %s: dropout %g, recurrent %g, zoneout %g, of c %g; clip %g, of c %g\n",
                r->training ? "training" : "inference", r->dropout, r->recurrent_dropout, r->zoneout, r->zoneout_cell,
                r->clip, r->cell_clip);
    const struct activation *activations[] = {&r->activation_f, &r->activation_g, &r->activation_h};
    for (size_t i = 0; i < 3; i++)
        if (activations[i]->kind)
            print_error("  activation %c: %d, alpha %g, beta %g (0 may be unset)\n", "FGH"[i], activations[i] -> kind,
                        activations[i] -> alpha, activations[i] -> beta);
}

void twin_expect_none(const char *difference, const struct twin *t, const char *file, int line)
{
    const struct reference *r = &t->r;
    if (!difference)
        return;
    print_error("%s differs: I=%zu V=%zu E=%zu H=%zu L=%zu C=%zu T=%zu B=%zu, %s\n", difference, r->inputs,
                r->vocabulary, r->embedding, r->hidden, r->layers, r->classes, r->steps, r->batch,
                t->lengths ? "ragged" : "full");
    print_options(r);
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
