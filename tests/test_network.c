/* The library held to the double-precision reference: everything that a run over time gives, in every shape. */
#include "twin.h"

#include <math.h>
#include <string.h>

/* ---- shapes ----------------------------------------------------------------------------------------------------- */

static void check_network(struct reference network, size_t steps, size_t batch, uint64_t seed)
{
    struct twin t = twin_open(network, seed);
    twin_check(&t, steps, batch, RAGGED);
    twin_check(&t, steps, batch, FULL);
    twin_close(&t);
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

static void test_short_runs(void **state)
{
    (void)state;
    struct twin t = twin_open((struct reference){.inputs = 3, .hidden = 9, .layers = 3, .classes = 4}, 5);
    for (enum lengths lengths = FULL; lengths <= EMPTY; lengths++) {
        twin_check(&t, 1, 1, lengths);
        twin_check(&t, 1, 6, lengths);
        twin_check(&t, 7, 1, lengths);
        twin_check(&t, 7, 6, lengths);
    }
    twin_close(&t);
}

static void test_only_empty_sequences(void **state)
{
    (void)state;
    struct twin t =
        twin_open((struct reference){.vocabulary = 6, .embedding = 3, .hidden = 9, .layers = 2, .classes = 4}, 7);
    twin_check(&t, 4, 3, EMPTY);
    assert_memory_equal(t.final, t.h0, twin_states(&t) * sizeof *t.final);
    assert_memory_equal(t.dh0, t.dfinal, twin_states(&t) * sizeof *t.dh0);
    float *gradients;
    size_t count;
    assert_ok(rnn_gradients(t.session, &gradients, &count));
    for (size_t i = 0; i < count; i++)
        assert_true(gradients[i] == 0);
    assert_true(t.loss == 0);
    twin_close(&t);
}

static void test_large(void **state)
{
    (void)state;
    check_network((struct reference){.inputs = 37, .hidden = 130, .layers = 2, .classes = 41}, 40, 9, 8);
}

static size_t pick(size_t end, uint64_t *seed)
{
    return (size_t)((uniform(seed) + 1) / 2 * (double)end);
}

static void test_random_networks(void **state)
{
    (void)state;
    uint64_t seed = 2016;
    for (size_t i = 0; i < 200; i++) {
        struct reference network = {.hidden = 1 + pick(40, &seed), .layers = 1 + pick(3, &seed)};
        size_t kind = pick(3, &seed);
        *(kind == 0 ? &network.inputs : &network.vocabulary) = 1 + pick(20, &seed);
        network.embedding = kind == 2 ? 1 + pick(20, &seed) : 0;
        network.classes = pick(4, &seed) ? 1 + pick(20, &seed) : 0;
        size_t steps = 1 + pick(12, &seed);
        check_network(network, steps, 1 + pick(20, &seed), i);
    }
}

/* ---- state ------------------------------------------------------------------------------------------------------ */

static void test_pieces_equal_one_run(void **state)
{
    (void)state;
    struct twin t = twin_open((struct reference){.inputs = 3, .hidden = 19, .layers = 2, .classes = 4}, 9);
    for (enum lengths lengths = FULL; lengths <= RAGGED; lengths++) {
        twin_data(&t, 12, 5, lengths);
        reference_forward(&t.r);
        twin_begin(&t, t.session);
        twin_piece(&t, t.session, 0, 5);
        twin_piece(&t, t.session, 5, 1);
        twin_piece(&t, t.session, 6, 6);
        assert_ok(rnn_get_state(t.session, t.final, twin_states(&t), RNN_STATE_H));
        assert_no_difference(twin_different_forward(&t), &t);
    }
    twin_close(&t);
}

static void check_steps(struct reference network, size_t batch, int32_t mode)
{
    struct twin t = twin_open(network, 10);
    rnn_session *session;
    assert_ok(rnn_session_create(&session, t.model, mode));
    twin_data(&t, 11, batch, FULL);
    reference_forward(&t.r);
    twin_begin(&t, session);
    size_t n = batch * reference_outputs(&t.r), inputs = batch * network.inputs;
    for (size_t step = 0; step < t.r.steps; step++)
        if (network.vocabulary)
            assert_ok(rnn_step_tokens(session, t.y + step * n, n, t.tokens + step * batch, batch));
        else
            assert_ok(rnn_step(session, t.y + step * n, n, t.x + step * inputs, inputs));
    assert_ok(rnn_get_state(session, t.final, twin_states(&t), RNN_STATE_H));
    assert_no_difference(twin_different_forward(&t), &t);
    rnn_session_destroy(session);
    twin_close(&t);
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

static void test_inference_equals_training(void **state)
{
    (void)state;
    for (enum lengths lengths = FULL; lengths <= EMPTY; lengths++) {
        struct twin t = twin_open((struct reference){.inputs = 5, .hidden = 21, .layers = 3, .classes = 6}, 11);
        rnn_session_destroy(t.session);
        assert_ok(rnn_session_create(&t.session, t.model, RNN_INFERENCE));
        for (size_t batch = 1; batch < 20; batch += 6) {
            twin_data(&t, 9, batch, lengths);
            reference_forward(&t.r);
            twin_forward(&t);
            assert_no_difference(twin_different_forward(&t), &t);
        }
        twin_close(&t);
    }
}

static void test_state_access(void **state)
{
    (void)state;
    struct twin t = twin_open((struct reference){.inputs = 2, .hidden = 11, .layers = 2, .classes = 3}, 12);
    twin_data(&t, 3, 4, FULL);
    for (int again = 0; again < 2; again++) {
        assert_ok(rnn_reset_state(t.session, 4));
        assert_ok(rnn_get_state(t.session, t.final, twin_states(&t), RNN_STATE_H));
        for (size_t i = 0; i < twin_states(&t); i++)
            assert_true(t.final[i] == 0);
        assert_ok(rnn_set_state(t.session, t.h0, twin_states(&t), RNN_STATE_H));
        assert_ok(rnn_get_state(t.session, t.final, twin_states(&t), RNN_STATE_H));
        assert_memory_equal(t.final, t.h0, twin_states(&t) * sizeof *t.final);
    }
    reference_forward(&t.r); /* where only the state is wanted */
    assert_ok(rnn_forward(t.session, NULL, 0, t.x, twin_rows(&t) * 2, NULL, 0, 3));
    assert_ok(rnn_get_state(t.session, t.final, twin_states(&t), RNN_STATE_H));
    assert_true(twin_same(t.final, t.r.final, twin_states(&t)));
    twin_close(&t);
}

/* An encoder without a head hands its final state to a decoder; the loss is the decoder's alone, so all that reaches
 * the encoder comes through the gradient of the state. */
static void test_encoder_and_decoder(void **state)
{
    (void)state;
    struct twin encoder = twin_open((struct reference){.inputs = 3, .hidden = 10, .layers = 2}, 13);
    struct twin decoder = twin_open((struct reference){.vocabulary = 7, .hidden = 10, .layers = 2, .classes = 7}, 14);
    twin_data(&encoder, 6, 4, RAGGED);
    twin_data(&decoder, 5, 4, RAGGED);
    memset(encoder.dy, 0, twin_outputs(&encoder) * sizeof *encoder.dy);
    memset(encoder.r.dy, 0, twin_outputs(&encoder) * sizeof *encoder.r.dy);

    twin_forward(&encoder);
    memcpy(decoder.h0, encoder.final, twin_states(&encoder) * sizeof *decoder.h0);
    twin_run_library(&decoder);
    memcpy(encoder.dfinal, decoder.dh0, twin_states(&encoder) * sizeof *encoder.dfinal);
    twin_backward(&encoder);

    reference_forward(&encoder.r);
    memcpy(decoder.r.h0, encoder.r.final, twin_states(&encoder) * sizeof *decoder.r.h0);
    twin_run_reference(&decoder);
    memcpy(encoder.r.dfinal, decoder.r.dh0, twin_states(&encoder) * sizeof *encoder.r.dfinal);
    reference_backward(&encoder.r);

    assert_no_difference(twin_different(&encoder), &encoder);
    assert_no_difference(twin_different(&decoder), &decoder);
    for (size_t i = 0; i < encoder.r.parameter_count; i++)
        assert_true(encoder.r.gradients[i] != 0);
    twin_close(&encoder);
    twin_close(&decoder);
}

/* A gradient of the final state is for one backward pass: without a new one, the next takes 0. */
/* Gradients [count] of a run whose only loss is on the final state, with dy left out or given as zeros. */
static void gradients_of_state_alone(float *gradients, size_t count, int64_t classes, int give_dy)
{
    enum { STEPS = 5, BATCH = 3, INPUTS = 2, HIDDEN = 4 };
    const int32_t lengths[BATCH] = {5, 0, 3};
    float x[STEPS * BATCH * INPUTS], zeros[STEPS * BATCH * HIDDEN] = {0}, dstate[BATCH * HIDDEN];
    size_t dy_count = (size_t)(STEPS * BATCH * (classes ? classes : HIDDEN));
    uint64_t seed = 5;
    rnn_config *config;
    rnn_model *model;
    rnn_session *session;
    fill_uniform(x, STEPS * BATCH * INPUTS, &seed);
    fill_uniform(dstate, BATCH * HIDDEN, &seed);
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, INPUTS));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, HIDDEN));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, classes));
    assert_ok(rnn_create(&model, config));
    assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
    assert_ok(rnn_reset_state(session, BATCH));
    assert_ok(rnn_forward(session, NULL, 0, x, STEPS * BATCH * INPUTS, lengths, BATCH, STEPS));
    assert_ok(rnn_set_state_gradient(session, dstate, BATCH * HIDDEN, RNN_STATE_H));
    assert_ok(rnn_backward(session, NULL, 0, give_dy ? zeros : NULL, give_dy ? dy_count : 0));
    assert_ok(rnn_get_gradient(session, gradients, count, "weight_hh_l0"));
    rnn_session_destroy(session);
    rnn_destroy(model);
    rnn_config_destroy(config);
}

static void test_loss_on_the_state_alone(void **state)
{
    (void)state;
    for (int64_t classes = 0; classes <= 3; classes += 3) {
        float with_dy[16], without[16], any = 0;
        gradients_of_state_alone(with_dy, 16, classes, 1);
        gradients_of_state_alone(without, 16, classes, 0);
        assert_memory_equal(with_dy, without, sizeof without);
        for (size_t i = 0; i < 16; i++)
            any += fabsf(without[i]);
        assert_true(any > 0.01f);
    }
}

static void test_state_gradient_is_used_once(void **state)
{
    (void)state;
    struct twin t = twin_open((struct reference){.inputs = 3, .hidden = 10, .layers = 2}, 15);
    twin_check(&t, 5, 3, RAGGED);
    twin_zero_gradients(&t);
    memset(t.r.dfinal, 0, twin_states(&t) * sizeof *t.r.dfinal);
    twin_run_reference(&t);
    twin_forward(&t);
    twin_poison(&t, t.dy, t.r.hidden);
    assert_ok(rnn_backward(t.session, NULL, 0, t.dy, twin_outputs(&t))); /* and no dx */
    assert_ok(rnn_get_state_gradient(t.session, t.dh0, twin_states(&t), RNN_STATE_H));
    assert_true(twin_same(t.dh0, t.r.dh0, twin_states(&t)));
    assert_no_difference(twin_different_gradient(&t), &t);
    twin_close(&t);
}

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
}

/* Arrays are the caller's again after each call: what backward needs of them was saved. */
static void check_arrays_are_not_kept(struct reference network, enum lengths lengths)
{
    struct twin t = twin_open(network, 17);
    twin_data(&t, 5, 4, lengths);
    twin_run_reference(&t);
    twin_forward(&t);
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
        check_arrays_are_not_kept((struct reference){.inputs = 5, .hidden = 12, .layers = 1, .classes = 5}, lengths);
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
    assert_ok(rnn_clip_gradient_norm(t.session, &norm, 1e6));
    assert_close(norm, expected, 1e-5);
    assert_no_difference(twin_different_gradient(&t), &t);
    reference_clip_norm(&t.r, 0.5);
    assert_ok(rnn_clip_gradient_norm(t.session, NULL, 0.5));
    assert_no_difference(twin_different_gradient(&t), &t);
    assert_ok(rnn_clip_gradient_norm(t.session, &norm, 1));
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
        clipped += fabs(t.r.gradients[i]) > 0.25;
        t.r.gradients[i] = fmax(-0.25, fmin(0.25, t.r.gradients[i]));
    }
    assert_true(clipped > 0 && clipped < t.r.parameter_count);
    assert_ok(rnn_clip_gradient_value(t.session, 0.25));
    assert_no_difference(twin_different_gradient(&t), &t);
    twin_close(&t);
}

/* Several steps, so that every one must reach whatever layouts of the parameters the library keeps. */
static void check_descent(struct reference network)
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
        assert_ok(rnn_clip_gradient_norm(t.session, NULL, 2));
        reference_clip_norm(&t.r, 2);
        assert_ok(rnn_sgd_step(t.session, 0.5));
        reference_sgd_step(&t.r, 0.5);
        assert_ok(rnn_parameters(t.model, &parameters, &count));
        assert_int_equal(count, t.r.parameter_count);
        assert_no_difference(twin_different_tensor(&t, parameters, t.r.parameters), &t);
        assert_no_difference(twin_different_gradient(&t), &t); /* kept */
    }
    twin_close(&t);
}

static void test_gradient_descent(void **state)
{
    (void)state;
    check_descent((struct reference){.inputs = 4, .hidden = 15, .layers = 3, .classes = 6});
    check_descent((struct reference){.vocabulary = 4, .hidden = 15, .layers = 1, .classes = 6});
    check_descent((struct reference){.vocabulary = 4, .embedding = 3, .hidden = 15, .layers = 2});
}

/* ---- losses ----------------------------------------------------------------------------------------------------- */

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
    size_t n = twin_outputs(&t), lengths_count = t.lengths ? 5 : 0;
    int32_t reduction = t.mean ? RNN_MEAN : RNN_SUM;
    twin_loss(&t);
    assert_close(t.loss, t.expected_loss, 1e-6);
    assert_true(twin_same(t.dy, t.r.dy, n) && twin_zero_past_end(&t, t.dy, classes));
    double loss = -1;
    twin_poison(&t, t.y, classes);
    assert_ok(rnn_softmax_cross_entropy(&loss, NULL, 0, t.y, n, t.targets, twin_rows(&t), t.lengths, lengths_count, 6,
                                        5, classes, reduction));
    assert_true(loss == t.loss);
    loss = -1; /* and in place */
    assert_ok(rnn_softmax_cross_entropy(&loss, t.y, n, t.y, n, t.targets, twin_rows(&t), t.lengths, lengths_count, 6, 5,
                                        classes, reduction));
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

/* ---- memory that grows ------------------------------------------------------------------------------------------ */

static void test_runs_of_changing_size(void **state)
{
    (void)state;
    struct twin t = twin_open((struct reference){.inputs = 3, .hidden = 18, .layers = 2, .classes = 5}, 21);
    twin_check(&t, 2, 1, FULL);
    twin_check(&t, 30, 17, RAGGED);
    twin_check(&t, 3, 40, RAGGED);
    twin_check(&t, 200, 2, RAGGED);
    assert_ok(rnn_session_reserve(t.session, 50, 50));
    twin_check(&t, 4, 3, RAGGED);
    twin_check(&t, 50, 50, FULL);
    twin_check(&t, 1, 1, FULL);
    twin_close(&t);
}

/* The state outlives growth between two calls. */
static void test_growth_keeps_state(void **state)
{
    (void)state;
    struct twin t = twin_open((struct reference){.inputs = 3, .hidden = 18, .layers = 2, .classes = 5}, 22);
    twin_data(&t, 100, 6, RAGGED);
    reference_forward(&t.r);
    twin_begin(&t, t.session);
    twin_piece(&t, t.session, 0, 1);
    twin_piece(&t, t.session, 1, 30);
    assert_ok(rnn_session_reserve(t.session, 500, 20));
    twin_piece(&t, t.session, 31, 69);
    assert_ok(rnn_get_state(t.session, t.final, twin_states(&t), RNN_STATE_H));
    assert_no_difference(twin_different_forward(&t), &t);
    twin_close(&t);
}

/* ---- the comparison itself -------------------------------------------------------------------------------------- */

/* Marks the faults that are noticed on this network, where the honest reference agrees. */
static void mark_noticed(int noticed[FAULT_END], struct reference network)
{
    struct twin t = twin_open(network, 23);
    twin_check(&t, 6, 5, RAGGED);
    for (int fault = FAULT_NONE + 1; fault < FAULT_END; fault++) {
        t.r.fault = fault;
        reference_zero_gradients(&t.r);
        twin_run_reference(&t);
        noticed[fault] |= twin_different(&t) != NULL;
    }
    twin_close(&t);
}

static void test_planted_faults_are_noticed(void **state)
{
    (void)state;
    int noticed[FAULT_END] = {0}, missed = 0;
    mark_noticed(noticed, (struct reference){.inputs = 3, .hidden = 7, .layers = 3, .classes = 4});
    mark_noticed(noticed, (struct reference){.vocabulary = 3, .embedding = 4, .hidden = 7, .layers = 1, .classes = 3});
    for (int fault = FAULT_NONE + 1; fault < FAULT_END; fault++)
        if (!noticed[fault]) {
            print_error("the fault %s went unnoticed\n", fault_name(fault));
            missed++;
        }
    assert_int_equal(missed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_short_runs),
        cmocka_unit_test(test_only_empty_sequences),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_random_networks),
        cmocka_unit_test(test_pieces_equal_one_run),
        cmocka_unit_test(test_steps_equal_one_run),
        cmocka_unit_test(test_inference_equals_training),
        cmocka_unit_test(test_state_access),
        cmocka_unit_test(test_encoder_and_decoder),
        cmocka_unit_test(test_loss_on_the_state_alone),
        cmocka_unit_test(test_state_gradient_is_used_once),
        cmocka_unit_test(test_gradients_accumulate),
        cmocka_unit_test(test_arrays_are_not_kept),
        cmocka_unit_test(test_clipping_by_norm),
        cmocka_unit_test(test_clipping_by_value),
        cmocka_unit_test(test_gradient_descent),
        cmocka_unit_test(test_cross_entropy),
        cmocka_unit_test(test_softmax),
        cmocka_unit_test(test_runs_of_changing_size),
        cmocka_unit_test(test_growth_keeps_state),
        cmocka_unit_test(test_planted_faults_are_noticed),
    };
    return run_with_all_kernels(tests, sizeof tests / sizeof *tests);
}
