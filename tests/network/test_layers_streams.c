/* Random lists of layers that take streams: a batch whose sequences are given in ragged pieces and single steps, while
 * rows are selected, copied and begun again, gives each sequence the bits that it has whole and alone. */
#include "base/share.h"
#include "support/support.h"

#include <stdio.h>
#include <string.h>

enum { NETWORKS = 1000, PIECES = 8, LONGEST = 6, BATCH = 4, INPUTS = 4, WIDEST = 64, MOST = PIECES * LONGEST };

/* What a row of the batch has been given since it began, and what came out. */
struct row {
    float x[MOST * INPUTS], y[MOST * WIDEST];
    int32_t tokens[MOST];
    size_t steps, made;
};

/* A network and its batch. */
struct stream {
    uint64_t random;
    int is_of_tokens, training;
    size_t inputs, outputs, batch;
    rnn_model *model;
    rnn_session *session;
    struct row row[BATCH];
};

static size_t below(struct stream *s, size_t count)
{
    return (size_t)((uniform(&s->random) + 1) / 2 * (double)count);
}

/* ---- networks ---------------------------------------------------------------------------------------------------- */

static void set(rnn_config *config, size_t layer, int32_t key, size_t value)
{
    assert_ok(rnn_config_set_layer_int(config, layer, key, (int64_t)value));
}

/* The options of a recurrent layer of `width` inputs; returns its outputs. */
static size_t set_recurrent(struct stream *s, rnn_config *config, size_t i, size_t width)
{
    int32_t cell = (int32_t)below(s, LAST_CELL) + 1;
    size_t units = below(s, 20) + 1;
    if (cell == RNN_CELL_MINGRU_HIGHWAY && i == 0 && s->is_of_tokens)
        cell = RNN_CELL_MINGRU;
    if (cell == RNN_CELL_MINGRU_HIGHWAY)
        units = width;
    set(config, i, RNN_CELL, (size_t)cell);
    set(config, i, RNN_HIDDEN_SIZE, units);
    set(config, i, RNN_LAYERS, below(s, 2) + 1);
    if (cell != RNN_CELL_SLSTM)
        set(config, i, RNN_INITIAL_STATE, below(s, 2));
    if (cell == RNN_CELL_LSTM)
        set(config, i, RNN_PEEPHOLES, below(s, 2));
    return units;
}

static size_t set_conv1d(struct stream *s, rnn_config *config, size_t i, size_t width)
{
    size_t groups = width % 2 || below(s, 2) ? 1 : 2, outputs = groups * (below(s, 9) + 1);
    set(config, i, RNN_OUTPUT_SIZE, outputs);
    set(config, i, RNN_KERNEL_SIZE, below(s, 4) + 1);
    set(config, i, RNN_STRIDE, below(s, 3) + 1);
    set(config, i, RNN_DILATION, below(s, 2) + 1);
    set(config, i, RNN_GROUPS, groups);
    set(config, i, RNN_PADDING, below(s, 2) ? RNN_PADDING_CAUSAL : RNN_PADDING_NONE);
    return outputs;
}

/* One more layer on features of that width; returns its outputs. */
static size_t add(struct stream *s, rnn_config *config, size_t i, size_t width)
{
    static const int32_t kinds[] = {RNN_KIND_RECURRENT, RNN_KIND_CONV1D,    RNN_KIND_RECURRENT,  RNN_KIND_CONV1D,
                                    RNN_KIND_DENSE,     RNN_KIND_AFFINE,    RNN_KIND_LAYER_NORM, RNN_KIND_RMS_NORM,
                                    RNN_KIND_SKIP,      RNN_KIND_MAGNITUDE, RNN_KIND_ACTIVATION};
    int32_t kind = kinds[below(s, sizeof kinds / sizeof *kinds)];
    if (i == 0 && s->is_of_tokens)
        kind = below(s, 2) ? RNN_KIND_EMBEDDING : RNN_KIND_RECURRENT;
    if ((kind == RNN_KIND_SKIP && (i == 0 || 2 * width > WIDEST)) || (kind == RNN_KIND_MAGNITUDE && width % 2))
        kind = RNN_KIND_DENSE;
    assert_ok(rnn_config_add_layer(config, NULL, kind));
    if (kind == RNN_KIND_RECURRENT)
        return set_recurrent(s, config, i, width);
    if (kind == RNN_KIND_CONV1D)
        return set_conv1d(s, config, i, width);
    if (kind == RNN_KIND_SKIP)
        set(config, i, RNN_SOURCE, i - 1);
    if (kind == RNN_KIND_ACTIVATION)
        set(config, i, RNN_ACTIVATION, RNN_ACTIVATION_SOFTSIGN);
    if (kind == RNN_KIND_DENSE || kind == RNN_KIND_EMBEDDING)
        set(config, i, RNN_OUTPUT_SIZE, width = below(s, 20) + 1);
    return kind == RNN_KIND_SKIP ? 2 * width : kind == RNN_KIND_MAGNITUDE ? width / 2 : width;
}

static void create_model(struct stream *s)
{
    rnn_config *config;
    size_t width, layers = below(s, 5) + 1;
    s->is_of_tokens = below(s, 4) == 0;
    width = s->inputs = below(s, INPUTS) + 1;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, s->is_of_tokens ? RNN_VOCABULARY : RNN_INPUT_SIZE, (int64_t)width));
    for (size_t i = 0; i < layers; i++)
        width = add(s, config, i, width);
    assert_ok(rnn_create(&s->model, config));
    assert_ok(rnn_model_output_size(s->model, &s->outputs));
    assert_true(s->outputs == width && width <= WIDEST);
    rnn_config_destroy(config);
}

/* ---- pieces ------------------------------------------------------------------------------------------------------ */

static void keep_input(struct stream *s, size_t b, const float *x, const int32_t *tokens)
{
    struct row *row = &s->row[b];
    if (s->is_of_tokens)
        row->tokens[row->steps] = *tokens;
    else
        memcpy(row->x + row->steps * s->inputs, x, s->inputs * sizeof *x);
    row->steps++;
}

static void keep_output(struct stream *s, size_t b, const float *y)
{
    struct row *row = &s->row[b];
    memcpy(row->y + row->made++ * s->outputs, y, s->outputs * sizeof *y);
}

static void give_piece(struct stream *s)
{
    static float x[LONGEST * BATCH * INPUTS], y[LONGEST * BATCH * WIDEST], dy[LONGEST * BATCH * WIDEST];
    int32_t tokens[LONGEST * BATCH], lengths[BATCH], out[BATCH];
    size_t steps = below(s, LONGEST) + 1, most, batch = s->batch;
    fill_uniform(x, steps * batch * s->inputs, &s->random);
    for (size_t i = 0; i < steps * batch; i++)
        tokens[i] = (int32_t)below(s, s->inputs);
    for (size_t b = 0; b < batch; b++)
        lengths[b] = (int32_t)below(s, steps + 1);
    assert_ok(rnn_session_output_steps(s->session, steps, &most));
    float *to = most ? y : NULL;
    if (s->is_of_tokens)
        assert_ok(rnn_forward_tokens(s->session, to, most * batch * s->outputs, tokens, steps * batch, lengths, batch,
                                     steps));
    else
        assert_ok(rnn_forward(s->session, to, most * batch * s->outputs, x, steps * batch * s->inputs, lengths, batch,
                              steps));
    assert_ok(rnn_session_output_lengths(s->session, out, batch));
    for (size_t b = 0; b < batch; b++) {
        assert_true(out[b] >= 0 && (size_t)out[b] <= most);
        for (size_t t = 0; t < (size_t)lengths[b]; t++)
            keep_input(s, b, x + (t * batch + b) * s->inputs, &tokens[t * batch + b]);
        for (size_t t = 0; t < (size_t)out[b]; t++)
            keep_output(s, b, y + (t * batch + b) * s->outputs);
    }
    if (s->training && below(s, 2)) { /* which the state does not see */
        fill_uniform(dy, most * batch * s->outputs, &s->random);
        assert_ok(rnn_backward(s->session, NULL, 0, most ? dy : NULL, most * batch * s->outputs));
    }
}

/* Returns whether the sequences are at the same places, so that there is a step. */
static int give_step(struct stream *s)
{
    float x[BATCH * INPUTS], y[BATCH * WIDEST];
    int32_t tokens[BATCH], has;
    size_t batch = s->batch, x_count = batch * s->inputs;
    fill_uniform(x, x_count, &s->random);
    for (size_t b = 0; b < batch; b++)
        tokens[b] = (int32_t)below(s, s->inputs);
    int32_t status = s->is_of_tokens ? rnn_step_tokens(s->session, y, batch * s->outputs, tokens, batch)
                                     : rnn_step(s->session, y, batch * s->outputs, x, x_count);
    assert_true(status == RNN_OK || status == RNN_E_STATE);
    if (status)
        return 0;
    assert_ok(rnn_session_has_output(s->session, &has));
    for (size_t b = 0; b < batch; b++) {
        keep_input(s, b, x + b * s->inputs, &tokens[b]);
        if (has)
            keep_output(s, b, y + b * s->outputs);
    }
    return 1;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static void select_rows(struct stream *s)
{
    static struct row before[BATCH];
    int32_t rows[BATCH];
    memcpy(before, s->row, sizeof before);
    for (size_t b = 0; b < s->batch; b++)
        rows[b] = (int32_t)below(s, s->batch);
    assert_ok(rnn_session_select_state(s->session, rows, s->batch));
    for (size_t b = 0; b < s->batch; b++)
        s->row[b] = before[rows[b]];
}

/* By way of another session of another batch. */
static void copy_row(struct stream *s)
{
    static float values[4096], through[4096];
    size_t from = below(s, s->batch), to = below(s, s->batch), count;
    rnn_session *other;
    assert_ok(rnn_session_row_state_count(s->session, &count));
    assert_true(count <= sizeof values / sizeof *values);
    if (!count)
        return;
    assert_ok(rnn_session_create(&other, s->model, RNN_INFERENCE));
    assert_ok(rnn_session_get_row_state(s->session, from, values, count));
    assert_ok(rnn_session_set_row_state(other, 0, values, count));
    assert_ok(rnn_session_get_row_state(other, 0, through, count));
    assert_memory_equal(values, through, count * sizeof *values);
    assert_ok(rnn_session_set_row_state(s->session, to, through, count));
    rnn_session_destroy(other);
    if (from != to)
        s->row[to] = s->row[from];
}

static void begin_row(struct stream *s)
{
    size_t b = below(s, s->batch);
    assert_ok(rnn_session_reset_row(s->session, b));
    s->row[b].steps = s->row[b].made = 0;
}

static void disturb(struct stream *s)
{
    size_t what = below(s, 6);
    if (what == 0)
        select_rows(s);
    if (what == 1)
        copy_row(s);
    if (what == 2)
        begin_row(s);
    if (what == 3)
        assert_ok(rnn_session_set_threads(s->session, 1 + below(s, THREADS(3))));
    if (what == 4)
        assert_ok(rnn_session_reserve(s->session, below(s, 20) + 1, s->batch + below(s, 3)));
}

/* ---- the test ---------------------------------------------------------------------------------------------------- */

static void check_row(struct stream *s, const struct row *row)
{
    static float y[MOST * WIDEST];
    rnn_session *session;
    size_t most;
    if (!row->steps)
        return;
    assert_ok(rnn_session_create(&session, s->model, RNN_INFERENCE));
    assert_ok(rnn_session_output_steps(session, row->steps, &most));
    assert_true(most == row->made);
    float *to = most ? y : NULL;
    if (s->is_of_tokens)
        assert_ok(rnn_forward_tokens(session, to, most * s->outputs, row->tokens, row->steps, NULL, 0, row->steps));
    else
        assert_ok(rnn_forward(session, to, most * s->outputs, row->x, row->steps * s->inputs, NULL, 0, row->steps));
    assert_memory_equal(y, row->y, most * s->outputs * sizeof *y);
    rnn_session_destroy(session);
}

/* Returns how many single steps there were. */
static size_t run(struct stream *s, uint64_t seed)
{
    size_t stepped = 0;
    memset(s, 0, sizeof *s);
    s->random = seed;
    create_model(s);
    s->training = below(s, 2) == 0;
    s->batch = below(s, BATCH) + 1;
    assert_ok(rnn_session_create(&s->session, s->model, s->training ? RNN_TRAINING : RNN_INFERENCE));
    assert_ok(rnn_reset_state(s->session, s->batch));
    for (size_t i = 0; i < PIECES; i++) {
        if (below(s, 2) && give_step(s))
            stepped++;
        else
            give_piece(s);
        disturb(s);
    }
    for (size_t b = 0; b < s->batch; b++)
        check_row(s, &s->row[b]);
    rnn_session_destroy(s->session);
    rnn_destroy(s->model);
    return stepped;
}

static void pieces_of_a_batch_equal_whole_sequences(void **state)
{
    (void)state;
    static struct stream stream;
    size_t stepped = 0;
    rnni_share_from(1);
    for (uint64_t i = 1; i <= NETWORKS; i++)
        stepped += run(&stream, i * 7919);
    rnni_share_from(RNNI_SHARE_LEAST);
    assert_true(stepped > NETWORKS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_of_a_batch_equal_whole_sequences),
    };
    return run_with_all_kernels(tests, sizeof tests / sizeof *tests);
}
