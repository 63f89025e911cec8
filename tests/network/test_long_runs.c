/* An inference over many steps takes no more memory for more of them, and gives what the same steps give in pieces. */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "session/network_session.h"

static size_t taken; /* calls */

void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    taken++;
    return __real_rnni_memory_take(count, size);
}

enum { I = 3, V = 7, H = 6, L = 2, C = 4, B = 3, T = 1500, PIECE = 50 };

struct network {
    int64_t cell, vocabulary, classes;
    double zoneout;
    size_t threads;
};

static const struct network networks[] = {
    {RNN_CELL_TANH, 0, 0, 0, 1}, {RNN_CELL_LSTM, 0, C, 0, 1},    {RNN_CELL_GRU, V, C, 0, 1},
    {RNN_CELL_LSTM, 0, 0, 0, 2}, {RNN_CELL_LSTM, V, C, 0.25, 1}, {RNN_CELL_SLSTM, 0, C, 0, 1},
};
#define NETWORKS (sizeof networks / sizeof *networks)

static rnn_model *create(const struct network *network, int64_t direction, int64_t output)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, network->cell));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, network->vocabulary ? 0 : I));
    assert_ok(rnn_config_set_int(config, RNN_VOCABULARY, network->vocabulary));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, H));
    assert_ok(rnn_config_set_int(config, RNN_LAYERS, L));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, network->classes));
    assert_ok(rnn_config_set_int(config, RNN_DIRECTION, direction));
    assert_ok(rnn_config_set_int(config, RNN_OUTPUT, output));
    assert_ok(rnn_config_set_real(config, RNN_ZONEOUT, network->zoneout));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static rnn_session *session_of(const struct network *network, rnn_model *model, size_t batch)
{
    rnn_session *session;
    assert_ok(rnn_session_create(&session, model, RNN_INFERENCE));
    assert_ok(rnn_session_set_threads(session, THREADS(network->threads)));
    assert_ok(rnn_reset_state(session, batch));
    return session;
}

/* ---- the same numbers -------------------------------------------------------------------------------------------- */

struct data {
    float *x;        /* [T,B,I] */
    int32_t *tokens; /* [T,B] */
};

static struct data draw(uint64_t seed)
{
    struct data d = {malloc(sizeof(float) * T * B * I), malloc(sizeof(int32_t) * T * B)};
    assert_true(d.x && d.tokens);
    fill_uniform(d.x, (size_t)T * B * I, &seed);
    for (size_t i = 0; i < (size_t)T * B; i++)
        d.tokens[i] = (int32_t)((uniform(&seed) + 1) / 2 * V);
    return d;
}

/* Steps `first` on, `steps` of them; lengths [B] are of these steps. */
static void run(rnn_session *s, const struct network *network, float *y, const struct data *d, const int32_t *lengths,
                size_t first, size_t steps)
{
    size_t outputs = network->classes ? (size_t)network->classes : H, rows = steps * B, at = first * B;
    float *to = y + at * outputs;
    if (network->vocabulary)
        assert_ok(rnn_forward_tokens(s, to, rows * outputs, d->tokens + at, rows, lengths, B, steps));
    else
        assert_ok(rnn_forward(s, to, rows * outputs, d->x + at * I, rows * I, lengths, B, steps));
}

static void check_states(rnn_session *a, rnn_session *b)
{
    static float ours[L * B * H], theirs[L * B * H];
    assert_ok(rnn_session_get_state(a, RNN_STATE_H, ours, L * B * H));
    assert_ok(rnn_session_get_state(b, RNN_STATE_H, theirs, L * B * H));
    assert_memory_equal(ours, theirs, sizeof ours);
}

static void check_network(const struct network *network, const int32_t *lengths)
{
    struct data d = draw(3);
    size_t count = (size_t)T * B * (network->classes ? (size_t)network->classes : H);
    float *whole = malloc(count * sizeof *whole), *pieces = malloc(count * sizeof *pieces);
    rnn_model *model = create(network, RNN_DIRECTION_FORWARD, RNN_OUTPUT_EVERY_STEP);
    rnn_session *a = session_of(network, model, B), *b = session_of(network, model, B);
    assert_true(whole && pieces);
    run(a, network, whole, &d, lengths, 0, T);
    for (size_t first = 0; first < T; first += PIECE) {
        int32_t within[B];
        for (size_t i = 0; i < B; i++) {
            int32_t left = lengths[i] - (int32_t)first;
            within[i] = left < 0 ? 0 : left < PIECE ? left : PIECE;
        }
        run(b, network, pieces, &d, within, first, PIECE);
    }
    assert_memory_equal(whole, pieces, count * sizeof *whole);
    check_states(a, b);
    rnn_session_destroy(a);
    rnn_session_destroy(b);
    rnn_destroy(model);
    free(whole);
    free(pieces);
    free(d.x);
    free(d.tokens);
}

static void long_runs_equal_pieces(void **state)
{
    (void)state;
    static const int32_t full[B] = {T, T, T}, ragged[B] = {T - 1, 0, 130};
    for (size_t n = 0; n < NETWORKS; n++) {
        check_network(&networks[n], full);
        check_network(&networks[n], ragged);
    }
}

/* A loss takes its lengths from the run: all of them, not those of the last segment. */
static void a_loss_knows_all_steps(void **state)
{
    (void)state;
    const struct network *network = &networks[1];
    const int32_t lengths[B] = {T, 3, 0};
    struct data d = draw(4);
    static float y[T * B * C];
    static int32_t targets[T * B];
    rnn_model *model = create(network, RNN_DIRECTION_FORWARD, RNN_OUTPUT_EVERY_STEP);
    rnn_session *s = session_of(network, model, B);
    rnn_loss *loss;
    double by_session, by_lengths;
    run(s, network, y, &d, lengths, 0, T);
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CROSS_ENTROPY));
    assert_ok(rnn_loss_set_batch_of_session(loss, s));
    assert_ok(rnn_loss_of_classes(loss, &by_session, NULL, 0, y, T * B * C, targets, T * B));
    assert_ok(rnn_loss_set_batch(loss, lengths, B, T, B, C));
    assert_ok(rnn_loss_of_classes(loss, &by_lengths, NULL, 0, y, T * B * C, targets, T * B));
    assert_true(by_session == by_lengths && by_session > 0);
    rnn_loss_destroy(loss);
    rnn_session_destroy(s);
    rnn_destroy(model);
    free(d.x);
    free(d.tokens);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static size_t bytes_for(const rnn_model *model, int training, size_t steps, size_t batch)
{
    return rnni_network_session_bytes(model, training, steps, batch, steps * batch);
}

static void memory_does_not_grow_with_steps(void **state)
{
    (void)state;
    rnn_model *model = create(&networks[1], RNN_DIRECTION_FORWARD, RNN_OUTPUT_EVERY_STEP);
    static const size_t batches[] = {1, 3, 64};
    for (size_t i = 0; i < 3; i++) {
        size_t batch = batches[i], some = bytes_for(model, 0, 1024, batch);
        assert_int_equal(bytes_for(model, 0, 1000000, batch), some);
        assert_true(bytes_for(model, 0, 100, batch) < some);
        assert_true(bytes_for(model, 1, 20000, batch) > 8 * bytes_for(model, 1, 2000, batch));
    }
    rnn_destroy(model);
}

/* While only running, two blocks of rows serve all layers: one more layer takes less than one of them. */
static void memory_does_not_grow_with_layers(void **state)
{
    (void)state;
    enum { STEPS = 1000, SEQUENCES = 64 };
    size_t bytes[8];
    for (int64_t layers = 3; layers < 8; layers++) {
        rnn_config *config;
        rnn_model *model;
        assert_ok(rnn_config_create(&config));
        assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, H));
        assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, H));
        assert_ok(rnn_config_set_int(config, RNN_LAYERS, layers));
        assert_ok(rnn_config_set_int(config, RNN_RESIDUAL, 1));
        assert_ok(rnn_config_set_int(config, RNN_DIRECTION, RNN_DIRECTION_BOTH));
        assert_ok(rnn_config_set_int(config, RNN_MERGE, RNN_MERGE_SUM));
        assert_ok(rnn_create(&model, config));
        bytes[layers] = bytes_for(model, 0, STEPS, SEQUENCES);
        if (layers > 3)
            assert_true(bytes[layers] - bytes[layers - 1] < (size_t)STEPS * SEQUENCES * H * sizeof(float));
        rnn_destroy(model);
        rnn_config_destroy(config);
    }
}

/* Networks that need whole sequences keep all steps. */
static void whole_sequences_are_kept(void **state)
{
    (void)state;
    static const int64_t both = RNN_DIRECTION_BOTH, forward = RNN_DIRECTION_FORWARD;
    rnn_model *models[] = {create(&networks[1], both, RNN_OUTPUT_EVERY_STEP),
                           create(&networks[1], RNN_DIRECTION_REVERSE, RNN_OUTPUT_EVERY_STEP),
                           create(&networks[1], forward, RNN_OUTPUT_MEAN)};
    for (size_t i = 0; i < 3; i++) {
        assert_true(bytes_for(models[i], 0, 100000, 1) > 50 * bytes_for(models[i], 0, 1000, 1));
        rnn_destroy(models[i]);
    }
}

/* Reserved for many steps of many sequences, every shorter run of fewer finds its memory. */
static void reserved_runs_take_nothing(void **state)
{
    (void)state;
    const struct network *network = &networks[0];
    struct data d = draw(5);
    static const size_t batches[] = {1, 2, 7, 9, 40, 64}, lengths[] = {1, 127, 129, 1025, T};
    float *x = calloc((size_t)T * 64 * I, sizeof *x), *y = calloc((size_t)T * 64 * H, sizeof *y);
    rnn_model *model = create(network, RNN_DIRECTION_FORWARD, RNN_OUTPUT_EVERY_STEP);
    rnn_session *s = session_of(network, model, 1);
    assert_true(x && y);
    assert_ok(rnn_session_reserve(s, T, 64));
    taken = 0;
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++)
        for (size_t j = 0; j < sizeof lengths / sizeof *lengths; j++) {
            size_t rows = batches[i] * lengths[j];
            assert_ok(rnn_reset_state(s, batches[i]));
            assert_ok(rnn_forward(s, y, rows * H, x, rows * I, NULL, 0, lengths[j]));
        }
    assert_int_equal(taken, 0);
    rnn_session_destroy(s);
    rnn_destroy(model);
    free(x);
    free(y);
    free(d.x);
    free(d.tokens);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_runs_equal_pieces),          cmocka_unit_test(a_loss_knows_all_steps),
        cmocka_unit_test(memory_does_not_grow_with_steps), cmocka_unit_test(memory_does_not_grow_with_layers),
        cmocka_unit_test(whole_sequences_are_kept),        cmocka_unit_test(reserved_runs_take_nothing),
    };
    return run_with_all_kernels(tests, sizeof tests / sizeof *tests);
}
