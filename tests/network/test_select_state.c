/* rnn_session_select_state and rnn_session_next: against the states before, and against sequences that run alone.
 * Linked with
 * --wrap=rnni_memory_take. */
#include "support/decoders.h"

#include <stdlib.h>
#include <string.h>

static size_t takes, no_memory_at; /* blocks that were asked for; which of them is refused, 0: none */
void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    return ++takes == no_memory_at ? NULL : __real_rnni_memory_take(count, size);
}

enum { V = 5, C = 6, H = 4, L = 2, MOST_B = 40, MOST = 2 * L * MOST_B * H };

struct network {
    int64_t cell, direction, embedding, projection;
    int32_t mode, kinds; /* kinds of state */
};

static const struct network networks[] = {
    {RNN_CELL_TANH, RNN_DIRECTION_FORWARD, 0, 0, RNN_INFERENCE, 1},
    {RNN_CELL_GRU, RNN_DIRECTION_FORWARD, 3, 0, RNN_TRAINING, 1},
    {RNN_CELL_LSTM, RNN_DIRECTION_FORWARD, 0, 3, RNN_INFERENCE, 2},
    {RNN_CELL_SLSTM, RNN_DIRECTION_FORWARD, 0, 0, RNN_TRAINING, 4},
    {RNN_CELL_LSTM, RNN_DIRECTION_BOTH, 0, 0, RNN_INFERENCE, 2},
};
#define NETWORKS (sizeof networks / sizeof *networks)

static rnn_session *session_of(const struct network *network)
{
    rnn_config *config;
    rnn_model *model;
    rnn_session *session;
    const int64_t options[][2] = {{RNN_CELL, network->cell},
                                  {RNN_VOCABULARY, V},
                                  {RNN_EMBEDDING_SIZE, network->embedding},
                                  {RNN_HIDDEN_SIZE, H},
                                  {RNN_LAYERS, L},
                                  {RNN_PROJECTION_SIZE, network->projection},
                                  {RNN_CLASSES, C},
                                  {RNN_DIRECTION, network->direction}};
    assert_ok(rnn_config_create(&config));
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        assert_ok(rnn_config_set_int(config, (int32_t)options[i][0], options[i][1]));
    assert_ok(rnn_create(&model, config));
    assert_ok(rnn_session_create(&session, model, network->mode));
    rnn_destroy(model);
    rnn_config_destroy(config);
    return session;
}

static size_t width_of(const struct network *network, int32_t kind)
{
    return kind == RNN_STATE_H && network->projection ? (size_t)network->projection : H;
}

static size_t runs_of(const struct network *network)
{
    return network->direction == RNN_DIRECTION_BOTH ? 2 * L : L;
}

/* All kinds of state of `batch` sequences. */
struct states {
    float of[4][MOST];
};

static void fill(rnn_session *session, const struct network *network, struct states *states, size_t batch,
                 uint64_t *seed)
{
    assert_ok(rnn_reset_state(session, batch));
    for (int32_t s = 0; s < network->kinds; s++) {
        size_t count = runs_of(network) * batch * width_of(network, RNN_STATE_H + s);
        fill_uniform(states->of[s], count, seed);
        assert_ok(rnn_session_set_state(session, RNN_STATE_H + s, states->of[s], count));
    }
}

/* Whether the state is the rows of that of `batch` sequences before. */
static int is_selection(rnn_session *session, const struct network *network, const struct states *before, size_t batch,
                        const int32_t *rows, size_t count)
{
    float now[MOST];
    for (int32_t s = 0; s < network->kinds; s++) {
        size_t width = width_of(network, RNN_STATE_H + s), runs = runs_of(network);
        assert_ok(rnn_session_get_state(session, RNN_STATE_H + s, now, runs * count * width));
        for (size_t run = 0; run < runs; run++)
            for (size_t i = 0; i < count; i++)
                if (memcmp(now + (run * count + i) * width, before->of[s] + (run * batch + (size_t)rows[i]) * width,
                           width * sizeof *now))
                    return 0;
    }
    return 1;
}

static const int32_t forwards[] = {0, 1, 2}, backwards[] = {2, 1, 0}, repeated[] = {1, 1, 1, 0, 2, 2, 1, 0},
                     one[] = {2}, moved[] = {0, 0, 1};
static const struct selection {
    const int32_t *rows;
    size_t count;
} selections[] = {{forwards, 3}, {backwards, 3}, {repeated, 8}, {one, 1}, {moved, 3}, {forwards, 2}};
#define SELECTIONS (sizeof selections / sizeof *selections)

static void test_selections(void **state)
{
    struct states before;
    uint64_t seed = 1;
    (void)state;
    for (size_t n = 0; n < NETWORKS; n++) {
        rnn_session *session = session_of(&networks[n]);
        for (size_t i = 0; i < SELECTIONS; i++) {
            fill(session, &networks[n], &before, 3, &seed);
            assert_ok(rnn_session_select_state(session, selections[i].rows, selections[i].count));
            assert_true(is_selection(session, &networks[n], &before, 3, selections[i].rows, selections[i].count));
        }
        rnn_session_destroy(session);
    }
}

/* From one to many, beyond the room that there was. */
static void test_one_becomes_many(void **state)
{
    static const int32_t zeros[MOST_B];
    struct states before;
    uint64_t seed = 2;
    (void)state;
    for (size_t n = 0; n < NETWORKS; n++)
        for (size_t count = 1; count <= MOST_B; count += 13) {
            rnn_session *session = session_of(&networks[n]);
            fill(session, &networks[n], &before, 1, &seed);
            assert_ok(rnn_session_select_state(session, zeros, count));
            assert_true(is_selection(session, &networks[n], &before, 1, zeros, count));
            rnn_session_destroy(session);
        }
}

static void test_the_checker_finds_faults(void **state)
{
    struct states before;
    uint64_t seed = 3;
    (void)state;
    for (size_t n = 0; n < NETWORKS; n++) {
        rnn_session *session = session_of(&networks[n]);
        fill(session, &networks[n], &before, 3, &seed);
        assert_ok(rnn_session_select_state(session, moved, 3));
        assert_false(is_selection(session, &networks[n], &before, 3, forwards, 3));
        for (int32_t s = 0; s < networks[n].kinds; s++) {
            float *last = &before.of[s][runs_of(&networks[n]) * 3 * width_of(&networks[n], RNN_STATE_H + s) - H - 1];
            *last += 1; /* of sequence 1, in the last layer */
            assert_false(is_selection(session, &networks[n], &before, 3, moved, 3));
            *last -= 1;
        }
        rnn_session_destroy(session);
    }
}

static void test_the_saved_run_is_discarded(void **state)
{
    static const int32_t tokens[3];
    float dy[3 * C] = {0};
    (void)state;
    for (size_t i = 0; i < 2; i++) { /* also where nothing has to be moved */
        rnn_session *session = session_of(&networks[1]);
        assert_ok(rnn_reset_state(session, 3));
        assert_ok(rnn_forward_tokens(session, NULL, 0, tokens, 3, NULL, 0, 1));
        assert_fails(rnn_session_select_state(session, repeated, 0), RNN_E_VALUE);
        assert_ok(rnn_backward(session, NULL, 0, dy, 3 * C));
        assert_ok(rnn_forward_tokens(session, NULL, 0, tokens, 3, NULL, 0, 1));
        assert_ok(rnn_session_select_state(session, i ? forwards : backwards, 3));
        assert_fails(rnn_backward(session, NULL, 0, dy, 3 * C), RNN_E_STATE);
        rnn_session_destroy(session);
    }
}

/* ---- rnn_session_next -------------------------------------------------------------------------------------------- */

/* Every row as its own session that has read the same tokens. */
static void test_next(void **state)
{
    static const int32_t parents[3][4] = {{0}, {0, 0, 0}, {2, 0, 2, 1}}, tokens[3][4] = {{4}, {1, 2, 3}, {0, 0, 4, 2}};
    static const size_t rows[3] = {1, 3, 4};
    static const int32_t read[4][3] = {{4, 3, 0}, {4, 1, 0}, {4, 3, 4}, {4, 2, 2}};
    (void)state;
    for (size_t n = 0; n < 4; n++) {
        rnn_session *session = session_of(&networks[n]), *alone = session_of(&networks[n]);
        float logits[4 * C], expected[3 * C];
        for (size_t i = 0; i < 3; i++)
            assert_ok(rnn_session_next(session, logits, rows[i] * C, tokens[i], parents[i], rows[i]));
        for (size_t i = 0; i < 4; i++) {
            assert_ok(rnn_reset_state(alone, 1));
            for (size_t t = 0; t < 3; t++)
                assert_ok(rnn_step_tokens(alone, expected, C, &read[i][t], 1));
            assert_memory_equal(logits + i * C, expected, C * sizeof *logits);
        }
        rnn_session_destroy(session);
        rnn_session_destroy(alone);
    }
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

static void refused(int32_t actual, int32_t expected, rnn_session *session, const struct network *network,
                    const struct states *before)
{
    assert_fails(actual, expected);
    assert_string_equal(rnn_last_error(), rnn_session_last_error(session));
    assert_true(is_selection(session, network, before, 3, forwards, 3));
}

static void test_errors_of_select(void **state)
{
    static const int32_t beyond[] = {0, 3}, negative[] = {-1};
    struct states before;
    uint64_t seed = 4;
    (void)state;
    for (size_t n = 0; n < NETWORKS; n++) {
        rnn_session *s = session_of(&networks[n]);
        fill(s, &networks[n], &before, 3, &seed);
        assert_fails(rnn_session_select_state(NULL, forwards, 3), RNN_E_NULL);
        refused(rnn_session_select_state(s, NULL, 3), RNN_E_NULL, s, &networks[n], &before);
        refused(rnn_session_select_state(s, forwards, 0), RNN_E_VALUE, s, &networks[n], &before);
        refused(rnn_session_select_state(s, forwards, SIZE_MAX), RNN_E_VALUE, s, &networks[n], &before);
        refused(rnn_session_select_state(s, beyond, 2), RNN_E_VALUE, s, &networks[n], &before);
        refused(rnn_session_select_state(s, negative, 1), RNN_E_VALUE, s, &networks[n], &before);
        for (size_t at = 1; at <= 2; at++) { /* the copy, the larger workspace */
            takes = 0;
            no_memory_at = at;
            refused(rnn_session_select_state(s, repeated, 8), RNN_E_MEMORY, s, &networks[n], &before);
            no_memory_at = 0;
        }
        assert_ok(rnn_session_select_state(s, repeated, 8));
        rnn_session_destroy(s);
    }
}

static void test_errors_of_next(void **state)
{
    static const int32_t tokens[] = {0, 1, 2, 3, 4, 0, 1, 2}, beyond[] = {0, 3}, wrong[] = {0, V}, negative[] = {-1, 0};
    const struct network *network = &networks[2];
    rnn_session *s = session_of(network), *both = session_of(&networks[4]);
    struct states before;
    float logits[8 * C], untouched[8 * C];
    uint64_t seed = 5;
    (void)state;
    memset(logits, 0x5A, sizeof logits);
    memset(untouched, 0x5A, sizeof untouched);
    fill(s, network, &before, 3, &seed);
    assert_fails(rnn_session_next(NULL, logits, 2 * C, tokens, forwards, 2), RNN_E_NULL);
    refused(rnn_session_next(s, NULL, 2 * C, tokens, forwards, 2), RNN_E_NULL, s, network, &before);
    refused(rnn_session_next(s, NULL, 0, tokens, forwards, 2), RNN_E_NULL, s, network, &before);
    refused(rnn_session_next(s, logits, 2 * C, NULL, forwards, 2), RNN_E_NULL, s, network, &before);
    refused(rnn_session_next(s, logits, 2 * C, tokens, NULL, 2), RNN_E_NULL, s, network, &before);
    refused(rnn_session_next(s, logits, 2 * C + 1, tokens, forwards, 2), RNN_E_SIZE, s, network, &before);
    refused(rnn_session_next(s, logits, 2 * C, tokens, forwards, 0), RNN_E_VALUE, s, network, &before);
    refused(rnn_session_next(s, logits, 2 * C, tokens, forwards, SIZE_MAX), RNN_E_VALUE, s, network, &before);
    refused(rnn_session_next(s, logits, 2 * C, tokens, beyond, 2), RNN_E_VALUE, s, network, &before);
    refused(rnn_session_next(s, logits, 2 * C, tokens, negative, 2), RNN_E_VALUE, s, network, &before);
    refused(rnn_session_next(s, logits, 2 * C, wrong, forwards, 2), RNN_E_VALUE, s, network, &before);
    refused(rnn_session_next(s, logits, 2 * C, negative, forwards, 2), RNN_E_VALUE, s, network, &before);
    for (no_memory_at = 1; no_memory_at <= 2; no_memory_at++) {
        takes = 0;
        refused(rnn_session_next(s, logits, 8 * C, tokens, repeated, 8), RNN_E_MEMORY, s, network, &before);
    }
    no_memory_at = 0;
    assert_fails(rnn_session_next(both, logits, C, tokens, forwards, 1), RNN_E_STATE); /* it wants whole sequences */
    assert_memory_equal(logits, untouched, sizeof logits);
    rnn_session_destroy(s);
    rnn_session_destroy(both);
}

static void test_a_network_of_real_values(void **state)
{
    rnn_config *config;
    rnn_model *model;
    rnn_session *session;
    float logits[C];
    const struct decoder_option options[] = {{RNN_MAXIMUM_LENGTH, 4}, {RNN_BEAM_WIDTH, 2}, {0, 0}};
    (void)state;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 3));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 2));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, C));
    assert_ok(rnn_create(&model, config));
    assert_ok(rnn_session_create(&session, model, RNN_INFERENCE));
    assert_fails(rnn_session_next(session, logits, C, forwards, forwards, 1), RNN_E_STATE);
    rnn_decoder *decoder = decoder_create(RNN_DECODER_BEAM, options);
    assert_fails(rnn_decoder_search(decoder, C, rnn_session_next, session), RNN_E_STATE); /* returned */
    rnn_decoder_destroy(decoder);
    rnn_session_destroy(session);
    rnn_destroy(model);
    rnn_config_destroy(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_selections),
        cmocka_unit_test(test_one_becomes_many),
        cmocka_unit_test(test_the_checker_finds_faults),
        cmocka_unit_test(test_the_saved_run_is_discarded),
        cmocka_unit_test(test_next),
        cmocka_unit_test(test_errors_of_select),
        cmocka_unit_test(test_errors_of_next),
        cmocka_unit_test(test_a_network_of_real_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
