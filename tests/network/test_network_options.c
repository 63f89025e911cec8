/* The library held to the double-precision reference: networks drawn at random from all options, the masks of dropout
 * and zoneout, and the comparison itself. */
#include "oracle/network_pair.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- all options with each other -------------------------------------------------------------------------------- */

static size_t pick(size_t end, uint64_t *seed)
{
    return (size_t)((uniform(seed) + 1) / 2 * (double)end);
}

/* One run of both over new data. Gives whether it was left undecided, rounding alone being as large. */
static int compare(struct network_pair *pair, size_t steps, size_t batch, enum lengths lengths)
{
    pair_data(pair, steps, batch, lengths);
    pair_zero_gradients(pair);
    pair_run_library(pair);
    pair_run_reference(pair);
    const char *difference = pair_different(pair);
    if (difference && pair_is_ill_conditioned(pair))
        return 1;
    assert_no_difference(difference, pair);
    return 0;
}

/* The same run in a session for inference. */
static void check_inference(struct network_pair *pair)
{
    pair_session(pair, RNN_INFERENCE);
    reference_forward(&pair->r);
    pair_forward(pair);
    assert_no_difference(pair_different_forward(pair), pair);
}

/* Of a few networks float32 cannot tell what they give, and hardly any of them is one of those. */
static void test_random_networks(void **state)
{
    (void)state;
    enum { NETWORKS = 400 };
    uint64_t seed = 2016;
    int undecided = 0;
    for (size_t i = 0; i < NETWORKS; i++) {
        struct network_pair pair = pair_open(reference_random(i % 8 ? 12 : 40, &seed), i);
        size_t steps = 1 + pick(8, &seed), batch = 1 + pick(10, &seed);
        undecided += compare(&pair, steps, batch, RAGGED);
        int full_undecided = compare(&pair, batch, steps, FULL);
        undecided += full_undecided;
        if (!full_undecided)
            check_inference(&pair);
        pair_close(&pair);
    }
    if (undecided > NETWORKS / 40)
        print_error("%d runs of %d networks were left undecided\n", undecided, NETWORKS);
    assert_true(undecided <= NETWORKS / 40);
}

/* Every activation in every place that has one. */
static void test_activations(void **state)
{
    (void)state;
    const int cells[] = {RNN_CELL_TANH, RNN_CELL_RELU, RNN_CELL_LSTM, RNN_CELL_GRU, RNN_CELL_MINGRU, RNN_CELL_INDRNN};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        for (int kind = RNN_ACTIVATION_TANH; kind <= RNN_ACTIVATION_AFFINE; kind++) {
            struct activation f = {.kind = kind};
            struct reference network = {.cell = cells[i], .inputs = 4, .hidden = 11, .layers = 1, .classes = 3};
            struct reference places[3] = {network, network, network};
            places[0].activation_f = f;
            places[1].activation_g = f;
            places[2].activation_h = f;
            size_t count = cells[i] == RNN_CELL_LSTM                                 ? 3
                           : cells[i] == RNN_CELL_GRU || cells[i] == RNN_CELL_MINGRU ? 2
                                                                                     : 1;
            for (size_t place = 0; place < count; place++) {
                struct network_pair pair = pair_open(places[place], (uint64_t)kind);
                assert_int_equal(compare(&pair, 4, 3, RAGGED), 0);
                pair_close(&pair);
            }
        }
}

/* ---- masks ------------------------------------------------------------------------------------------------------ */

static const struct reference masked = {.cell = RNN_CELL_LSTM,
                                        .inputs = 4,
                                        .hidden = 9,
                                        .layers = 2,
                                        .mask_seed = 77,
                                        .dropout = 0.4,
                                        .recurrent_dropout = 0.3,
                                        .zoneout = 0.2,
                                        .zoneout_cell = 0.1};

/* y of a run, which differs from that of others by the masks alone. */
static float *output(struct network_pair *pair)
{
    float *copy = malloc(pair_outputs(pair) * sizeof *copy);
    assert_non_null(copy);
    pair_forward(pair);
    memcpy(copy, pair->y, pair_outputs(pair) * sizeof *copy);
    return copy;
}

static int same_output(struct network_pair *pair, const float *y)
{
    pair_forward(pair);
    return memcmp(pair->y, y, pair_outputs(pair) * sizeof *y) == 0;
}

static void test_masks_of_a_seed(void **state)
{
    (void)state;
    struct network_pair pair = pair_open(masked, 30);
    pair_data(&pair, 6, 5, FULL);
    float *first = output(&pair), *second = output(&pair);
    assert_false(same_output(&pair, first));
    assert_memory_not_equal(first, second, pair_outputs(&pair) * sizeof *first);
    assert_ok(rnn_session_seed_dropout(pair.session, 78));
    assert_false(same_output(&pair, first));
    assert_ok(rnn_session_seed_dropout(pair.session, 77)); /* RNN_SEED, with which the session began */
    assert_true(same_output(&pair, first));
    assert_true(same_output(&pair, second));
    pair_session(&pair, RNN_TRAINING);
    assert_true(same_output(&pair, first));
    free(first);
    free(second);
    pair_close(&pair);
}

/* Every seed is one, and the reference agrees with each. */
static void test_seeds(void **state)
{
    (void)state;
    const int64_t seeds[] = {0, 1, -1, INT64_MAX, INT64_MIN};
    struct network_pair pair = pair_open(masked, 31);
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        assert_ok(rnn_session_seed_dropout(pair.session, seeds[i]));
        pair.r.mask_seed = (uint64_t)seeds[i];
        pair.runs = 0;
        pair_check(&pair, 4, 3, RAGGED);
        pair_check(&pair, 4, 3, FULL);
    }
    pair_close(&pair);
}

/* Of all calls only a rnn_forward that succeeds takes the next masks. */
static void test_what_takes_masks(void **state)
{
    (void)state;
    struct network_pair pair = pair_open(masked, 32);
    pair_data(&pair, 6, 5, FULL);
    float *first = output(&pair), *second = output(&pair), y[5 * 9];
    assert_ok(rnn_session_seed_dropout(pair.session, 77));
    assert_true(same_output(&pair, first));
    assert_fails(rnn_forward(pair.session, pair.y, 1, pair.x, pair_rows(&pair) * 4, NULL, 0, 6), RNN_E_SIZE);
    assert_ok(rnn_step(pair.session, y, 5 * 9, pair.x, 5 * 4));
    assert_ok(rnn_reset_state(pair.session, 3));
    assert_ok(rnn_session_reserve(pair.session, 20, 20));
    assert_true(same_output(&pair, second));
    pair_backward(&pair);
    free(first);
    free(second);
    pair_close(&pair);
}

static void test_inference_has_no_masks(void **state)
{
    (void)state;
    struct network_pair pair = pair_open(masked, 33);
    pair_session(&pair, RNN_INFERENCE);
    assert_fails(rnn_session_seed_dropout(pair.session, 77), RNN_E_STATE);
    pair_data(&pair, 6, 5, RAGGED);
    float *first = output(&pair);
    assert_true(same_output(&pair, first));
    free(first);
    pair_close(&pair);
}

/* How many of `count` numbers are 0, as a part of them. */
static double zeros_among(const float *values, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += !(values[i] < 0 || values[i] > 0);
    return (double)found / (double)count;
}

/* The reference takes its masks from the library, so their rate is looked at here: with weights of 0 and biases for
 * which h is always the same, a network hands on its own h and with dropout 0 in its place. */
static void test_rate_of_dropout(void **state)
{
    (void)state;
    for (double p = 0.25; p < 0.8; p += 0.25) {
        struct reference network = {.inputs = 1, .hidden = 16, .layers = 2, .dropout = p, .residual = 1};
        struct network_pair pair = pair_open(network, 34);
        struct places at = reference_places(&pair.r, 0, 0);
        float *parameters = calloc(pair.r.parameter_count, sizeof *parameters);
        assert_non_null(parameters);
        for (size_t i = 0; i < network.hidden; i++)
            parameters[at.bias_ih + i] = 1;
        assert_ok(rnn_model_set_parameters(pair.model, parameters, pair.r.parameter_count));
        pair_data(&pair, 50, 20, FULL);
        pair_forward(&pair);
        /* 16000 draws: a standard deviation of 0.004 */
        assert_true(fabs(zeros_among(pair.y, pair_outputs(&pair)) - p) < 0.02);
        for (size_t i = 0; i < pair_outputs(&pair); i++)
            assert_true(pair.y[i] == 0 || fabs((double)pair.y[i] - tanh(1) / (1 - p)) < 1e-5);
        free(parameters);
        pair_close(&pair);
    }
}

/* ---- the comparison itself -------------------------------------------------------------------------------------- */

/* Marks the faults that are noticed on this network and were not before, where the honest reference agrees. */
static void mark_noticed(int noticed[FAULT_END], struct reference network)
{
    struct network_pair pair = pair_open(network, 23);
    pair_check(&pair, 6, 5, RAGGED);
    pair_check(&pair, 6, 5, RAGGED); /* with masks that are not the first */
    for (int fault = FAULT_NONE + 1; fault < FAULT_END; fault++) {
        if (noticed[fault])
            continue;
        pair.r.fault = fault;
        reference_zero_gradients(&pair.r);
        pair_run_reference(&pair);
        noticed[fault] = pair_different(&pair) != NULL;
    }
    pair_close(&pair);
}

static void test_planted_faults_are_noticed(void **state)
{
    (void)state;
    const struct activation leaky = {RNN_ACTIVATION_LEAKY_RELU, .alpha_set = 1, .alpha = 0.3};
    const struct activation scaled = {RNN_ACTIVATION_SCALED_TANH, .beta_set = 1, .beta = 0.5};
    const struct reference more[] = {
        {.inputs = 3, .hidden = 7, .layers = 3, .classes = 4},
        {.vocabulary = 3, .embedding = 4, .hidden = 7, .layers = 1, .classes = 3},
        {.inputs = 3, .hidden = 7, .layers = 1, .activation_f = leaky},
        {.inputs = 3, .hidden = 7, .layers = 1, .activation_f = scaled},
        {.cell = RNN_CELL_LSTM, .inputs = 3, .hidden = 7, .layers = 2, .layer_norm = 1},
        {.cell = RNN_CELL_LSTM, .inputs = 3, .hidden = 7, .layers = 2, .projection = 7, .output = RNN_OUTPUT_MEAN},
        {.inputs = 3, .hidden = 7, .layers = 2, .direction = RNN_DIRECTION_BOTH, .output = RNN_OUTPUT_LAST_STEP},
        masked,
    };
    int noticed[FAULT_END] = {0}, missed = 0;
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        mark_noticed(noticed, more[i]);
    for (size_t number = 0; number < pair_networks; number++)
        mark_noticed(noticed, pair_network(number, 3, 7, 2, 4));
    for (int fault = FAULT_NONE + 1; fault < FAULT_END; fault++)
        if (!noticed[fault]) {
            print_error("the fault %s went unnoticed\n", fault_name(fault));
            missed++;
        }
    assert_int_equal(missed, 0);
}

/* A network of which rounding decides is told from one of which it does not: N of numbers that are nearly the same. */
static void test_shaky_networks_are_told(void **state)
{
    (void)state;
    for (int same = 0; same < 2; same++) {
        struct network_pair pair = pair_open(
            (struct reference){.cell = RNN_CELL_GRU, .inputs = 2, .hidden = 8, .layers = 1, .layer_norm = 1}, 24);
        struct places at = reference_places(&pair.r, 0, 0);
        for (size_t i = at.weight_ih; i < at.weight_hh && same; i++)
            pair.r.parameters[i] = 1 + 1e-6 * pair.r.parameters[i];
        pair_data(&pair, 4, 3, FULL);
        pair_run_reference(&pair);
        assert_int_equal(pair_is_ill_conditioned(&pair), same);
        pair_close(&pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_networks),         cmocka_unit_test(test_activations),
        cmocka_unit_test(test_masks_of_a_seed),         cmocka_unit_test(test_seeds),
        cmocka_unit_test(test_what_takes_masks),        cmocka_unit_test(test_inference_has_no_masks),
        cmocka_unit_test(test_rate_of_dropout),         cmocka_unit_test(test_planted_faults_are_noticed),
        cmocka_unit_test(test_shaky_networks_are_told),
    };
    return run_with_all_products(tests, sizeof tests / sizeof *tests);
}
