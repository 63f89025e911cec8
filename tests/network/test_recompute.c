/* Training with recomputation gives what training without it gives, in a fraction of the memory. */
#include "support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/share.h"

enum { T = 23, B = 5, I = 4, V = 9, H = 12, L = 2, C = 3 };

struct network {
    int64_t cell, vocabulary, embedding, layers;
    double dropout, zoneout;
};

static const struct network networks[] = {
    {RNN_CELL_TANH, 0, 0, 1, 0, 0},       {RNN_CELL_LSTM, 0, 0, L, 0, 0},
    {RNN_CELL_LSTM, 0, 0, L, 0.3, 0.2},   {RNN_CELL_GRU, V, 0, 1, 0, 0},
    {RNN_CELL_GRU, V, 6, L, 0.2, 0},      {RNN_CELL_SLSTM, 0, 0, L, 0, 0},
    {RNN_CELL_TANH, 0, 0, L, 0, 0.3},     {RNN_CELL_MINGRU, V, 0, L, 0.1, 0},
    {RNN_CELL_INDRNN, 0, 0, L, 0.2, 0.2}, {RNN_CELL_MINGRU_HIGHWAY, V, H, L, 0.1, 0.2},
};
#define NETWORKS (sizeof networks / sizeof *networks)

static rnn_model *create(const struct network *network)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, network->cell));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, network->vocabulary ? 0 : I));
    assert_ok(rnn_config_set_int(config, RNN_VOCABULARY, network->vocabulary));
    assert_ok(rnn_config_set_int(config, RNN_EMBEDDING_SIZE, network->embedding));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, H));
    assert_ok(rnn_config_set_int(config, RNN_LAYERS, network->layers));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, C));
    assert_ok(rnn_config_set_real(config, RNN_DROPOUT, network->dropout));
    assert_ok(rnn_config_set_real(config, RNN_ZONEOUT, network->zoneout));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

struct data {
    float x[T * B * I], dy[T * B * C], state[L * B * H];
    int32_t tokens[T * B], lengths[B];
};

static struct data draw(uint64_t seed)
{
    struct data d;
    fill_uniform(d.x, T * B * I, &seed);
    fill_uniform(d.dy, T * B * C, &seed);
    fill_uniform(d.state, L * B * H, &seed);
    for (size_t i = 0; i < T * B; i++)
        d.tokens[i] = (int32_t)((uniform(&seed) + 1) / 2 * V);
    for (size_t b = 0; b < B; b++)
        d.lengths[b] = (int32_t)(b * 7 % (T + 1));
    return d;
}

/* What two runs of training leave behind. */
struct legacy {
    float y[2][T * B * C], dx[2][T * B * I], states[2][L * B * H], dstates[2][L * B * H];
    float *gradients;
    size_t count;
};

static void forward(rnn_session *s, const struct network *network, float *y, const struct data *d, int ragged)
{
    size_t y_count = y ? (size_t)T * B * C : 0;
    const int32_t *lengths = ragged ? d->lengths : NULL;
    size_t lengths_count = ragged ? B : 0;
    if (network->vocabulary)
        assert_ok(rnn_forward_tokens(s, y, y_count, d->tokens, T * B, lengths, lengths_count, T));
    else
        assert_ok(rnn_forward(s, y, y_count, d->x, (size_t)T * B * I, lengths, lengths_count, T));
}

static struct legacy live(const struct network *network, const struct data *d, size_t segment, size_t threads,
                          int ragged)
{
    struct legacy legacy;
    rnn_model *model = create(network);
    rnn_session *s;
    size_t states = (size_t)network->layers * B * H, dx_count = network->vocabulary ? 0 : (size_t)T * B * I;
    float *gradients;
    memset(&legacy, 0, sizeof legacy);
    assert_ok(rnn_session_create(&s, model, RNN_TRAINING));
    assert_ok(rnn_session_set_threads(s, threads));
    assert_ok(rnn_session_set_recompute(s, segment));
    assert_ok(rnn_reset_state(s, B));
    assert_ok(rnn_session_set_state(s, RNN_STATE_H, d->state, states));
    for (int run = 0; run < 2; run++) {
        forward(s, network, legacy.y[run], d, ragged);
        assert_ok(rnn_session_set_state_gradient(s, RNN_STATE_H, d->state, states));
        assert_ok(rnn_backward(s, dx_count ? legacy.dx[run] : NULL, dx_count, run ? d->dy : legacy.y[run],
                               (size_t)T * B * C));
        assert_ok(rnn_session_get_state(s, RNN_STATE_H, legacy.states[run], states));
        assert_ok(rnn_session_get_state_gradient(s, RNN_STATE_H, legacy.dstates[run], states));
    }
    assert_ok(rnn_session_gradients(s, &gradients, &legacy.count));
    legacy.gradients = malloc(legacy.count * sizeof *gradients);
    assert_non_null(legacy.gradients);
    memcpy(legacy.gradients, gradients, legacy.count * sizeof *gradients);
    rnn_session_destroy(s);
    rnn_destroy(model);
    return legacy;
}

/* All to the bit, but for the sums over time. */
static void compare(const struct legacy *a, const struct legacy *b)
{
    assert_memory_equal(a->y, b->y, sizeof a->y);
    assert_memory_equal(a->dx, b->dx, sizeof a->dx);
    assert_memory_equal(a->states, b->states, sizeof a->states);
    assert_memory_equal(a->dstates, b->dstates, sizeof a->dstates);
    assert_int_equal(a->count, b->count);
    double largest = 0;
    for (size_t i = 0; i < a->count; i++) {
        double size = fabs((double)a->gradients[i]);
        largest = size > largest ? size : largest;
    }
    assert_true(largest > 0.1);
    for (size_t i = 0; i < a->count; i++)
        assert_close((double)b->gradients[i], (double)a->gradients[i], 1e-5 * largest);
}

static void segments_equal_the_whole(void **state)
{
    (void)state;
    static const size_t segments[] = {1, 2, 5, 7, 22, 23, 100};
    for (size_t n = 0; n < NETWORKS; n++)
        for (int ragged = 0; ragged < 2; ragged++) {
            struct data d = draw(n + 1);
            struct legacy whole = live(&networks[n], &d, 0, 1, ragged);
            for (size_t i = 0; i < sizeof segments / sizeof *segments; i++) {
                struct legacy parts = live(&networks[n], &d, segments[i], THREADS(i == 1 ? 2 : 1), ragged);
                compare(&whole, &parts);
                free(parts.gradients);
            }
            free(whole.gradients);
        }
}

/* A state set between forward and backward is still there afterwards, and outputs need not be asked for. */
static void what_is_not_of_the_run_stays(void **state)
{
    (void)state;
    rnn_model *model = create(&networks[1]);
    rnn_session *s;
    struct data d = draw(3);
    float found[L * B * H];
    assert_ok(rnn_session_create(&s, model, RNN_TRAINING));
    assert_ok(rnn_session_set_recompute(s, 5));
    assert_ok(rnn_session_reserve(s, T, B));
    assert_ok(rnn_reset_state(s, B));
    forward(s, &networks[1], NULL, &d, 1);
    assert_ok(rnn_session_set_state(s, RNN_STATE_H, d.state, L * B * H));
    assert_ok(rnn_backward(s, NULL, 0, NULL, 0));
    assert_ok(rnn_session_get_state(s, RNN_STATE_H, found, L * B * H));
    assert_memory_equal(found, d.state, sizeof found);
    assert_fails(rnn_backward(s, NULL, 0, NULL, 0), RNN_E_STATE);
    forward(s, &networks[1], NULL, &d, 1);
    assert_ok(rnn_session_set_recompute(s, 6));
    assert_fails(rnn_backward(s, NULL, 0, NULL, 0), RNN_E_STATE);
    forward(s, &networks[1], NULL, &d, 0);
    assert_fails(rnn_backward(s, NULL, 0, d.dy, 6 * B * C), RNN_E_SIZE);
    assert_ok(rnn_backward(s, NULL, 0, d.dy, (size_t)T * B * C));
    rnn_session_destroy(s);
    rnn_destroy(model);
}

static void refusals(void **state)
{
    (void)state;
    rnn_config *config;
    rnn_model *model;
    rnn_session *s;
    static const int64_t options[2][2] = {{RNN_DIRECTION, RNN_DIRECTION_BOTH}, {RNN_OUTPUT, RNN_OUTPUT_MEAN}};
    assert_fails(rnn_session_set_recompute(NULL, 4), RNN_E_NULL);
    for (size_t i = 0; i < 2; i++) {
        assert_ok(rnn_config_create(&config));
        assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, I));
        assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, H));
        assert_ok(rnn_config_set_int(config, (int32_t)options[i][0], options[i][1]));
        assert_ok(rnn_create(&model, config));
        assert_ok(rnn_session_create(&s, model, RNN_TRAINING));
        assert_fails(rnn_session_set_recompute(s, 4), RNN_E_UNSUPPORTED);
        rnn_session_destroy(s);
        rnn_destroy(model);
        rnn_config_destroy(config);
    }
    model = create(&networks[0]);
    assert_ok(rnn_session_create(&s, model, RNN_INFERENCE));
    assert_fails(rnn_session_set_recompute(s, 4), RNN_E_STATE);
    rnn_session_destroy(s);
    assert_ok(rnn_session_create(&s, model, RNN_TRAINING));
    assert_fails(rnn_session_set_recompute(s, (size_t)1 << 31), RNN_E_VALUE);
    rnn_session_destroy(s);
    rnn_destroy(model);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static size_t taken, fail_at; /* bytes taken since set to 0; which call from now on fails, 0: none */
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);

void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    if (fail_at && --fail_at == 0)
        return NULL;
    taken += count * size;
    return __real_rnni_memory_take(count, size);
}

static size_t bytes_for(size_t steps, size_t segment)
{
    rnn_model *model = create(&networks[1]);
    rnn_session *s;
    assert_ok(rnn_session_create(&s, model, RNN_TRAINING));
    assert_ok(rnn_session_set_recompute(s, segment));
    taken = 0;
    assert_ok(rnn_session_reserve(s, steps, B));
    size_t bytes = taken;
    rnn_session_destroy(s);
    rnn_destroy(model);
    return bytes;
}

/* Four times the steps take twice the memory, where all of them would take four times as much. */
static void memory_grows_with_the_root(void **state)
{
    (void)state;
    size_t whole = bytes_for(4096, 0), root = bytes_for(4096, 64), longer = bytes_for(16384, 128);
    print_message("4096 steps: %zu bytes, in segments of 64 steps %zu; 16384 in segments of 128: %zu\n", whole, root,
                  longer);
    assert_true(root * 20 < whole);
    assert_true(longer < root * 9 / 4);
}

/* Where memory fails, the run that was saved is still there. */
static void a_failure_loses_nothing(void **state)
{
    (void)state;
    struct data d = draw(9);
    static float x[8 * T * B * I], dx[2][T * B * I];
    for (int failing = 0; failing < 2; failing++) {
        rnn_model *model = create(&networks[1]);
        rnn_session *s;
        assert_ok(rnn_session_create(&s, model, RNN_TRAINING));
        assert_ok(rnn_session_set_recompute(s, 4));
        assert_ok(rnn_reset_state(s, B));
        forward(s, &networks[1], NULL, &d, 0);
        if (failing) {
            fail_at = 1; /* more states; there is nothing else that would have to grow */
            assert_fails(rnn_forward(s, NULL, 0, x, (size_t)8 * T * B * I, NULL, 0, (size_t)8 * T), RNN_E_MEMORY);
        }
        assert_ok(rnn_backward(s, dx[failing], (size_t)T * B * I, d.dy, (size_t)T * B * C));
        rnn_session_destroy(s);
        rnn_destroy(model);
    }
    assert_memory_equal(dx[0], dx[1], sizeof dx[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_equal_the_whole),
        cmocka_unit_test(what_is_not_of_the_run_stays),
        cmocka_unit_test(refusals),
        cmocka_unit_test(memory_grows_with_the_root),
        cmocka_unit_test(a_failure_loses_nothing),
    };
    rnni_share_from(0);
    rnni_team_insist(1);
    return run_with_all_kernels(tests, sizeof tests / sizeof *tests);
}
