/* What threads, batches and pieces must not change: every number is the same to the bit, however the work was shared.
 */
#include "support/support.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/share.h"

enum { MOST_T = 7, LONG_T = 37, MOST_B = 9, I = 5, V = 11, C = 6 };

/* A network, by the options that are not at their defaults. */
struct network {
    const char *name;
    struct {
        int32_t key;
        int64_t value;
    } ints[8];
    struct {
        int32_t key;
        double value;
    } reals[3];
};

static const struct network networks[] = {
    {"tanh", {{RNN_CELL, RNN_CELL_TANH}, {RNN_HIDDEN_SIZE, 210}}, {{0, 0}}},
    {"tanh, small, two layers, head", {{RNN_HIDDEN_SIZE, 19}, {RNN_LAYERS, 2}, {RNN_CLASSES, C}}, {{0, 0}}},
    {"relu, clipped", {{RNN_CELL, RNN_CELL_RELU}, {RNN_HIDDEN_SIZE, 201}}, {{RNN_CLIP, 1}}},
    {"lstm", {{RNN_CELL, RNN_CELL_LSTM}, {RNN_HIDDEN_SIZE, 130}, {RNN_CLASSES, C}}, {{0, 0}}},
    {"lstm, three layers", {{RNN_CELL, RNN_CELL_LSTM}, {RNN_HIDDEN_SIZE, 37}, {RNN_LAYERS, 3}}, {{0, 0}}},
    {"gru, five layers, head",
     {{RNN_CELL, RNN_CELL_GRU}, {RNN_HIDDEN_SIZE, 18}, {RNN_LAYERS, 5}, {RNN_CLASSES, C}},
     {{0, 0}}},
    {"lstm, both directions",
     {{RNN_CELL, RNN_CELL_LSTM}, {RNN_HIDDEN_SIZE, 24}, {RNN_LAYERS, 2}, {RNN_DIRECTION, RNN_DIRECTION_BOTH}},
     {{0, 0}}},
    {"lstm, both directions, random",
     {{RNN_CELL, RNN_CELL_LSTM},
      {RNN_HIDDEN_SIZE, 20},
      {RNN_LAYERS, 2},
      {RNN_DIRECTION, RNN_DIRECTION_BOTH},
      {RNN_MERGE, RNN_MERGE_SUM}},
     {{RNN_DROPOUT, 0.2}, {RNN_RECURRENT_DROPOUT, 0.2}, {RNN_ZONEOUT, 0.1}}},
    {"lstm, zoneout",
     {{RNN_CELL, RNN_CELL_LSTM}, {RNN_HIDDEN_SIZE, 110}},
     {{RNN_ZONEOUT, 0.1}, {RNN_ZONEOUT_CELL, 0.2}}},
    {"lstm, projection",
     {{RNN_CELL, RNN_CELL_LSTM}, {RNN_HIDDEN_SIZE, 120}, {RNN_PROJECTION_SIZE, 90}, {RNN_CLASSES, C}},
     {{0, 0}}},
    {"lstm, peepholes, coupled",
     {{RNN_CELL, RNN_CELL_LSTM}, {RNN_HIDDEN_SIZE, 30}, {RNN_PEEPHOLES, 1}, {RNN_COUPLE, RNN_COUPLE_FORGET}},
     {{RNN_CELL_CLIP, 0.5}}},
    {"lstm, layer normalisation, pooled",
     {{RNN_CELL, RNN_CELL_LSTM}, {RNN_HIDDEN_SIZE, 33}, {RNN_LAYER_NORM, 1}, {RNN_OUTPUT, RNN_OUTPUT_MEAN}},
     {{0, 0}}},
    {"gru", {{RNN_CELL, RNN_CELL_GRU}, {RNN_HIDDEN_SIZE, 131}}, {{0, 0}}},
    {"gru, reverse, residual",
     {{RNN_CELL, RNN_CELL_GRU},
      {RNN_HIDDEN_SIZE, 18},
      {RNN_LAYERS, 2},
      {RNN_RESIDUAL, 1},
      {RNN_DIRECTION, RNN_DIRECTION_REVERSE}},
     {{0, 0}}},
    {"gru, reset before",
     {{RNN_CELL, RNN_CELL_GRU}, {RNN_HIDDEN_SIZE, 40}, {RNN_RESET, RNN_RESET_BEFORE}, {RNN_LAYERS, 2}},
     {{0, 0}}},
    {"gru, layer normalisation", {{RNN_CELL, RNN_CELL_GRU}, {RNN_HIDDEN_SIZE, 33}, {RNN_LAYER_NORM, 1}}, {{0, 0}}},
    {"mingru, both directions",
     {{RNN_CELL, RNN_CELL_MINGRU}, {RNN_HIDDEN_SIZE, 45}, {RNN_DIRECTION, RNN_DIRECTION_BOTH}, {RNN_CLASSES, C}},
     {{0, 0}}},
    {"indrnn", {{RNN_CELL, RNN_CELL_INDRNN}, {RNN_HIDDEN_SIZE, 230}, {RNN_LAYERS, 2}}, {{0, 0}}},
    {"mingru with highway gate",
     {{RNN_CELL, RNN_CELL_MINGRU_HIGHWAY},
      {RNN_HIDDEN_SIZE, 60},
      {RNN_VOCABULARY, V},
      {RNN_EMBEDDING_SIZE, 60},
      {RNN_LAYERS, 2},
      {RNN_DIRECTION, RNN_DIRECTION_BOTH},
      {RNN_MERGE, RNN_MERGE_SUM}},
     {{0, 0}}},
    {"slstm", {{RNN_CELL, RNN_CELL_SLSTM}, {RNN_HIDDEN_SIZE, 105}, {RNN_LAYERS, 2}}, {{0, 0}}},
    {"gru of tokens, one-hot", {{RNN_CELL, RNN_CELL_GRU}, {RNN_HIDDEN_SIZE, 40}, {RNN_VOCABULARY, V}}, {{0, 0}}},
    {"lstm of tokens, embedding",
     {{RNN_CELL, RNN_CELL_LSTM},
      {RNN_HIDDEN_SIZE, 120},
      {RNN_VOCABULARY, V},
      {RNN_EMBEDDING_SIZE, 14},
      {RNN_CLASSES, C}},
     {{0, 0}}},
};
#define NETWORKS (sizeof networks / sizeof *networks)

static int reads_tokens(const struct network *network)
{
    for (size_t i = 0; i < 8; i++)
        if (network->ints[i].key == RNN_VOCABULARY)
            return 1;
    return 0;
}

static rnn_model *create(const struct network *network)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_SEED, 7));
    if (!reads_tokens(network))
        assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, I));
    for (size_t i = 0; i < 8 && network->ints[i].key; i++)
        assert_ok(rnn_config_set_int(config, network->ints[i].key, network->ints[i].value));
    for (size_t i = 0; i < 3 && network->reals[i].key; i++)
        assert_ok(rnn_config_set_real(config, network->reals[i].key, network->reals[i].value));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

/* ---- threads of a host ------------------------------------------------------------------------------------------- */

struct call {
    rnn_task task;
    void *context;
    size_t index;
    pthread_t thread;
};

static void *run_call(void *given)
{
    struct call *call = given;
    call->task(call->context, call->index);
    return NULL;
}

/* Every task on a thread of its own. */
static void on_new_threads(void *user, size_t count, rnn_task task, void *context)
{
    struct call calls[64];
    ++*(size_t *)user;
    for (size_t i = 0; i < count; i++) {
        calls[i] = (struct call){.task = task, .context = context, .index = i};
        if (pthread_create(&calls[i].thread, NULL, run_call, &calls[i]))
            abort();
    }
    for (size_t i = 0; i < count; i++)
        pthread_join(calls[i].thread, NULL);
}

/* All in the calling thread, the last first. */
static void backwards(void *user, size_t count, rnn_task task, void *context)
{
    ++*(size_t *)user;
    while (count-- > 0)
        task(context, count);
}

/* How a session is to work. */
struct manner {
    size_t threads;
    rnn_parallel_for parallel_for;
};

static size_t lent; /* calls of a host's parallel_for */

static rnn_session *session_of(rnn_model *model, int32_t mode, struct manner manner)
{
    rnn_session *session;
    assert_ok(rnn_session_create(&session, model, mode));
    if (manner.parallel_for)
        assert_ok(rnn_session_set_parallel_for(session, manner.threads, manner.parallel_for, &lent));
    else
        assert_ok(rnn_session_set_threads(session, manner.threads));
    return session;
}

/* ---- all that a network gives ------------------------------------------------------------------------------------ */

/* Numbers, one after the other. */
struct record {
    float *values;
    size_t count, room;
};

static void note(struct record *record, const float *values, size_t count)
{
    if (record->count + count > record->room) {
        record->room = 2 * (record->count + count);
        record->values = realloc(record->values, record->room * sizeof *record->values);
        assert_non_null(record->values);
    }
    memcpy(record->values + record->count, values, count * sizeof *values);
    record->count += count;
}

/* An input of T steps of B sequences. */
struct input {
    size_t steps, batch;
    float x[MOST_T * MOST_B * I];
    int32_t tokens[MOST_T * MOST_B], lengths[MOST_B]; /* of LONG_T steps, of one sequence */
};

static struct input draw(size_t steps, size_t batch, int ragged, uint64_t seed)
{
    struct input in = {.steps = steps, .batch = batch};
    fill_uniform(in.x, steps * batch * I, &seed);
    for (size_t i = 0; i < steps * batch; i++)
        in.tokens[i] = (int32_t)((uniform(&seed) + 1) / 2 * V);
    for (size_t b = 0; b < batch; b++)
        in.lengths[b] = ragged ? (int32_t)((b * 5 + 3) % (steps + 1)) : (int32_t)steps;
    return in;
}

static size_t outputs_of(const rnn_model *model)
{
    int64_t classes, hidden, projection, direction, merge;
    assert_ok(rnn_model_get_int(model, RNN_CLASSES, &classes));
    assert_ok(rnn_model_get_int(model, RNN_HIDDEN_SIZE, &hidden));
    assert_ok(rnn_model_get_int(model, RNN_PROJECTION_SIZE, &projection));
    assert_ok(rnn_model_get_int(model, RNN_DIRECTION, &direction));
    assert_ok(rnn_model_get_int(model, RNN_MERGE, &merge));
    size_t width = (size_t)(projection ? projection : hidden);
    if (direction == RNN_DIRECTION_BOTH && merge == RNN_MERGE_CONCATENATE)
        width *= 2;
    return classes ? (size_t)classes : width;
}

static int is_pooled(const rnn_model *model)
{
    int64_t output;
    assert_ok(rnn_model_get_int(model, RNN_OUTPUT, &output));
    return output != RNN_OUTPUT_EVERY_STEP;
}

static size_t y_count_of(const rnn_model *model, const struct input *in)
{
    return (is_pooled(model) ? 1 : in->steps) * in->batch * outputs_of(model);
}

static void forward(rnn_session *session, float *y, size_t y_count, const struct input *in, int tokens)
{
    size_t rows = in->steps * in->batch;
    if (tokens)
        assert_ok(rnn_forward_tokens(session, y, y_count, in->tokens, rows, in->lengths, in->batch, in->steps));
    else
        assert_ok(rnn_forward(session, y, y_count, in->x, rows * I, in->lengths, in->batch, in->steps));
}

static void note_state(struct record *record, rnn_session *session, const rnn_model *model, size_t batch)
{
    int64_t layers, direction, hidden, projection;
    assert_ok(rnn_model_get_int(model, RNN_LAYERS, &layers));
    assert_ok(rnn_model_get_int(model, RNN_DIRECTION, &direction));
    assert_ok(rnn_model_get_int(model, RNN_HIDDEN_SIZE, &hidden));
    assert_ok(rnn_model_get_int(model, RNN_PROJECTION_SIZE, &projection));
    size_t runs = (size_t)layers * (direction == RNN_DIRECTION_BOTH ? 2 : 1);
    size_t count = runs * batch * (size_t)(projection ? projection : hidden);
    float *h = malloc(count * sizeof *h);
    assert_non_null(h);
    assert_ok(rnn_session_get_state(session, RNN_STATE_H, h, count));
    note(record, h, count);
    free(h);
}

/* Outputs and states of a session for inference, twice over the input, and of some single steps. */
static void infer(struct record *record, const struct network *network, const struct input *in, struct manner manner)
{
    rnn_model *model = create(network);
    rnn_session *session = session_of(model, RNN_INFERENCE, manner);
    size_t count = y_count_of(model, in);
    float *y = malloc(count * sizeof *y);
    int64_t direction;
    assert_non_null(y);
    assert_ok(rnn_reset_state(session, in->batch));
    for (int round = 0; round < 2; round++) {
        forward(session, y, count, in, reads_tokens(network));
        note(record, y, count);
        note_state(record, session, model, in->batch);
    }
    assert_ok(rnn_model_get_int(model, RNN_DIRECTION, &direction));
    for (size_t t = 0; t < 3 && direction == RNN_DIRECTION_FORWARD && !is_pooled(model); t++) {
        size_t step = in->batch * outputs_of(model);
        if (reads_tokens(network))
            assert_ok(rnn_step_tokens(session, y, step, in->tokens, in->batch));
        else
            assert_ok(rnn_step(session, y, step, in->x, in->batch * I));
        note(record, y, step);
    }
    free(y);
    rnn_session_destroy(session);
    rnn_destroy(model);
}

/* Three steps of training: outputs, gradients of all kinds, parameters. */
static void train(struct record *record, const struct network *network, const struct input *in, struct manner manner)
{
    rnn_model *model = create(network);
    rnn_session *session = session_of(model, RNN_TRAINING, manner);
    size_t count = y_count_of(model, in), x_count = in->steps * in->batch * I, parameter_count;
    float *y = malloc(count * sizeof *y), dx[MOST_T * MOST_B * I], *gradients;
    const float *parameters;
    int tokens = reads_tokens(network);
    assert_non_null(y);
    assert_ok(rnn_reset_state(session, in->batch));
    for (int round = 0; round < 3; round++) {
        forward(session, y, count, in, tokens);
        note(record, y, count);
        assert_ok(rnn_zero_gradients(session));
        assert_ok(rnn_backward(session, tokens ? NULL : dx, tokens ? 0 : x_count, y, count));
        if (!tokens)
            note(record, dx, x_count);
        assert_ok(rnn_session_gradients(session, &gradients, &parameter_count));
        note(record, gradients, parameter_count);
        assert_ok(rnn_session_clip_gradient_norm(session, NULL, 1));
        assert_ok(rnn_sgd_step(session, 0.1));
    }
    assert_ok(rnn_model_parameters(model, &parameters, &parameter_count));
    note(record, parameters, parameter_count);
    note_state(record, session, model, in->batch);
    free(y);
    rnn_session_destroy(session);
    rnn_destroy(model);
}

static void compare(const struct network *network, const struct input *in, struct manner manner)
{
    struct record one = {0}, many = {0};
    infer(&one, network, in, (struct manner){1, NULL});
    train(&one, network, in, (struct manner){1, NULL});
    infer(&many, network, in, manner);
    train(&many, network, in, manner);
    assert_int_equal(one.count, many.count);
    if (memcmp(one.values, many.values, one.count * sizeof *one.values) != 0) {
        print_error("%s: T=%zu B=%zu differ with %zu threads%s\n", network->name, in->steps, in->batch, manner.threads,
                    manner.parallel_for ? " of a host" : "");
        fail();
    }
    free(one.values);
    free(many.values);
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void threads_change_nothing(void **state)
{
    (void)state;
    static const size_t batches[] = {1, 2, 3, 4, 9};
    for (size_t n = 0; n < NETWORKS; n++)
        for (size_t b = 0; b < 5; b++)
            for (int ragged = 0; ragged < 2; ragged++) {
                struct input in = draw(MOST_T, batches[b], ragged, n + b);
                compare(&networks[n], &in, (struct manner){2, NULL});
                if (b % 2 == 0)
                    compare(&networks[n], &in, (struct manner){4, NULL});
            }
}

static void a_host_may_lend_its_threads(void **state)
{
    (void)state;
    lent = 0;
    for (size_t n = 0; n < NETWORKS; n++) {
        struct input one = draw(3, 1, 0, n), some = draw(4, 7, 1, n);
        compare(&networks[n], &one, (struct manner){3, on_new_threads});
        compare(&networks[n], &some, (struct manner){2, on_new_threads});
        compare(&networks[n], &one, (struct manner){2, backwards});
        compare(&networks[n], &some, (struct manner){3, backwards});
    }
    assert_true(lent > 100);
}

/* A sequence alone gives what it gives in a batch of others. */
static void a_row_does_not_see_its_batch(void **state)
{
    (void)state;
    for (size_t n = 0; n < NETWORKS; n++) {
        rnn_model *model = create(&networks[n]);
        struct input all = draw(MOST_T, MOST_B, 1, n);
        size_t count = y_count_of(model, &all), width = outputs_of(model);
        float *together = malloc(count * sizeof *together), *alone = malloc(count * sizeof *alone);
        rnn_session *session = session_of(model, RNN_INFERENCE, (struct manner){1, NULL});
        assert_true(together && alone);
        assert_ok(rnn_reset_state(session, MOST_B));
        forward(session, together, count, &all, reads_tokens(&networks[n]));
        for (size_t b = 0; b < MOST_B; b++) {
            struct input one = {.steps = MOST_T, .batch = 1, .lengths = {all.lengths[b]}};
            size_t steps = is_pooled(model) ? 1 : MOST_T;
            for (size_t t = 0; t < MOST_T; t++) {
                memcpy(one.x + t * I, all.x + (t * MOST_B + b) * I, I * sizeof *one.x);
                one.tokens[t] = all.tokens[t * MOST_B + b];
            }
            assert_ok(rnn_reset_state(session, 1));
            forward(session, alone, steps * width, &one, reads_tokens(&networks[n]));
            for (size_t t = 0; t < steps; t++)
                if (memcmp(alone + t * width, together + (t * MOST_B + b) * width, width * sizeof *alone) != 0) {
                    print_error("%s: sequence %zu differs at step %zu\n", networks[n].name, b, t);
                    fail();
                }
        }
        free(together);
        free(alone);
        rnn_session_destroy(session);
        rnn_destroy(model);
    }
}

/* What is not worth a meeting is done by one thread, with the same result. */
static void small_work_is_not_shared(void **state)
{
    (void)state;
    struct input in = draw(3, 4, 0, 2);
    rnni_share_from(RNNI_SHARE_LEAST);
    lent = 0;
    for (size_t n = 0; n < NETWORKS; n++)
        compare(&networks[n], &in, (struct manner){2, backwards});
    size_t shared = lent;
    rnni_share_from(0);
    for (size_t n = 0; n < NETWORKS; n++)
        compare(&networks[n], &in, (struct manner){2, backwards});
    assert_true(shared > 0 && lent > 3 * shared);
}

/* More threads, fewer and none, in the middle of a stream. */
static void threads_may_change(void **state)
{
    (void)state;
    rnn_model *model = create(&networks[3]);
    rnn_session *plain = session_of(model, RNN_INFERENCE, (struct manner){1, NULL});
    rnn_session *session = session_of(model, RNN_INFERENCE, (struct manner){1, NULL});
    static const size_t threads[] = {2, 5, 1, 3, 3};
    struct input in = draw(5, 2, 0, 3);
    float y[5 * 2 * C], expected[5 * 2 * C];
    assert_ok(rnn_reset_state(plain, 2));
    assert_ok(rnn_reset_state(session, 2));
    for (size_t i = 0; i < 5; i++) {
        assert_ok(rnn_session_set_threads(session, threads[i]));
        forward(plain, expected, 5 * 2 * C, &in, 0);
        forward(session, y, 5 * 2 * C, &in, 0);
        assert_memory_equal(y, expected, sizeof y);
    }
    assert_ok(rnn_session_set_parallel_for(session, 2, backwards, &lent));
    assert_ok(rnn_session_set_parallel_for(session, 0, NULL, NULL));
    forward(plain, expected, 5 * 2 * C, &in, 0);
    forward(session, y, 5 * 2 * C, &in, 0);
    assert_memory_equal(y, expected, sizeof y);
    rnn_session_destroy(plain);
    rnn_session_destroy(session);
    rnn_destroy(model);
}

/* The floating-point environment is the caller's: rounding, flags that trap, and on x86 what becomes of subnormals. */
static void floating_point_modes_stay(void **state)
{
    (void)state;
#if defined(__x86_64__)
    unsigned before = __builtin_ia32_stmxcsr(), flush = before | 0x8040;
    struct input in = draw(3, 3, 1, 5);
    for (size_t threads = 1; threads < 3; threads++) {
        struct record record = {0};
        __builtin_ia32_ldmxcsr(flush);
        infer(&record, &networks[3], &in, (struct manner){threads, NULL});
        train(&record, &networks[3], &in, (struct manner){threads, NULL});
        unsigned after = __builtin_ia32_stmxcsr();
        __builtin_ia32_ldmxcsr(before);
        assert_int_equal(after & ~0x3fu, flush & ~0x3fu); /* all but the flags of what has happened */
        free(record.values);
    }
#endif
}

/* One sequence that is long enough for layers to work one behind the other. */
static void layers_may_go_in_waves(void **state)
{
    (void)state;
    for (size_t n = 0; n < NETWORKS; n++)
        for (size_t threads = 2; threads < 4; threads++)
            for (int32_t short_by = 0; short_by < 40; short_by += 18) {
                struct input in = draw(LONG_T, 1, 0, n);
                in.lengths[0] -= short_by < LONG_T ? short_by : LONG_T;
                compare(&networks[n], &in, (struct manner){threads, NULL});
                compare(&networks[n], &in, (struct manner){threads, backwards});
            }
}

static void bad_numbers_of_threads(void **state)
{
    (void)state;
    rnn_model *model = create(&networks[1]);
    rnn_session *session = session_of(model, RNN_TRAINING, (struct manner){1, NULL});
    assert_fails(rnn_session_set_threads(NULL, 2), RNN_E_NULL);
    assert_fails(rnn_session_set_threads(session, 0), RNN_E_VALUE);
    assert_fails(rnn_session_set_threads(session, 1025), RNN_E_VALUE);
    assert_fails(rnn_session_set_parallel_for(NULL, 2, backwards, NULL), RNN_E_NULL);
    assert_fails(rnn_session_set_parallel_for(session, 0, backwards, NULL), RNN_E_VALUE);
    assert_fails(rnn_session_set_parallel_for(session, 1025, backwards, NULL), RNN_E_VALUE);
    assert_non_null(strstr(rnn_session_last_error(session), "rnn_session_set_parallel_for: threads is 1025"));
    rnn_session_destroy(session);
    rnn_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_change_nothing),       cmocka_unit_test(a_host_may_lend_its_threads),
        cmocka_unit_test(a_row_does_not_see_its_batch), cmocka_unit_test(threads_may_change),
        cmocka_unit_test(floating_point_modes_stay),    cmocka_unit_test(layers_may_go_in_waves),
        cmocka_unit_test(small_work_is_not_shared),     cmocka_unit_test(bad_numbers_of_threads),
    };
    rnni_share_from(0);
    int failures = run_with_all_kernels(tests, sizeof tests / sizeof *tests);
    rnni_team_insist(1); /* with the last of the kernels every part is run by its own thread */
    return failures + cmocka_run_group_tests(tests, NULL, NULL);
}
