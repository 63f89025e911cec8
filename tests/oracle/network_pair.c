#include "oracle/network_pair.h"

#include "support/loss_call.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- data ------------------------------------------------------------------------------------------------------- */

/* A block of exactly that size, so that a sanitizer finds reads past the end. */
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

size_t pair_rows(const struct network_pair *pair)
{
    return pair->r.steps * pair->r.batch;
}

size_t pair_states(const struct network_pair *pair, size_t kind)
{
    return reference_states(&pair->r, kind);
}

size_t pair_outputs(const struct network_pair *pair)
{
    return reference_rows(&pair->r) * reference_outputs(&pair->r);
}

/* If there is one row for each sequence, that of an empty sequence lies past its end. */
static int past_end(const struct network_pair *pair, size_t row)
{
    return row / pair->r.batch >= (size_t)pair->r.lengths[row % pair->r.batch];
}

void pair_poison(const struct network_pair *pair, float *values, size_t rows, size_t width)
{
    for (size_t i = 0; i < rows * width; i++)
        if (past_end(pair, i / width))
            values[i] = NAN;
}

static void poison_integers(const struct network_pair *pair, int32_t *values, size_t rows)
{
    for (size_t row = 0; row < rows; row++)
        if (past_end(pair, row))
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
        {RNN_RESIDUAL, r->residual && r->layers > 1}, /* with one layer it is refused, as is dropout */
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

static void set_parameters(struct network_pair *pair)
{
    float *parameters = floats(pair->r.parameters, pair->r.parameter_count);
    assert_ok(rnn_model_set_parameters(pair->model, parameters, pair->r.parameter_count));
    free(parameters);
}

struct network_pair pair_open(struct reference network, uint64_t seed)
{
    struct network_pair pair = {.r = network, .seed = seed, .mean = (int)(seed % 2)};
    reference_open(&pair.r);
    reference_fill_parameters(&pair.r, &pair.seed);
    pair.model = create_model(&pair.r);
    set_parameters(&pair);
    pair_session(&pair, RNN_TRAINING);
    return pair;
}

void pair_session(struct network_pair *pair, int32_t mode)
{
    rnn_session_destroy(pair->session);
    assert_ok(rnn_session_create(&pair->session, pair->model, mode));
    pair->r.training = mode == RNN_TRAINING;
    pair->runs = 0;
}

static void free_run(struct network_pair *pair)
{
    void *arrays[] = {pair->lengths, pair->tokens, pair->targets, pair->x, pair->y, pair->dy, pair->dx};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    for (size_t kind = 0; kind < STATE_KINDS; kind++) {
        free(pair->initial[kind]);
        free(pair->dfinal[kind]);
        free(pair->final[kind]);
        free(pair->dinitial[kind]);
    }
}

void pair_close(struct network_pair *pair)
{
    free_run(pair);
    rnn_session_destroy(pair->session);
    rnn_destroy(pair->model);
    reference_close(&pair->r);
}

static void fill_reference(struct network_pair *pair, enum lengths lengths)
{
    reference_fill_data(&pair->r, &pair->seed);
    if (lengths == RAGGED)
        reference_fill_lengths(&pair->r, &pair->seed);
    if (lengths == EMPTY)
        memset(pair->r.lengths, 0, pair->r.batch * sizeof *pair->r.lengths);
}

void pair_data(struct network_pair *pair, size_t steps, size_t batch, enum lengths lengths)
{
    struct reference *r = &pair->r;
    free_run(pair);
    reference_resize(r, steps, batch);
    fill_reference(pair, lengths);
    pair->lengths = lengths == FULL ? NULL : integers(r->lengths, batch);
    pair->tokens = integers(r->tokens, pair_rows(pair));
    pair->targets = integers(r->targets, reference_rows(r));
    pair->x = floats(r->x, pair_rows(pair) * r->inputs);
    pair->dy = floats(r->dy, pair_outputs(pair));
    pair->y = new_floats(pair_outputs(pair));
    pair->dx = new_floats(pair_rows(pair) * r->inputs);
    for (size_t kind = 0; kind < STATE_KINDS; kind++) {
        pair->initial[kind] = floats(r->initial[kind], pair_states(pair, kind));
        pair->dfinal[kind] = floats(r->dfinal[kind], pair_states(pair, kind));
        pair->final[kind] = new_floats(pair_states(pair, kind));
        pair->dinitial[kind] = new_floats(pair_states(pair, kind));
    }
    poison_integers(pair, pair->tokens, pair_rows(pair));
    poison_integers(pair, pair->targets, reference_rows(r));
    pair_poison(pair, pair->x, pair_rows(pair), r->inputs);
}

/* ---- one run of each -------------------------------------------------------------------------------------------- */

/* The lengths of the sequences within the `steps` steps after `begin`; NULL if all steps are valid. */
static int32_t *lengths_of_piece(const struct network_pair *pair, size_t begin, size_t steps)
{
    int32_t *lengths = pair->lengths ? integers(pair->r.lengths, pair->r.batch) : NULL;
    for (size_t b = 0; lengths && b < pair->r.batch; b++) {
        size_t length = (size_t)lengths[b] < begin ? 0 : (size_t)lengths[b] - begin;
        lengths[b] = (int32_t)(length < steps ? length : steps);
    }
    return lengths;
}

void pair_piece(struct network_pair *pair, rnn_session *session, size_t begin, size_t steps)
{
    const struct reference *r = &pair->r;
    size_t row = begin * r->batch, n = steps * r->batch, width = reference_outputs(r);
    int every = r->output == RNN_OUTPUT_EVERY_STEP;
    float *y = every ? pair->y + row * width : pair->y;
    size_t y_count = every ? n * width : r->batch * width;
    int32_t *lengths = lengths_of_piece(pair, begin, steps);
    size_t lengths_count = lengths ? r->batch : 0;
    if (r->vocabulary)
        assert_ok(rnn_forward_tokens(session, y, y_count, pair->tokens + row, n, lengths, lengths_count, steps));
    else
        assert_ok(
            rnn_forward(session, y, y_count, pair->x + row * r->inputs, n * r->inputs, lengths, lengths_count, steps));
    if (session == pair->session)
        pair->r.run = pair->runs++;
    free(lengths);
}

void pair_begin(struct network_pair *pair, rnn_session *session)
{
    assert_ok(rnn_reset_state(session, pair->r.batch));
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        if (pair_states(pair, kind))
            assert_ok(rnn_session_set_state(session, RNN_STATE_H + (int32_t)kind, pair->initial[kind],
                                            pair_states(pair, kind)));
    for (size_t i = 0; i < pair_outputs(pair); i++)
        pair->y[i] = NAN; /* all of it must be written */
}

void pair_end(struct network_pair *pair, rnn_session *session)
{
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        if (pair_states(pair, kind))
            assert_ok(rnn_session_get_state(session, RNN_STATE_H + (int32_t)kind, pair->final[kind],
                                            pair_states(pair, kind)));
}

void pair_forward(struct network_pair *pair)
{
    pair_begin(pair, pair->session);
    pair_piece(pair, pair->session, 0, pair->r.steps);
    pair_end(pair, pair->session);
}

/* An output for each sequence is one step whose length is 1, or 0 for an empty sequence. */
void pair_loss(struct network_pair *pair)
{
    int every = pair->r.output == RNN_OUTPUT_EVERY_STEP;
    size_t steps = every ? pair->r.steps : 1, n = pair_outputs(pair);
    int32_t *lengths = lengths_of_piece(pair, 0, steps);
    float *logits = new_floats(n);
    memcpy(logits, pair->y, n * sizeof *logits);
    pair_poison(pair, logits, reference_rows(&pair->r), pair->r.classes);
    assert_ok(loss_call_softmax(&pair->loss, pair->dy, logits, pair->targets, lengths, steps, pair->r.batch,
                                pair->r.classes, pair->mean ? RNN_MEAN : RNN_SUM));
    free(logits);
    free(lengths);
}

void pair_backward(struct network_pair *pair)
{
    size_t dx_count = pair_rows(pair) * pair->r.inputs;
    float *dy = new_floats(pair_outputs(pair));
    memcpy(dy, pair->dy, pair_outputs(pair) * sizeof *dy);
    pair_poison(pair, dy, reference_rows(&pair->r), reference_outputs(&pair->r));
    for (size_t i = 0; i < dx_count; i++)
        pair->dx[i] = NAN;
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        if (pair_states(pair, kind))
            assert_ok(rnn_session_set_state_gradient(pair->session, RNN_STATE_H + (int32_t)kind, pair->dfinal[kind],
                                                     pair_states(pair, kind)));
    assert_ok(rnn_backward(pair->session, dx_count ? pair->dx : NULL, dx_count, dy, pair_outputs(pair)));
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        if (pair_states(pair, kind))
            assert_ok(rnn_session_get_state_gradient(pair->session, RNN_STATE_H + (int32_t)kind, pair->dinitial[kind],
                                                     pair_states(pair, kind)));
    free(dy);
}

void pair_run_library(struct network_pair *pair)
{
    pair_forward(pair);
    if (pair->r.classes)
        pair_loss(pair);
    pair_backward(pair);
}

void pair_run_reference(struct network_pair *pair)
{
    reference_forward(&pair->r);
    if (pair->r.classes)
        pair->expected_loss = reference_loss(&pair->r, pair->mean);
    reference_backward(&pair->r);
}

/* ---- comparison ------------------------------------------------------------------------------------------------- */

/* float32 rounds by 6e-8 of a number. A sum of n products errs by some sqrt(n) of that, relative to its largest terms
 * and not to their sum, which may cancel: so the error of an array is relative to its largest element. With n up to a
 * thousand that is 2e-6, passed on from step to step by W and tanh', which do not enlarge it. 1e-5 leaves a factor of
 * five, and is far below the effect of any planted fault. The constant is for sums of a few terms near 1 that cancel
 * in all elements of a small array. */
int pair_same(const float *actual, const double *expected, size_t count)
{
    double largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = fabs(expected[i]) > largest ? fabs(expected[i]) : largest;
    for (size_t i = 0; i < count; i++)
        if (!(fabs((double)actual[i] - expected[i]) <= 1e-5 * largest + 5e-7)) /* also where NaN */
            return 0;
    return 1;
}

int pair_same_states(const struct network_pair *pair, float *const actual[], double *const expected[])
{
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        if (!pair_same(actual[kind], expected[kind], pair_states(pair, kind)))
            return 0;
    return 1;
}

int pair_zero_past_end(const struct network_pair *pair, const float *values, size_t rows, size_t width)
{
    for (size_t i = 0; i < rows * width; i++)
        if (past_end(pair, i / width) && values[i] != 0)
            return 0;
    return 1;
}

const char *pair_different_tensor(const struct network_pair *pair, const float *actual, const double *expected)
{
    size_t count;
    assert_ok(rnn_model_tensor_count(pair->model, &count));
    for (size_t index = 0; index < count; index++) {
        const char *name;
        size_t rank, shape[2], offset, elements = 1;
        assert_ok(rnn_model_tensor_info(pair->model, index, &name, &rank, shape, 2, &offset));
        for (size_t i = 0; i < rank; i++)
            elements *= shape[i];
        if (!pair_same(actual + offset, expected + offset, elements))
            return name;
    }
    return NULL;
}

const char *pair_different_gradient(const struct network_pair *pair)
{
    float *gradients;
    size_t count;
    assert_ok(rnn_session_gradients(pair->session, &gradients, &count));
    assert_int_equal(count, pair->r.parameter_count);
    return pair_different_tensor(pair, gradients, pair->r.gradients);
}

const char *pair_different_forward(const struct network_pair *pair)
{
    static const char *const names[] = {"the final h", "the final c", "the final n", "the final m"};
    const struct reference *r = &pair->r;
    if (!pair_same(pair->y, r->y, pair_outputs(pair)))
        return "y";
    if (!pair_zero_past_end(pair, pair->y, reference_rows(r), reference_outputs(r)))
        return "y past the end";
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        if (!pair_same(pair->final[kind], r->final[kind], pair_states(pair, kind)))
            return names[kind];
    return NULL;
}

static const char *different_backward(const struct network_pair *pair)
{
    static const char *const names[] = {"dL/d(initial h)", "dL/d(initial c)", "dL/d(initial n)", "dL/d(initial m)"};
    const struct reference *r = &pair->r;
    if (!pair_same(pair->dx, r->dx, pair_rows(pair) * r->inputs) ||
        !pair_zero_past_end(pair, pair->dx, pair_rows(pair), r->inputs))
        return "dx";
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        if (!pair_same(pair->dinitial[kind], r->dinitial[kind], pair_states(pair, kind)))
            return names[kind];
    return pair_different_gradient(pair);
}

const char *pair_different(const struct network_pair *pair)
{
    const struct reference *r = &pair->r;
    if (pair_different_forward(pair))
        return pair_different_forward(pair);
    if (!close_enough(pair->loss, pair->expected_loss, 1e-5))
        return "the loss";
    if (!pair_same(pair->dy, r->dy, pair_outputs(pair)) ||
        (r->classes && !pair_zero_past_end(pair, pair->dy, reference_rows(r), r->classes)))
        return "dy";
    return different_backward(pair);
}

/* ---- what float32 cannot tell ----------------------------------------------------------------------------------- */

static void copy_rounded(float *values, const double *expected, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = (float)expected[i];
}

/* Replaces the library's results by those of the reference. */
static void copy_results(struct network_pair *pair)
{
    const struct reference *r = &pair->r;
    float *gradients;
    size_t count;
    assert_ok(rnn_session_gradients(pair->session, &gradients, &count));
    copy_rounded(gradients, r->gradients, count);
    copy_rounded(pair->y, r->y, pair_outputs(pair));
    copy_rounded(pair->dy, r->dy, pair_outputs(pair));
    copy_rounded(pair->dx, r->dx, pair_rows(pair) * r->inputs);
    for (size_t kind = 0; kind < STATE_KINDS; kind++) {
        copy_rounded(pair->final[kind], r->final[kind], pair_states(pair, kind));
        copy_rounded(pair->dinitial[kind], r->dinitial[kind], pair_states(pair, kind));
    }
    pair->loss = pair->expected_loss;
}

int pair_is_ill_conditioned(struct network_pair *pair)
{
    struct reference *r = &pair->r;
    double *parameters = zeros(r->parameter_count, sizeof *parameters);
    uint64_t seed = 1;
    copy_results(pair);
    memcpy(parameters, r->parameters, r->parameter_count * sizeof *parameters);
    for (size_t i = 0; i < r->parameter_count; i++)
        r->parameters[i] *= 1 + 16 * 1.2e-7 * uniform(&seed);
    reference_zero_gradients(r);
    pair_run_reference(pair);
    memcpy(r->parameters, parameters, r->parameter_count * sizeof *parameters);
    free(parameters);
    return pair_different(pair) != NULL;
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
    /* networks that rnn_step refuses */
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
const size_t pair_networks = sizeof networks / sizeof *networks;

struct reference pair_network(size_t number, size_t inputs, size_t hidden, size_t layers, size_t classes)
{
    struct reference r = networks[number];
    r.inputs = inputs;
    r.hidden = hidden;
    r.layers = layers;
    r.classes = classes;
    if (inputs)
        reference_correct_sizes(&r);
    return r;
}

int pair_has_masks(const struct reference *r)
{
    return r->dropout > 0 || r->recurrent_dropout > 0 || r->zoneout > 0 || r->zoneout_cell > 0;
}

int pair_goes_forward(const struct reference *r)
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

void pair_expect_none(const char *difference, const struct network_pair *pair, const char *file, int line)
{
    const struct reference *r = &pair->r;
    if (!difference)
        return;
    print_error("%s differs: I=%zu V=%zu E=%zu H=%zu L=%zu C=%zu T=%zu B=%zu, %s\n", difference, r->inputs,
                r->vocabulary, r->embedding, r->hidden, r->layers, r->classes, r->steps, r->batch,
                pair->lengths ? "ragged" : "full");
    print_options(r);
    _fail(file, line);
}

void pair_zero_gradients(struct network_pair *pair)
{
    assert_ok(rnn_zero_gradients(pair->session));
    reference_zero_gradients(&pair->r);
}

void pair_check(struct network_pair *pair, size_t steps, size_t batch, enum lengths lengths)
{
    pair_data(pair, steps, batch, lengths);
    pair_zero_gradients(pair);
    pair_run_library(pair);
    pair_run_reference(pair);
    assert_no_difference(pair_different(pair), pair);
}
