/* Masked steps and resets in random networks, against batches without either: a mask gives the bits of the steps that
 * count, moved together; resets give those of a batch with one sequence for each episode. */
#include "support/support.h"

#include <math.h>
#include <string.h>

enum { NETWORKS = 400, T = 9, B = 4, E = B * (T + 1), I = 3, H = 5, MOST = E * T * 2 * H, PARAMETERS = 4096, V = 6 };

/* A case: a network, the run of the caller, and the run without flags that is to be the same. */
struct instance {
    uint64_t random;
    int tokens, resets, training, reverses, pools, is_list, changes_length, fresh;
    size_t outputs, layers, width; /* Y; L*D, R of the states h of a network without a list */
    rnn_model *model;
    rnn_session *session, *plain;
    size_t steps, batch, episodes;
    int32_t mask[T * B], reset[T * B], lengths[B];
    /* Episode e: steps of sequence `of`. */
    struct episode {
        size_t of, count, step[T];
        int begins_anew, is_last;
    } episode[E];
};

static float x[T * B * I], y[MOST], dy[MOST], dx[T * B * I], states[MOST], gradients[2][PARAMETERS];
static int32_t tokens[T * B];

static size_t below(struct instance *s, size_t count)
{
    return (size_t)((uniform(&s->random) + 1) / 2 * (double)count);
}

/* ---- networks ---------------------------------------------------------------------------------------------------- */

static void set(rnn_config *config, int32_t key, size_t value)
{
    assert_ok(rnn_config_set_int(config, key, (int64_t)value));
}

static void set_random(struct instance *s, rnn_config *config, int32_t cell)
{
    if (s->training && below(s, 2) && s->layers > 1)
        assert_ok(rnn_config_set_real(config, RNN_DROPOUT, 0.3));
    if (s->training && below(s, 3) == 0 && cell == RNN_CELL_LSTM)
        assert_ok(rnn_config_set_real(config, RNN_ZONEOUT, 0.3));
    if (s->training && below(s, 3) == 0 && (cell == RNN_CELL_LSTM || cell == RNN_CELL_GRU))
        assert_ok(rnn_config_set_real(config, RNN_RECURRENT_DROPOUT, 0.3));
}

/* A network in the common form. */
static void set_network(struct instance *s, rnn_config *config)
{
    int32_t cell = (int32_t)below(s, LAST_CELL - 1) + 1; /* the last one ties H to the input */
    s->reverses = !s->resets && below(s, 3) == 0;
    s->pools = !s->resets && below(s, 4) == 0;
    s->layers = below(s, 2) + 1;
    set(config, RNN_CELL, (size_t)cell);
    set(config, RNN_HIDDEN_SIZE, H);
    set(config, RNN_LAYERS, s->layers);
    set(config, s->tokens ? RNN_VOCABULARY : RNN_INPUT_SIZE, s->tokens ? V : I);
    if (s->tokens && below(s, 2))
        set(config, RNN_EMBEDDING_SIZE, 4);
    set(config, RNN_DIRECTION, s->reverses ? RNN_DIRECTION_BOTH : RNN_DIRECTION_FORWARD);
    if (s->pools)
        set(config, RNN_OUTPUT, below(s, 2) ? RNN_OUTPUT_MEAN : RNN_OUTPUT_LAST_STEP);
    if (cell != RNN_CELL_SLSTM)
        set(config, RNN_INITIAL_STATE, below(s, 2));
    set(config, RNN_CLASSES, below(s, 2) ? 4 : 0);
    set_random(s, config, cell);
    s->width = H;
    s->layers *= s->reverses ? 2 : 1;
}

static size_t add_layer(rnn_config *config, int32_t kind, int32_t key, size_t value)
{
    size_t layer;
    assert_ok(rnn_config_add_layer(config, &layer, kind));
    assert_ok(rnn_config_set_layer_int(config, layer, key, (int64_t)value));
    return layer;
}

/* Layers around a recurrence. */
static void set_list(struct instance *s, rnn_config *config)
{
    set(config, s->tokens ? RNN_VOCABULARY : RNN_INPUT_SIZE, s->tokens ? V : I);
    add_layer(config, s->tokens ? RNN_KIND_EMBEDDING : RNN_KIND_DENSE, RNN_OUTPUT_SIZE, 4);
    if (below(s, 2)) {
        size_t layer = add_layer(config, RNN_KIND_CONV1D, RNN_OUTPUT_SIZE, 5);
        assert_ok(rnn_config_set_layer_int(config, layer, RNN_KERNEL_SIZE, 3));
        s->changes_length = !s->resets && below(s, 2);
        if (s->changes_length)
            assert_ok(rnn_config_set_layer_int(config, layer, RNN_STRIDE, 2));
    }
    size_t layer = add_layer(config, RNN_KIND_RECURRENT, RNN_HIDDEN_SIZE, H);
    assert_ok(rnn_config_set_layer_int(config, layer, RNN_CELL, below(s, 2) ? RNN_CELL_LSTM : RNN_CELL_GRU));
    assert_ok(rnn_config_set_layer_int(config, layer, RNN_INITIAL_STATE, (int64_t)below(s, 2)));
    add_layer(config, RNN_KIND_SKIP, RNN_SOURCE, layer - 1);
    s->pools = !s->resets && below(s, 4) == 0;
    if (s->pools)
        add_layer(config, RNN_KIND_POOLING, RNN_OUTPUT, RNN_OUTPUT_MAXIMUM);
    add_layer(config, RNN_KIND_DENSE, RNN_OUTPUT_SIZE, 3);
}

static void open_sessions(struct instance *s)
{
    rnn_config *config;
    const float *parameters;
    size_t count;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_SEED, (int64_t)below(s, 1000)));
    (s->is_list ? set_list : set_network)(s, config);
    assert_ok(rnn_create(&s->model, config));
    rnn_config_destroy(config);
    assert_ok(rnn_model_output_size(s->model, &s->outputs));
    assert_ok(rnn_model_parameters(s->model, &parameters, &count));
    assert_true(count <= PARAMETERS);
    fill_uniform(gradients[0], count, &s->random); /* initial states are 0 otherwise */
    assert_ok(rnn_model_set_parameters(s->model, gradients[0], count));
    assert_ok(rnn_session_create(&s->session, s->model, s->training ? RNN_TRAINING : RNN_INFERENCE));
    assert_ok(rnn_session_create(&s->plain, s->model, s->training ? RNN_TRAINING : RNN_INFERENCE));
    assert_ok(rnn_session_set_threads(s->session, 1 + below(s, THREADS(2))));
    if (s->training && !s->reverses && !s->pools && !s->changes_length && below(s, 2)) {
        assert_ok(rnn_session_set_recompute(s->session, 2));
        assert_ok(rnn_session_set_recompute(s->plain, 2));
    }
}

/* ---- flags and episodes ------------------------------------------------------------------------------------------ */

static void begin_episode(struct instance *s, size_t b, int begins_anew)
{
    if (begins_anew && !s->episode[s->episodes - 1].count)
        s->episodes--; /* nothing happens between two resets */
    s->episode[s->episodes++] = (struct episode){.of = b, .begins_anew = begins_anew};
}

static void draw_flags(struct instance *s, int masks)
{
    s->episodes = 0;
    for (size_t b = 0; b < s->batch; b++) {
        s->lengths[b] = (int32_t)(below(s, 3) ? s->steps : below(s, s->steps + 1));
        begin_episode(s, b, 0);
        for (size_t t = 0; t < s->steps; t++) {
            size_t row = t * s->batch + b;
            s->mask[row] = !masks || below(s, 3) > 0;
            s->reset[row] = s->resets && below(s, 4) == 0;
            if (t >= (size_t)s->lengths[b])
                continue;
            if (s->reset[row])
                begin_episode(s, b, 1);
            struct episode *episode = &s->episode[s->episodes - 1];
            if (s->mask[row])
                episode->step[episode->count++] = t;
        }
        s->episode[s->episodes - 1].is_last = 1;
    }
}

/* What is left out may be anything. */
static void fill_input(struct instance *s)
{
    for (size_t row = 0; row < s->steps * s->batch; row++) {
        int counts = s->mask[row] && row / s->batch < (size_t)s->lengths[row % s->batch];
        tokens[row] = counts ? (int32_t)below(s, V) : -7;
        for (size_t i = 0; i < I; i++)
            x[row * I + i] = counts ? (float)uniform(&s->random) : NAN;
    }
}

/* Rows [count,width] of the caller's [T,B] for the run without flags, [T',E]; 0 where it has none. */
static void arrange(const struct instance *s, float *to, const float *from, size_t longest, size_t width)
{
    memset(to, 0, longest * s->episodes * width * sizeof *to);
    for (size_t e = 0; e < s->episodes; e++)
        for (size_t k = 0; k < s->episode[e].count; k++)
            memcpy(to + (k * s->episodes + e) * width,
                   from + (s->episode[e].step[k] * s->batch + s->episode[e].of) * width, width * sizeof *to);
}

/* The caller's [T,B] are those of the run without flags, [T',E], and 0 where a step does not count. */
static void check_rows(const struct instance *s, const float *given, const float *plain, size_t width)
{
    static float expected[MOST];
    memset(expected, 0, s->steps * s->batch * width * sizeof *expected);
    for (size_t e = 0; e < s->episodes; e++)
        for (size_t k = 0; k < s->episode[e].count; k++)
            memcpy(expected + (s->episode[e].step[k] * s->batch + s->episode[e].of) * width,
                   plain + (k * s->episodes + e) * width, width * sizeof *expected);
    for (size_t i = 0; i < s->steps * s->batch * width; i++)
        assert_true(given[i] == expected[i]);
}

/* ---- states ------------------------------------------------------------------------------------------------------ */

/* The episodes of the run without flags begin where the sequences of the other one stand. */
static void begin_states(const struct instance *s)
{
    size_t count;
    assert_ok(rnn_session_row_state_count(s->session, &count));
    assert_ok(rnn_reset_state(s->plain, s->episodes));
    for (size_t e = 0; e < s->episodes && !s->fresh; e++) {
        if (s->episode[e].begins_anew || !count)
            continue;
        assert_ok(rnn_session_get_row_state(s->session, s->episode[e].of, states, count));
        assert_ok(rnn_session_set_row_state(s->plain, e, states, count));
    }
}

static void check_states(const struct instance *s)
{
    static float other[MOST];
    size_t count;
    assert_ok(rnn_session_row_state_count(s->session, &count));
    for (size_t e = 0; e < s->episodes && count; e++) {
        if (!s->episode[e].is_last)
            continue;
        assert_ok(rnn_session_get_row_state(s->session, s->episode[e].of, states, count));
        assert_ok(rnn_session_get_row_state(s->plain, e, other, count));
        assert_memory_equal(states, other, count * sizeof *states);
    }
}

/* dL/dh behind the last step: row b of the caller's is that of the last episode of b. */
static void set_state_gradients(struct instance *s)
{
    static float of_plain[MOST];
    fill_uniform(states, s->layers * s->batch * s->width, &s->random);
    memset(of_plain, 0, sizeof of_plain);
    for (size_t k = 0; k < s->layers; k++)
        for (size_t e = 0; e < s->episodes; e++)
            if (s->episode[e].is_last)
                memcpy(of_plain + (k * s->episodes + e) * s->width,
                       states + (k * s->batch + s->episode[e].of) * s->width, s->width * sizeof *states);
    assert_ok(rnn_session_set_state_gradient(s->session, RNN_STATE_H, states, s->layers * s->batch * s->width));
    assert_ok(rnn_session_set_state_gradient(s->plain, RNN_STATE_H, of_plain, s->layers * s->episodes * s->width));
}

/* And that of the state before the first step is that of an episode which begins from it. */
static void check_state_gradients(const struct instance *s)
{
    static float of_plain[MOST], expected[MOST];
    memset(expected, 0, sizeof expected);
    assert_ok(rnn_session_get_state_gradient(s->session, RNN_STATE_H, states, s->layers * s->batch * s->width));
    assert_ok(rnn_session_get_state_gradient(s->plain, RNN_STATE_H, of_plain, s->layers * s->episodes * s->width));
    for (size_t k = 0; k < s->layers; k++)
        for (size_t e = 0; e < s->episodes; e++)
            if (!s->episode[e].begins_anew)
                memcpy(expected + (k * s->batch + s->episode[e].of) * s->width,
                       of_plain + (k * s->episodes + e) * s->width, s->width * sizeof *states);
    for (size_t i = 0; i < s->layers * s->batch * s->width; i++)
        assert_true(states[i] == expected[i]);
}

/* ---- a run ------------------------------------------------------------------------------------------------------- */

static void forward(const struct instance *s, rnn_session *session, float *to, size_t to_count, const float *from,
                    const int32_t *from_tokens, const int32_t *lengths, size_t steps, size_t batch)
{
    if (s->tokens)
        assert_ok(rnn_forward_tokens(session, to, to_count, from_tokens, steps * batch, lengths, batch, steps));
    else
        assert_ok(rnn_forward(session, to, to_count, from, steps * batch * I, lengths, batch, steps));
}

static size_t output_rows(rnn_session *session, const struct instance *s, size_t steps, size_t batch)
{
    size_t rows;
    assert_ok(rnn_session_output_steps(session, steps, &rows));
    return s->pools ? batch : rows * batch;
}

static void give_flags(const struct instance *s)
{
    size_t count = s->steps * s->batch;
    assert_ok(rnn_session_set_step_mask(s->session, s->mask, count));
    if (s->resets)
        assert_ok(rnn_session_set_resets(s->session, s->reset, count));
}

/* Outputs that are not one for each step: the run without flags has as many sequences, maybe of fewer steps. */
static void check_whole(const struct instance *s, const float *plain, size_t given_rows, size_t rows)
{
    for (size_t i = 0; i < given_rows * s->outputs; i++)
        assert_true(y[i] == (i < rows * s->outputs ? plain[i] : 0));
}

static void run(struct instance *s)
{
    static float arranged[MOST], plain[MOST], plain_dy[MOST], plain_dx[MOST];
    static int32_t arranged_tokens[T * E], lengths[E];
    size_t longest = 1, count;
    for (size_t e = 0; e < s->episodes; e++) {
        lengths[e] = (int32_t)s->episode[e].count;
        longest = s->episode[e].count > longest ? s->episode[e].count : longest;
    }
    begin_states(s);
    arrange(s, arranged, x, longest, I);
    arrange(s, (float *)arranged_tokens, (const float *)tokens, longest, 1);
    int64_t seed = (int64_t)below(s, 1000);
    if (s->training) {
        assert_ok(rnn_session_seed_dropout(s->session, seed));
        assert_ok(rnn_session_seed_dropout(s->plain, seed));
    }
    size_t rows = output_rows(s->session, s, s->steps, s->batch);
    size_t plain_rows = output_rows(s->plain, s, longest, s->episodes);
    int is_whole = s->pools || s->changes_length;
    for (size_t i = 0; i < rows * s->outputs; i++)
        y[i] = 9;
    give_flags(s);
    forward(s, s->session, y, rows * s->outputs, x, tokens, s->lengths, s->steps, s->batch);
    forward(s, s->plain, plain, plain_rows * s->outputs, arranged, arranged_tokens, lengths, longest, s->episodes);
    if (is_whole)
        check_whole(s, plain, rows, plain_rows);
    else
        check_rows(s, y, plain, s->outputs);
    check_states(s);
    if (!s->training)
        return;
    fill_uniform(dy, rows * s->outputs, &s->random);
    if (is_whole)
        memcpy(plain_dy, dy, plain_rows * s->outputs * sizeof *dy);
    else
        arrange(s, plain_dy, dy, longest, s->outputs);
    if (!s->is_list)
        set_state_gradients(s);
    assert_ok(rnn_zero_gradients(s->session));
    assert_ok(rnn_zero_gradients(s->plain));
    size_t dx_count = s->tokens ? 0 : s->steps * s->batch * I;
    assert_ok(rnn_backward(s->session, s->tokens ? NULL : dx, dx_count, dy, rows * s->outputs));
    assert_ok(rnn_backward(s->plain, s->tokens ? NULL : plain_dx, s->tokens ? 0 : longest * s->episodes * I, plain_dy,
                           plain_rows * s->outputs));
    if (!s->tokens)
        check_rows(s, dx, plain_dx, I);
    if (!s->is_list)
        check_state_gradients(s);
    for (size_t i = 0; i < 2; i++) {
        float *values;
        assert_ok(rnn_session_gradients(i ? s->plain : s->session, &values, &count));
        memcpy(gradients[i], values, count * sizeof *values);
    }
    assert_memory_equal(gradients[0], gradients[1], count * sizeof *gradients[0]);
}

static void test_equal(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < NETWORKS; i++) {
        struct instance s = {.random = i};
        s.is_list = below(&s, 3) == 0;
        s.tokens = (int)below(&s, 2);
        s.resets = (int)below(&s, 2);
        s.training = below(&s, 3) > 0;
        open_sessions(&s);
        s.batch = below(&s, B) + 1;
        assert_ok(rnn_reset_state(s.session, s.batch));
        for (int piece = 0; piece < 3; piece++) {
            s.fresh = piece == 0;
            s.steps = below(&s, T) + 1;
            draw_flags(&s, (int)below(&s, 4));
            fill_input(&s);
            run(&s);
        }
        rnn_session_destroy(s.session);
        rnn_session_destroy(s.plain);
        rnn_destroy(s.model);
    }
}

/* ---- flags that do not fit --------------------------------------------------------------------------------------- */

static void open_small(rnn_model **model, rnn_session **session, size_t direction)
{
    rnn_config *config;
    assert_ok(rnn_config_create(&config));
    set(config, RNN_INPUT_SIZE, I);
    set(config, RNN_HIDDEN_SIZE, H);
    set(config, RNN_DIRECTION, direction);
    assert_ok(rnn_create(model, config));
    rnn_config_destroy(config);
    assert_ok(rnn_session_create(session, *model, RNN_TRAINING));
    assert_ok(rnn_reset_state(*session, 2));
}

static void test_errors(void **state)
{
    const int32_t flags[8] = {1, 0, 1, 1, 0, 1, 1, 1}, wrong[4] = {1, 0, 2, 1};
    rnn_model *model;
    rnn_session *session;
    (void)state;
    open_small(&model, &session, RNN_DIRECTION_FORWARD);
    memset(x, 0, sizeof x);
    assert_fails(rnn_session_set_step_mask(session, flags, 3), RNN_E_SIZE);
    assert_fails(rnn_session_set_step_mask(session, flags, 0), RNN_E_SIZE);
    assert_fails(rnn_session_set_resets(session, flags, 3), RNN_E_SIZE);
    assert_fails(rnn_session_set_step_mask(session, wrong, 4), RNN_E_VALUE);
    assert_string_equal(rnn_last_error(), "rnn_session_set_step_mask: mask[2] is 2, expected 0 or 1");
    assert_fails(rnn_session_set_resets(session, wrong, 4), RNN_E_VALUE);
    assert_ok(rnn_session_set_step_mask(session, flags, 8));
    assert_fails(rnn_forward(session, y, 2 * 2 * H, x, 2 * 2 * I, NULL, 0, 2), RNN_E_SIZE);
    assert_string_equal(rnn_last_error(), "rnn_forward: the step mask has 8 elements, expected 4 (T*B = 2*2)");
    assert_fails(rnn_step(session, y, 2 * H, x, 2 * I), RNN_E_STATE);
    assert_ok(rnn_session_set_step_mask(session, NULL, 0));
    assert_ok(rnn_step(session, y, 2 * H, x, 2 * I));
    assert_ok(rnn_session_set_resets(session, flags, 8));
    assert_fails(rnn_step(session, y, 2 * H, x, 2 * I), RNN_E_STATE);
    assert_fails(rnn_forward(session, y, 2 * 2 * H, x, 2 * 2 * I, NULL, 0, 2), RNN_E_SIZE);
    assert_ok(rnn_reset_state(session, 2)); /* drops them */
    assert_ok(rnn_step(session, y, 2 * H, x, 2 * I));
    rnn_session_destroy(session);
    rnn_destroy(model);
    open_small(&model, &session, RNN_DIRECTION_BOTH);
    assert_fails(rnn_session_set_resets(session, flags, 8), RNN_E_UNSUPPORTED);
    assert_ok(rnn_session_set_step_mask(session, flags, 8));
    rnn_session_destroy(session);
    rnn_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_equal), cmocka_unit_test(test_errors)};
    return run_with_all_kernels(tests, sizeof tests / sizeof *tests);
}
