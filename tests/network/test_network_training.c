/* The library held to the double-precision reference: gradients from run to run, descent, losses. */
#include "twin.h"

#include "losses.h"

#include <math.h>
#include <string.h>

/* ---- gradients and descent -------------------------------------------------------------------------------------- */

static void check_accumulation(struct reference network)
{
    struct twin t = twin_open(network, 16);
    twin_check(&t, 6, 4, RAGGED);
    twin_data(&t, 3, 7, RAGGED);
    twin_run_library(&t);
    twin_run_reference(&t);
    assert_no_difference(twin_different(&t), &t);
    twin_close(&t);
}

static void test_gradients_accumulate(void **state)
{
    (void)state;
    check_accumulation((struct reference){.inputs = 5, .hidden = 12, .layers = 2, .classes = 5});
    check_accumulation((struct reference){.vocabulary = 5, .hidden = 12, .layers = 1, .classes = 5});
    check_accumulation((struct reference){.vocabulary = 5, .embedding = 6, .hidden = 12, .layers = 2, .classes = 5});
    for (size_t number = 0; number < twin_networks; number++)
        check_accumulation(twin_network(number, 5, 12, 2, 5));
}

/* Arrays are the caller's again after each call: what backward needs of them was saved. */
static void check_arrays_are_not_kept(struct reference network, enum lengths lengths)
{
    struct twin t = twin_open(network, 17);
    twin_data(&t, 5, 4, lengths);
    twin_forward(&t);
    twin_run_reference(&t);
    for (size_t i = 0; i < twin_rows(&t) * network.inputs; i++)
        t.x[i] = NAN;
    for (size_t i = 0; i < twin_rows(&t); i++)
        t.tokens[i] = -1;
    if (network.classes)
        twin_loss(&t);
    for (size_t i = 0; i < twin_outputs(&t); i++)
        t.y[i] = NAN;
    for (size_t b = 0; t.lengths && b < t.r.batch; b++)
        t.lengths[b] = -1;
    twin_backward(&t);
    assert_true(twin_same(t.dx, t.r.dx, twin_rows(&t) * network.inputs));
    assert_no_difference(twin_different_gradient(&t), &t);
    twin_close(&t);
}

static void test_arrays_are_not_kept(void **state)
{
    (void)state;
    for (enum lengths lengths = FULL; lengths <= RAGGED; lengths++) {
        for (size_t number = 0; number < twin_networks; number++)
            check_arrays_are_not_kept(twin_network(number, 5, 12, 1 + number % 2, 5), lengths);
        check_arrays_are_not_kept((struct reference){.vocabulary = 5, .hidden = 12, .layers = 2}, lengths);
        check_arrays_are_not_kept((struct reference){.vocabulary = 5, .embedding = 6, .hidden = 12, .layers = 1},
                                  lengths);
    }
}

static void test_clipping_by_norm(void **state)
{
    (void)state;
    struct twin t = twin_open((struct reference){.inputs = 3, .hidden = 12, .layers = 2, .classes = 5}, 18);
    twin_check(&t, 6, 4, RAGGED);
    double norm, expected = reference_clip_norm(&t.r, 1e6);
    assert_true(expected > 0.5);
    assert_ok(rnn_session_clip_gradient_norm(t.session, &norm, 1e6));
    assert_close(norm, expected, 1e-5);
    assert_no_difference(twin_different_gradient(&t), &t);
    reference_clip_norm(&t.r, 0.5);
    assert_ok(rnn_session_clip_gradient_norm(t.session, NULL, 0.5));
    assert_no_difference(twin_different_gradient(&t), &t);
    assert_ok(rnn_session_clip_gradient_norm(t.session, &norm, 1));
    assert_close(norm, 0.5, 1e-5);
    twin_close(&t);
}

static void test_clipping_by_value(void **state)
{
    (void)state;
    struct twin t = twin_open((struct reference){.inputs = 3, .hidden = 12, .layers = 2, .classes = 5}, 18);
    twin_check(&t, 6, 4, RAGGED);
    size_t clipped = 0;
    for (size_t i = 0; i < t.r.parameter_count; i++) {
        double gradient = t.r.gradients[i];
        clipped += fabs(gradient) > 0.25;
        t.r.gradients[i] = gradient > 0.25 ? 0.25 : gradient < -0.25 ? -0.25 : gradient;
    }
    assert_true(clipped > 0 && clipped < t.r.parameter_count);
    assert_ok(rnn_session_clip_gradient_value(t.session, 0.25));
    assert_no_difference(twin_different_gradient(&t), &t);
    twin_close(&t);
}

/* Several steps, so that every one must reach whatever layouts of the parameters the library keeps.  Each begins with
 * the library's parameters, so that the rounding of the steps before is not counted again. */
static void check_descent(struct reference network, double rate)
{
    struct twin t = twin_open(network, 19);
    const float *parameters;
    size_t count;
    twin_data(&t, 7, 5, RAGGED);
    for (int step = 0; step < 5; step++) {
        twin_zero_gradients(&t);
        twin_run_library(&t);
        twin_run_reference(&t);
        assert_no_difference(twin_different(&t), &t);
        assert_ok(rnn_session_clip_gradient_norm(t.session, NULL, 2));
        reference_clip_norm(&t.r, 2);
        assert_ok(rnn_sgd_step(t.session, rate));
        reference_sgd_step(&t.r, rate);
        assert_ok(rnn_model_parameters(t.model, &parameters, &count));
        assert_int_equal(count, t.r.parameter_count);
        assert_no_difference(twin_different_tensor(&t, parameters, t.r.parameters), &t);
        assert_no_difference(twin_different_gradient(&t), &t); /* kept */
        for (size_t i = 0; i < count; i++)
            t.r.parameters[i] = (double)parameters[i];
    }
    twin_close(&t);
}

static void test_gradient_descent(void **state)
{
    (void)state;
    check_descent((struct reference){.inputs = 4, .hidden = 15, .layers = 3, .classes = 6}, 0.5);
    check_descent((struct reference){.vocabulary = 4, .hidden = 15, .layers = 1, .classes = 6}, 0.5);
    check_descent((struct reference){.vocabulary = 4, .embedding = 3, .hidden = 15, .layers = 2}, 0.5);
    for (size_t number = 0; number < twin_networks; number++)
        check_descent(twin_network(number, 4, 12, 2, 6), 0.1);
}

/* ---- losses ----------------------------------------------------------------------------------------------------- */

static const size_t sizes[] = {1, 2, 3, 5, 7, 8, 13, 16, 17, 31, 33, 64, 65, 100};
#define SIZES (sizeof sizes / sizeof *sizes)

/* The reference with logits of its own, some of them so large that exp of them overflows. */
static struct twin twin_of_logits(size_t classes, double scale, enum lengths lengths, uint64_t seed)
{
    struct twin t = twin_open((struct reference){.inputs = 1, .hidden = 1, .layers = 1, .classes = classes}, seed);
    twin_data(&t, 6, 5, lengths);
    for (size_t i = 0; i < twin_outputs(&t); i++) {
        t.y[i] = (float)(scale * uniform(&t.seed));
        t.r.y[i] = (double)t.y[i];
    }
    t.expected_loss = reference_loss(&t.r, t.mean);
    return t;
}

static void check_cross_entropy(size_t classes, double scale, enum lengths lengths, uint64_t seed)
{
    struct twin t = twin_of_logits(classes, scale, lengths, seed);
    size_t n = twin_outputs(&t);
    int32_t reduction = t.mean ? RNN_MEAN : RNN_SUM;
    twin_loss(&t);
    assert_close(t.loss, t.expected_loss, 1e-6);
    assert_true(twin_same(t.dy, t.r.dy, n) && twin_zero_past_end(&t, t.dy, twin_rows(&t), classes));
    double loss = -1;
    twin_poison(&t, t.y, twin_rows(&t), classes);
    assert_ok(losses_softmax(&loss, NULL, t.y, t.targets, t.lengths, 6, 5, classes, reduction));
    assert_true(loss == t.loss);
    loss = -1; /* and in place */
    assert_ok(losses_softmax(&loss, t.y, t.y, t.targets, t.lengths, 6, 5, classes, reduction));
    assert_true(loss == t.loss);
    assert_memory_equal(t.y, t.dy, n * sizeof *t.y);
    twin_close(&t);
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
        struct twin t = twin_of_logits(sizes[i], i % 2 ? 1000 : 3, FULL, 20);
        size_t n = twin_outputs(&t);
        t.r.fault = FAULT_TARGET_LEFT_OUT; /* which leaves the probabilities */
        reference_loss(&t.r, 0);
        assert_ok(rnn_softmax(t.dy, n, t.y, n, sizes[i]));
        assert_true(twin_same(t.dy, t.r.dy, n));
        assert_ok(rnn_softmax(t.y, n, t.y, n, sizes[i]));
        assert_memory_equal(t.y, t.dy, n * sizeof *t.y);
        twin_close(&t);
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
