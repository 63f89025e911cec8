/* The library held to the double-precision reference: every cell in every shape, and the state between runs. */
#include "oracle/network_pair.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- shapes ----------------------------------------------------------------------------------------------------- */

static void check_network(struct reference network, size_t steps, size_t batch, uint64_t seed)
{
    struct network_pair pair = pair_open(network, seed);
    pair_check(&pair, steps, batch, RAGGED);
    pair_check(&pair, steps, batch, FULL);
    pair_close(&pair);
}

/* Mostly not multiples of the width of any vector. */
static const size_t sizes[] = {1, 2, 3, 5, 7, 8, 13, 16, 17, 31, 33, 64, 65, 100};
#define SIZES (sizeof sizes / sizeof *sizes)

static void test_sizes(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIZES; i++) {
        size_t hidden = sizes[i], other = sizes[(5 * i + 3) % SIZES], third = sizes[(3 * i + 1) % SIZES];
        check_network((struct reference){.inputs = other, .hidden = hidden, .layers = 1, .classes = third}, 5, 3, 1);
        check_network((struct reference){.inputs = third, .hidden = hidden, .layers = 2}, 4, 8, 2);
        check_network((struct reference){.vocabulary = other, .hidden = hidden, .layers = 2, .classes = other}, 6, 2,
                      3);
        check_network(
            (struct reference){.vocabulary = third, .embedding = other, .hidden = hidden, .layers = 1, .classes = 5}, 3,
            17, 4);
    }
}

/* Every network once at each of the first sizes, the inputs being real numbers, tokens and embedded tokens in turn.
 * Not smaller ones, for layer normalisation of few numbers is hardly more than their sign. */
static void test_sizes_of_all_cells(void **state)
{
    (void)state;
    const size_t begin = 4, count = 7;
    for (size_t number = 0; number < pair_networks; number++)
        for (size_t i = 0; i < 3; i++) {
            size_t hidden = sizes[begin + (number + 2 * i) % count], other = sizes[(number + 3 * i) % count];
            struct reference network = pair_network(number, i == 0 ? other : 0, hidden, 1 + i % 2, i == 1 ? 0 : 5);
            network.vocabulary = i == 0 ? 0 : other;
            network.embedding = i == 2 ? 3 : 0;
            check_network(network, 4, i == 1 ? 9 : 3, number);
        }
}

static void test_short_runs(void **state)
{
    (void)state;
    for (size_t number = 0; number < pair_networks; number++) {
        struct network_pair pair = pair_open(pair_network(number, 3, 9, number % 3 ? 2 : 3, 4), 5);
        for (enum lengths lengths = FULL; lengths <= EMPTY; lengths++) {
            pair_check(&pair, 1, 1, lengths);
            pair_check(&pair, 1, 6, lengths);
            pair_check(&pair, 7, 1, lengths);
            pair_check(&pair, 7, 6, lengths);
        }
        pair_close(&pair);
    }
}

static void test_only_empty_sequences(void **state)
{
    (void)state;
    for (size_t number = 0; number < pair_networks; number++) {
        struct reference network = pair_network(number, 0, 9, 2, 4);
        network.vocabulary = 6;
        network.embedding = 3;
        struct network_pair pair = pair_open(network, 7);
        pair_check(&pair, 4, 3, EMPTY);
        for (size_t kind = 0; kind < STATE_KINDS; kind++) {
            assert_memory_equal(pair.final[kind], pair.initial[kind], pair_states(&pair, kind) * sizeof(float));
            assert_memory_equal(pair.dinitial[kind], pair.dfinal[kind], pair_states(&pair, kind) * sizeof(float));
        }
        float *gradients;
        size_t count;
        assert_ok(rnn_session_gradients(pair.session, &gradients, &count));
        for (size_t i = 0; i < count; i++)
            assert_true(gradients[i] == 0);
        assert_true(pair.loss == 0);
        pair_close(&pair);
    }
}

/* Long, and with more rows in a step than are multiplied without the BLAS. */
static void test_large(void **state)
{
    (void)state;
    check_network((struct reference){.inputs = 37, .hidden = 130, .layers = 2, .classes = 41}, 40, 9, 8);
    check_network((struct reference){.cell = RNN_CELL_LSTM, .inputs = 19, .hidden = 34, .layers = 1}, 3, 200, 8);
    check_network((struct reference){.cell = RNN_CELL_GRU, .vocabulary = 19, .hidden = 34, .layers = 1}, 3, 200, 8);
}

/* ---- state ------------------------------------------------------------------------------------------------------ */

/* Every piece of a training run has masks of its own, so a run in pieces is one of inference. */
static void check_pieces(struct reference network, enum lengths lengths)
{
    struct network_pair pair = pair_open(network, 9);
    if (pair_has_masks(&network))
        pair_session(&pair, RNN_INFERENCE);
    pair_data(&pair, 12, 5, lengths);
    reference_forward(&pair.r);
    pair_begin(&pair, pair.session);
    pair_piece(&pair, pair.session, 0, 5);
    pair_piece(&pair, pair.session, 5, 1);
    pair_piece(&pair, pair.session, 6, 6);
    pair_end(&pair, pair.session);
    assert_no_difference(pair_different_forward(&pair), &pair);
    pair_close(&pair);
}

static void test_pieces_equal_one_run(void **state)
{
    (void)state;
    for (size_t number = 0; number < pair_networks; number++)
        for (enum lengths lengths = FULL; lengths <= RAGGED; lengths++) {
            struct reference network = pair_network(number, 3, 19, 2, 4);
            network.output = RNN_OUTPUT_EVERY_STEP;
            if (pair_goes_forward(&network))
                check_pieces(network, lengths);
        }
}

/* Steps take expectations, in a training session too.  A step of a network with one output for each sequence is a run
 * of one step, whose output is that of the step. */
static void check_steps(struct reference network, size_t batch, int32_t mode)
{
    struct network_pair pair = pair_open(network, 10);
    pair.r.output = RNN_OUTPUT_EVERY_STEP;
    pair_session(&pair, mode);
    pair.r.training = 0;
    pair_data(&pair, 11, batch, FULL);
    reference_forward(&pair.r);
    pair_begin(&pair, pair.session);
    size_t n = batch * reference_outputs(&pair.r), inputs = batch * network.inputs;
    for (size_t step = 0; step < pair.r.steps; step++)
        if (network.vocabulary)
            assert_ok(rnn_step_tokens(pair.session, pair.y + step * n, n, pair.tokens + step * batch, batch));
        else
            assert_ok(rnn_step(pair.session, pair.y + step * n, n, pair.x + step * inputs, inputs));
    pair_end(&pair, pair.session);
    assert_no_difference(pair_different_forward(&pair), &pair);
    pair_close(&pair);
}

static void test_steps_equal_one_run(void **state)
{
    (void)state;
    const size_t batches[] = {1, 2, 7, 16};
    for (size_t i = 0; i < 4; i++)
        for (int32_t mode = RNN_INFERENCE; mode <= RNN_TRAINING; mode++) {
            check_steps((struct reference){.inputs = 5, .hidden = 33, .layers = 2, .classes = 6}, batches[i], mode);
            check_steps((struct reference){.inputs = 2, .hidden = 8, .layers = 1}, batches[i], mode);
            check_steps((struct reference){.vocabulary = 9, .hidden = 13, .layers = 1, .classes = 9}, batches[i], mode);
            check_steps((struct reference){.vocabulary = 9, .embedding = 4, .hidden = 13, .layers = 3, .classes = 2},
                        batches[i], mode);
        }
}

static void test_steps_of_all_cells(void **state)
{
    (void)state;
    for (size_t number = 0; number < pair_networks; number++)
        for (size_t batch = 1; batch < 6; batch += 4)
            for (int32_t mode = RNN_INFERENCE; mode <= RNN_TRAINING; mode++) {
                struct reference network = pair_network(number, 5, 17, 1 + number % 3, batch == 1 ? 4 : 0);
                struct reference tokens = pair_network(number, 0, 17, 1 + number % 2, 4);
                tokens.vocabulary = 6;
                tokens.embedding = batch == 1 ? 3 : 0;
                if (pair_goes_forward(&network)) {
                    check_steps(network, batch, mode);
                    check_steps(tokens, batch, mode);
                }
            }
}

static void check_inference(struct reference network, enum lengths lengths)
{
    struct network_pair pair = pair_open(network, 11);
    pair_session(&pair, RNN_INFERENCE);
    for (size_t batch = 1; batch < 20; batch += 9) {
        pair_data(&pair, 6, batch, lengths);
        reference_forward(&pair.r);
        pair_forward(&pair);
        assert_no_difference(pair_different_forward(&pair), &pair);
    }
    pair_close(&pair);
}

static void test_inference_equals_training(void **state)
{
    (void)state;
    for (size_t number = 0; number < pair_networks; number++)
        for (enum lengths lengths = FULL; lengths <= EMPTY; lengths++) {
            check_inference(pair_network(number, 5, 13, 1 + number % 3, 6), lengths);
            check_inference(pair_network(number, 5, 13, 1 + (number + 1) % 3, 0), lengths);
        }
}

static void check_zero_states(struct network_pair *pair)
{
    assert_ok(rnn_reset_state(pair->session, pair->r.batch));
    pair_end(pair, pair->session);
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        for (size_t i = 0; i < pair_states(pair, kind); i++)
            assert_true(pair->final[kind][i] == 0);
}

static void check_state_access(struct reference network)
{
    struct network_pair pair = pair_open(network, 12);
    pair_data(&pair, 3, 4, FULL);
    for (int again = 0; again < 2; again++) {
        check_zero_states(&pair);
        pair_begin(&pair, pair.session);
        pair_end(&pair, pair.session);
        for (size_t kind = 0; kind < STATE_KINDS; kind++)
            assert_memory_equal(pair.final[kind], pair.initial[kind], pair_states(&pair, kind) * sizeof(float));
    }
    reference_forward(&pair.r); /* where only the state is wanted */
    assert_ok(rnn_forward(pair.session, NULL, 0, pair.x, pair_rows(&pair) * network.inputs, NULL, 0, 3));
    pair_end(&pair, pair.session);
    assert_true(pair_same_states(&pair, pair.final, pair.r.final));
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        if (!pair_states(&pair, kind)) {
            float none;
            assert_fails(rnn_session_get_state(pair.session, RNN_STATE_H + (int32_t)kind, &none, 1), RNN_E_VALUE);
            assert_fails(rnn_session_set_state(pair.session, RNN_STATE_H + (int32_t)kind, &none, 1), RNN_E_VALUE);
        }
    pair_close(&pair);
}

static void test_state_access(void **state)
{
    (void)state;
    for (size_t number = 0; number < pair_networks; number++)
        check_state_access(pair_network(number, 2, 11, 2, 3));
}

/* An encoder without a head hands its final state to a decoder; the loss is the decoder's alone, so all that reaches
 * the encoder comes through the gradient of the state. */
static void check_encoder_and_decoder(struct reference network, struct reference decoder_network)
{
    struct network_pair encoder = pair_open(network, 13), decoder = pair_open(decoder_network, 14);
    pair_data(&encoder, 6, 4, RAGGED);
    pair_data(&decoder, 5, 4, RAGGED);
    memset(encoder.dy, 0, pair_outputs(&encoder) * sizeof *encoder.dy);
    memset(encoder.r.dy, 0, pair_outputs(&encoder) * sizeof *encoder.r.dy);

    pair_forward(&encoder);
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        memcpy(decoder.initial[kind], encoder.final[kind], pair_states(&encoder, kind) * sizeof(float));
    pair_run_library(&decoder);
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        memcpy(encoder.dfinal[kind], decoder.dinitial[kind], pair_states(&encoder, kind) * sizeof(float));
    pair_backward(&encoder);

    reference_forward(&encoder.r);
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        memcpy(decoder.r.initial[kind], encoder.r.final[kind], pair_states(&encoder, kind) * sizeof(double));
    pair_run_reference(&decoder);
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        memcpy(encoder.r.dfinal[kind], decoder.r.dinitial[kind], pair_states(&encoder, kind) * sizeof(double));
    reference_backward(&encoder.r);

    assert_no_difference(pair_different(&encoder), &encoder);
    assert_no_difference(pair_different(&decoder), &decoder);
    for (size_t i = 0; i < encoder.r.parameter_count && network.cell == RNN_CELL_TANH && !network.output; i++)
        assert_true(encoder.r.gradients[i] != 0);
    pair_close(&encoder);
    pair_close(&decoder);
}

static void test_encoder_and_decoder(void **state)
{
    (void)state;
    for (size_t number = 0; number < pair_networks; number++) {
        struct reference decoder = pair_network(number, 0, 10, 2, 7);
        decoder.vocabulary = 7;
        check_encoder_and_decoder(pair_network(number, 3, 10, 2, 0), decoder);
    }
}

static double sum_of_magnitudes(const float *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += fabs((double)values[i]);
    return sum;
}

/* A run whose only loss is on the final state, with dy left out or given as zeros. */
static void check_loss_on_the_state_alone(struct reference network)
{
    struct network_pair pair = pair_open(network, 5);
    float *gradients;
    size_t count;
    pair_data(&pair, 5, 3, RAGGED);
    memset(pair.dy, 0, pair_outputs(&pair) * sizeof *pair.dy);
    memset(pair.r.dy, 0, pair_outputs(&pair) * sizeof *pair.r.dy);
    assert_ok(rnn_session_seed_dropout(pair.session, 5));
    pair_forward(&pair);
    pair_backward(&pair);
    assert_ok(rnn_session_gradients(pair.session, &gradients, &count));
    float *with_dy = malloc(count * sizeof *with_dy);
    assert_non_null(with_dy);
    memcpy(with_dy, gradients, count * sizeof *with_dy);
    pair_zero_gradients(&pair);
    assert_ok(rnn_session_seed_dropout(pair.session, 5));
    pair_forward(&pair);
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        if (pair_states(&pair, kind))
            assert_ok(rnn_session_set_state_gradient(pair.session, RNN_STATE_H + (int32_t)kind, pair.dfinal[kind],
                                                     pair_states(&pair, kind)));
    assert_ok(rnn_backward(pair.session, NULL, 0, NULL, 0));
    assert_memory_equal(with_dy, gradients, count * sizeof *with_dy);
    assert_true(sum_of_magnitudes(gradients, count) > 0.01);
    free(with_dy);
    pair_close(&pair);
}

static void test_loss_on_the_state_alone(void **state)
{
    (void)state;
    for (size_t number = 0; number < pair_networks; number++)
        for (size_t classes = 0; classes <= 3; classes += 3)
            check_loss_on_the_state_alone(pair_network(number, 2, 7, 2, classes));
}

/* A gradient of the final state is for one backward pass: without a new one, the next takes 0; so do all kinds but the
 * `only` one of which it is given again. */
static void check_state_gradient_is_used_once(struct reference network, size_t only)
{
    struct network_pair pair = pair_open(network, 15);
    pair_check(&pair, 5, 3, RAGGED);
    pair_zero_gradients(&pair);
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        if (kind != only)
            memset(pair.r.dfinal[kind], 0, pair_states(&pair, kind) * sizeof(double));
    pair_forward(&pair);
    pair_run_reference(&pair);
    pair_poison(&pair, pair.dy, reference_rows(&pair.r), reference_outputs(&pair.r));
    if (only < STATE_KINDS)
        assert_ok(rnn_session_set_state_gradient(pair.session, RNN_STATE_H + (int32_t)only, pair.dfinal[only],
                                                 pair_states(&pair, only)));
    assert_ok(rnn_backward(pair.session, NULL, 0, pair.dy, pair_outputs(&pair))); /* and no dx */
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        if (pair_states(&pair, kind))
            assert_ok(rnn_session_get_state_gradient(pair.session, RNN_STATE_H + (int32_t)kind, pair.dinitial[kind],
                                                     pair_states(&pair, kind)));
    assert_true(pair_same_states(&pair, pair.dinitial, pair.r.dinitial));
    assert_no_difference(pair_different_gradient(&pair), &pair);
    pair_close(&pair);
}

static void test_state_gradient_is_used_once(void **state)
{
    (void)state;
    for (size_t number = 0; number < pair_networks; number++) {
        struct reference network = pair_network(number, 3, 10, 2, 0);
        check_state_gradient_is_used_once(network, STATE_KINDS);
        check_state_gradient_is_used_once(network, STATE_H);
        if (network.cell == RNN_CELL_LSTM || network.cell == RNN_CELL_SLSTM)
            check_state_gradient_is_used_once(network, STATE_C);
    }
}

/* ---- memory that grows ------------------------------------------------------------------------------------------ */

static void check_runs_of_changing_size(struct reference network)
{
    struct network_pair pair = pair_open(network, 21);
    pair_check(&pair, 2, 1, FULL);
    pair_check(&pair, 30, 7, RAGGED);
    pair_check(&pair, 3, 40, RAGGED);
    pair_check(&pair, 100, 2, RAGGED);
    assert_ok(rnn_session_reserve(pair.session, 30, 30));
    pair_check(&pair, 4, 3, RAGGED);
    pair_check(&pair, 30, 30, FULL);
    pair_check(&pair, 1, 1, FULL);
    pair_close(&pair);
}

static void test_runs_of_changing_size(void **state)
{
    (void)state;
    check_runs_of_changing_size((struct reference){.inputs = 3, .hidden = 18, .layers = 2, .classes = 5});
    for (size_t number = 3; number < pair_networks; number += 4)
        check_runs_of_changing_size(pair_network(number, 3, 5, 2, 5));
}

/* The state outlives growth between two calls. */
static void check_growth_keeps_state(struct reference network)
{
    struct network_pair pair = pair_open(network, 22);
    if (pair_has_masks(&network))
        pair_session(&pair, RNN_INFERENCE);
    pair_data(&pair, 50, 6, RAGGED);
    reference_forward(&pair.r);
    pair_begin(&pair, pair.session);
    pair_piece(&pair, pair.session, 0, 1);
    pair_piece(&pair, pair.session, 1, 15);
    assert_ok(rnn_session_reserve(pair.session, 250, 20));
    pair_piece(&pair, pair.session, 16, 34);
    pair_end(&pair, pair.session);
    assert_no_difference(pair_different_forward(&pair), &pair);
    pair_close(&pair);
}

static void test_growth_keeps_state(void **state)
{
    (void)state;
    for (size_t number = 0; number < pair_networks; number++) {
        struct reference network = pair_network(number, 3, 8, 2, 5);
        network.output = RNN_OUTPUT_EVERY_STEP;
        if (pair_goes_forward(&network))
            check_growth_keeps_state(network);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_sizes_of_all_cells),
        cmocka_unit_test(test_short_runs),
        cmocka_unit_test(test_only_empty_sequences),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_pieces_equal_one_run),
        cmocka_unit_test(test_steps_equal_one_run),
        cmocka_unit_test(test_steps_of_all_cells),
        cmocka_unit_test(test_inference_equals_training),
        cmocka_unit_test(test_state_access),
        cmocka_unit_test(test_encoder_and_decoder),
        cmocka_unit_test(test_loss_on_the_state_alone),
        cmocka_unit_test(test_state_gradient_is_used_once),
        cmocka_unit_test(test_runs_of_changing_size),
        cmocka_unit_test(test_growth_keeps_state),
    };
    return run_with_all_products(tests, sizeof tests / sizeof *tests);
}
