/* The library held to the double-precision reference: gradients from run to run, descent, losses. */
#include "oracle/network_pair.h"

#include "support/loss_call.h"

#include <math.h>
#include <string.h>

/* ---- gradients and descent -------------------------------------------------------------------------------------- */

static void check_accumulation(struct reference network)
{
    struct network_pair pair = pair_open(network, 16);
    pair_check(&pair, 6, 4, RAGGED);
    pair_data(&pair, 3, 7, RAGGED);
    pair_run_library(&pair);
    pair_run_reference(&pair);
    assert_no_difference(pair_different(&pair), &pair);
    pair_close(&pair);
}

static void test_gradients_accumulate(void **state)
{
    (void)state;
    check_accumulation((struct reference){.inputs = 5, .hidden = 12, .layers = 2, .classes = 5});
    check_accumulation((struct reference){.vocabulary = 5, .hidden = 12, .layers = 1, .classes = 5});
    check_accumulation((struct reference){.vocabulary = 5, .embedding = 6, .hidden = 12, .layers = 2, .classes = 5});
    for (size_t number = 0; number < pair_networks; number++)
        check_accumulation(pair_network(number, 5, 12, 2, 5));
}

/* Arrays are the caller's again after each call: what backward needs of them was saved. */
static void check_arrays_are_not_kept(struct reference network, enum lengths lengths)
{
    struct network_pair pair = pair_open(network, 17);
    pair_data(&pair, 5, 4, lengths);
    pair_forward(&pair);
    pair_run_reference(&pair);
    for (size_t i = 0; i < pair_rows(&pair) * network.inputs; i++)
        pair.x[i] = NAN;
    for (size_t i = 0; i < pair_rows(&pair); i++)
        pair.tokens[i] = -1;
    if (network.classes)
        pair_loss(&pair);
    for (size_t i = 0; i < pair_outputs(&pair); i++)
        pair.y[i] = NAN;
    for (size_t b = 0; pair.lengths && b < pair.r.batch; b++)
        pair.lengths[b] = -1;
    pair_backward(&pair);
    assert_true(pair_same(pair.dx, pair.r.dx, pair_rows(&pair) * network.inputs));
    assert_no_difference(pair_different_gradient(&pair), &pair);
    pair_close(&pair);
}

static void test_arrays_are_not_kept(void **state)
{
    (void)state;
    for (enum lengths lengths = FULL; lengths <= RAGGED; lengths++) {
        for (size_t number = 0; number < pair_networks; number++)
            check_arrays_are_not_kept(pair_network(number, 5, 12, 1 + number % 2, 5), lengths);
        check_arrays_are_not_kept((struct reference){.vocabulary = 5, .hidden = 12, .layers = 2}, lengths);
        check_arrays_are_not_kept((struct reference){.vocabulary = 5, .embedding = 6, .hidden = 12, .layers = 1},
                                  lengths);
    }
}

static void test_clipping_by_norm(void **state)
{
    (void)state;
    struct network_pair pair = pair_open((struct reference){.inputs = 3, .hidden = 12, .layers = 2, .classes = 5}, 18);
    pair_check(&pair, 6, 4, RAGGED);
    double norm, expected = reference_clip_norm(&pair.r, 1e6);
    assert_true(expected > 0.5);
    assert_ok(rnn_session_clip_gradient_norm(pair.session, &norm, 1e6));
    assert_close(norm, expected, 1e-5);
    assert_no_difference(pair_different_gradient(&pair), &pair);
    reference_clip_norm(&pair.r, 0.5);
    assert_ok(rnn_session_clip_gradient_norm(pair.session, NULL, 0.5));
    assert_no_difference(pair_different_gradient(&pair), &pair);
    assert_ok(rnn_session_clip_gradient_norm(pair.session, &norm, 1));
    assert_close(norm, 0.5, 1e-5);
    pair_close(&pair);
}

static void test_clipping_by_value(void **state)
{
    (void)state;
    struct network_pair pair = pair_open((struct reference){.inputs = 3, .hidden = 12, .layers = 2, .classes = 5}, 18);
    pair_check(&pair, 6, 4, RAGGED);
    size_t clipped = 0;
    for (size_t i = 0; i < pair.r.parameter_count; i++) {
        double gradient = pair.r.gradients[i];
        clipped += fabs(gradient) > 0.25;
        pair.r.gradients[i] = gradient > 0.25 ? 0.25 : gradient < -0.25 ? -0.25 : gradient;
    }
    assert_true(clipped > 0 && clipped < pair.r.parameter_count);
    assert_ok(rnn_session_clip_gradient_value(pair.session, 0.25));
    assert_no_difference(pair_different_gradient(&pair), &pair);
    pair_close(&pair);
}

/* Several steps, so that every one must reach whatever layouts of the parameters the library keeps.  Each begins with
 * the library's parameters, so that the rounding of the steps before is not counted again. */
static void check_descent(struct reference network, double rate)
{
    struct network_pair pair = pair_open(network, 19);
    const float *parameters;
    size_t count;
    pair_data(&pair, 7, 5, RAGGED);
    for (int step = 0; step < 5; step++) {
        pair_zero_gradients(&pair);
        pair_run_library(&pair);
        pair_run_reference(&pair);
        assert_no_difference(pair_different(&pair), &pair);
        assert_ok(rnn_session_clip_gradient_norm(pair.session, NULL, 2));
        reference_clip_norm(&pair.r, 2);
        assert_ok(rnn_sgd_step(pair.session, rate));
        reference_sgd_step(&pair.r, rate);
        assert_ok(rnn_model_parameters(pair.model, &parameters, &count));
        assert_int_equal(count, pair.r.parameter_count);
        assert_no_difference(pair_different_tensor(&pair, parameters, pair.r.parameters), &pair);
        assert_no_difference(pair_different_gradient(&pair), &pair); /* kept */
        for (size_t i = 0; i < count; i++)
            pair.r.parameters[i] = (double)parameters[i];
    }
    pair_close(&pair);
}

static void test_gradient_descent(void **state)
{
    (void)state;
    check_descent((struct reference){.inputs = 4, .hidden = 15, .layers = 3, .classes = 6}, 0.5);
    check_descent((struct reference){.vocabulary = 4, .hidden = 15, .layers = 1, .classes = 6}, 0.5);
    check_descent((struct reference){.vocabulary = 4, .embedding = 3, .hidden = 15, .layers = 2}, 0.5);
    for (size_t number = 0; number < pair_networks; number++)
        check_descent(pair_network(number, 4, 12, 2, 6), 0.1);
}

/* ---- losses ----------------------------------------------------------------------------------------------------- */

static const size_t sizes[] = {1, 2, 3, 5, 7, 8, 13, 16, 17, 31, 33, 64, 65, 100};
#define SIZES (sizeof sizes / sizeof *sizes)

/* The reference with logits of its own, some of them so large that exp of them overflows. */
static struct network_pair pair_of_logits(size_t classes, double scale, enum lengths lengths, uint64_t seed)
{
    struct network_pair pair =
        pair_open((struct reference){.inputs = 1, .hidden = 1, .layers = 1, .classes = classes}, seed);
    pair_data(&pair, 6, 5, lengths);
    for (size_t i = 0; i < pair_outputs(&pair); i++) {
        pair.y[i] = (float)(scale * uniform(&pair.seed));
        pair.r.y[i] = (double)pair.y[i];
    }
    pair.expected_loss = reference_loss(&pair.r, pair.mean);
    return pair;
}

static void check_cross_entropy(size_t classes, double scale, enum lengths lengths, uint64_t seed)
{
    struct network_pair pair = pair_of_logits(classes, scale, lengths, seed);
    size_t n = pair_outputs(&pair);
    int32_t reduction = pair.mean ? RNN_MEAN : RNN_SUM;
    pair_loss(&pair);
    assert_close(pair.loss, pair.expected_loss, 1e-6);
    assert_true(pair_same(pair.dy, pair.r.dy, n) && pair_zero_past_end(&pair, pair.dy, pair_rows(&pair), classes));
    double loss = -1;
    pair_poison(&pair, pair.y, pair_rows(&pair), classes);
    assert_ok(loss_call_softmax(&loss, NULL, pair.y, pair.targets, pair.lengths, 6, 5, classes, reduction));
    assert_true(loss == pair.loss);
    loss = -1; /* and in place */
    assert_ok(loss_call_softmax(&loss, pair.y, pair.y, pair.targets, pair.lengths, 6, 5, classes, reduction));
    assert_true(loss == pair.loss);
    assert_memory_equal(pair.y, pair.dy, n * sizeof *pair.y);
    pair_close(&pair);
}

static void test_cross_entropy(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIZES; i++)
        for (enum lengths lengths = FULL; lengths <= EMPTY; lengths++)
            for (uint64_t mean = 0; mean < 2; mean++) {
                check_cross_entropy(sizes[i], 3, lengths, mean);
                check_cross_entropy(sizes[i], 1000, lengths, mean);
            }
}

static void test_softmax(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIZES; i++) {
        struct network_pair pair = pair_of_logits(sizes[i], i % 2 ? 1000 : 3, FULL, 20);
        size_t n = pair_outputs(&pair);
        pair.r.fault = FAULT_TARGET_LEFT_OUT; /* which leaves the probabilities */
        reference_loss(&pair.r, 0);
        assert_ok(rnn_softmax(pair.dy, n, pair.y, n, sizes[i]));
        assert_true(pair_same(pair.dy, pair.r.dy, n));
        assert_ok(rnn_softmax(pair.y, n, pair.y, n, sizes[i]));
        assert_memory_equal(pair.y, pair.dy, n * sizeof *pair.y);
        pair_close(&pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients_accumulate),
        cmocka_unit_test(test_arrays_are_not_kept),
        cmocka_unit_test(test_clipping_by_norm),
        cmocka_unit_test(test_clipping_by_value),
        cmocka_unit_test(test_gradient_descent),
        cmocka_unit_test(test_cross_entropy),
        cmocka_unit_test(test_softmax),
    };
    return run_with_all_products(tests, sizeof tests / sizeof *tests);
}
