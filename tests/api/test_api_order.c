/* Calls out of order: refused, with everything else as it was; and calls between others that must not disturb them. */
#include "witness.h"

#include <math.h>
#include <string.h>

/* rnn_backward of the witness's session, into its outputs. */
static int32_t back(struct witness *w)
{
    return rnn_backward(w->session, NULL, 0, w->dy, OUTPUTS);
}

/* ---- backward --------------------------------------------------------------------------------------------------- */

static void test_backward_without_forward(void **state)
{
    (void)state;
    struct witness w = witness_open(REAL, RNN_TRAINING);
    rnn_session_destroy(w.session);
    assert_ok(rnn_session_create(&w.session, w.model, RNN_TRAINING));
    assert_fails(rnn_backward(w.session, w.out.dx, I, w.dy, C), RNN_E_STATE);
    assert_memory_equal(&w.out, &w.pattern, sizeof w.out);
    assert_ok(rnn_forward(w.session, NULL, 0, w.x, I, NULL, 0, 1));
    assert_ok(rnn_backward(w.session, w.out.dx, I, w.dy, C));
    witness_close(&w);
}

static void test_backward_twice(void **state)
{
    (void)state;
    struct witness w = witness_open(REAL, RNN_TRAINING);
    float *gradients;
    size_t count;
    assert_ok(back(&w));
    assert_ok(rnn_session_gradients(w.session, &gradients, &count));
    memcpy(w.gradients, gradients, count * sizeof *gradients);
    assert_refused_by_session(&w, rnn_backward(w.session, w.out.dx, INPUTS, w.dy, OUTPUTS), RNN_E_STATE, "rnn_forward");
    assert_ok(witness_forward(&w, w.session, NULL, NULL));
    assert_ok(back(&w));
    witness_close(&w);
}

/* Each discards the saved run, as its text says. */
static int32_t reset(struct witness *w)
{
    return rnn_reset_state(w->session, B);
}

static int32_t step(struct witness *w)
{
    return rnn_step(w->session, NULL, 0, w->x, B * I);
}

static int32_t reserve(struct witness *w)
{
    return rnn_session_reserve(w->session, 2 * T, 2 * B);
}

static int32_t reserve_what_is_there(struct witness *w)
{
    return rnn_session_reserve(w->session, 1, 1);
}

/* Each changes the parameters, were it to what they were. */
static int32_t set_all(struct witness *w)
{
    return rnn_model_set_parameters(w->model, w->parameters, w->parameter_count);
}

static int32_t set_one(struct witness *w)
{
    return rnn_model_set_parameter(w->model, "weight_ih_l0", w->parameters, H * I);
}

static int32_t descend(struct witness *w)
{
    return rnn_sgd_step(w->session, 0.1);
}

static int32_t descend_in_another_session(struct witness *w)
{
    return rnn_sgd_step(w->shadow, 0.1);
}

static int32_t (*const ending[])(struct witness *) = {reset,   step,    reserve, reserve_what_is_there,
                                                      set_all, set_one, descend, descend_in_another_session};

static void test_calls_that_end_a_run(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
        struct witness w = witness_open(REAL, RNN_TRAINING);
        float *gradients;
        size_t count;
        assert_ok(ending[i](&w));
        assert_fails(rnn_backward(w.session, w.out.dx, INPUTS, w.dy, OUTPUTS), RNN_E_STATE);
        assert_memory_equal(rnn_session_last_error(w.session), "rnn_backward: ", 14);
        assert_memory_equal(&w.out, &w.pattern, sizeof w.out);
        assert_ok(rnn_session_gradients(w.session, &gradients, &count));
        assert_memory_equal(gradients, w.gradients, count * sizeof *gradients);
        assert_ok(witness_forward(&w, w.session, NULL, NULL));
        assert_ok(back(&w));
        witness_close(&w);
    }
}

static void fail_to_run(struct witness *w)
{
    assert_fails(rnn_forward(w->session, NULL, 0, w->x, 0, NULL, 0, 0), RNN_E_VALUE);
    assert_fails(rnn_step(w->session, NULL, 0, w->x, 0), RNN_E_SIZE);
}

static void fail_to_reset(struct witness *w)
{
    assert_fails(rnn_reset_state(w->session, 0), RNN_E_VALUE);
}

static void fail_to_descend(struct witness *w)
{
    assert_fails(rnn_sgd_step(w->session, (double)NAN), RNN_E_VALUE);
}

static void set_state(struct witness *w)
{
    const float other[STATES] = {1};
    assert_ok(rnn_session_set_state(w->session, RNN_STATE_H, other, STATES));
    assert_ok(rnn_session_set_state(w->session, RNN_STATE_H, w->states, STATES));
}

static void write_note(struct witness *w)
{
    assert_ok(rnn_model_set_metadata(w->model, "key", "value"));
}

static void step_in_another_session(struct witness *w)
{
    rnn_session *other;
    assert_ok(rnn_session_create(&other, w->model, RNN_INFERENCE));
    assert_ok(rnn_step(other, NULL, 0, w->x, I));
    rnn_session_destroy(other);
}

static void (*const harmless[])(struct witness *) = {fail_to_run, fail_to_reset, fail_to_descend,
                                                     set_state,   write_note,    step_in_another_session};

/* Between rnn_forward and rnn_backward, failures included. */
static void test_calls_that_leave_a_run(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) {
        struct witness w = witness_open(REAL, RNN_TRAINING);
        harmless[i](&w);
        assert_undisturbed(&w);
        witness_close(&w);
    }
}

/* The order of the training loop at the top of rnn.h. */
static void test_zero_between_forward_and_backward(void **state)
{
    (void)state;
    struct witness w = witness_open(REAL, RNN_TRAINING);
    float once[H * H], sum[H * H], before[H * H];
    assert_ok(rnn_session_get_gradient(w.session, "weight_hh_l0", before, H * H));
    assert_ok(rnn_zero_gradients(w.session));
    assert_ok(back(&w));
    assert_ok(rnn_session_get_gradient(w.session, "weight_hh_l0", once, H * H));
    assert_ok(rnn_backward(w.shadow, NULL, 0, w.dy, OUTPUTS));
    assert_ok(rnn_session_get_gradient(w.shadow, "weight_hh_l0", sum, H * H));
    for (size_t i = 0; i < H * H; i++)
        assert_close(sum[i], before[i] + once[i], 1e-5);
    witness_close(&w);
}

/* ---- gradients of the state ------------------------------------------------------------------------------------- */

static int32_t set_gradient(struct witness *w)
{
    return rnn_session_set_state_gradient(w->session, RNN_STATE_H, w->initial, STATES);
}

static int32_t get_gradient(struct witness *w)
{
    return rnn_session_get_state_gradient(w->session, RNN_STATE_H, w->out.states, STATES);
}

static void test_state_gradients_have_their_time(void **state)
{
    (void)state;
    struct witness w = witness_open(REAL, RNN_TRAINING);
    assert_refused_by_session(&w, rnn_session_get_state_gradient(w.session, RNN_STATE_H, w.out.states, STATES),
                              RNN_E_STATE, "rnn_backward");
    assert_undisturbed(&w);
    assert_ok(set_gradient(&w));
    assert_fails(get_gradient(&w), RNN_E_STATE); /* before backward */
    assert_ok(back(&w));
    assert_fails(set_gradient(&w), RNN_E_STATE); /* after it */
    assert_ok(get_gradient(&w));
    assert_ok(get_gradient(&w)); /* as often as one likes */
    witness_close(&w);
}

static void test_calls_that_end_state_gradients(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) { /* the first of them change no parameters */
        struct witness w = witness_open(REAL, RNN_TRAINING);
        assert_ok(ending[i](&w));
        assert_fails(set_gradient(&w), RNN_E_STATE);
        assert_ok(witness_forward(&w, w.session, NULL, NULL));
        assert_ok(back(&w));
        assert_ok(ending[i](&w));
        assert_fails(get_gradient(&w), RNN_E_STATE);
        assert_memory_equal(&w.out, &w.pattern, sizeof w.out);
        witness_close(&w);
    }
}

/* A new session, and one whose run has begun again. */
static void test_state_gradients_without_a_run(void **state)
{
    (void)state;
    struct witness w = witness_open(REAL, RNN_TRAINING);
    assert_ok(back(&w));
    assert_ok(witness_forward(&w, w.session, NULL, NULL));
    assert_fails(get_gradient(&w), RNN_E_STATE);
    rnn_session_destroy(w.session);
    assert_ok(rnn_session_create(&w.session, w.model, RNN_TRAINING));
    assert_fails(rnn_session_set_state_gradient(w.session, RNN_STATE_H, w.initial, L * H), RNN_E_STATE);
    assert_fails(rnn_session_get_state_gradient(w.session, RNN_STATE_H, w.out.states, L * H), RNN_E_STATE);
    assert_memory_equal(&w.out, &w.pattern, sizeof w.out);
    witness_close(&w);
}

/* ---- sessions and networks of the other kind -------------------------------------------------------------------- */

static void test_training_in_an_inference_session(void **state)
{
    (void)state;
    struct witness w = witness_open(REAL, RNN_INFERENCE);
    struct outputs *o = &w.out;
    rnn_session *s = w.session;
    assert_refused_by_session(&w, rnn_backward(s, o->dx, INPUTS, w.dy, OUTPUTS), RNN_E_STATE, "training");
    assert_refused_by_session(&w, rnn_zero_gradients(s), RNN_E_STATE, "training");
    assert_refused_by_session(&w, rnn_session_gradients(s, &o->gradients, &o->count), RNN_E_STATE, "training");
    assert_refused_by_session(&w, rnn_session_get_gradient(s, "head.bias", o->tensor, C), RNN_E_STATE, "training");
    assert_refused_by_session(&w, rnn_session_clip_gradient_norm(s, &o->norm, 1), RNN_E_STATE, "training");
    assert_refused_by_session(&w, rnn_session_clip_gradient_value(s, 1), RNN_E_STATE, "training");
    assert_refused_by_session(&w, rnn_sgd_step(s, 0.1), RNN_E_STATE, "training");
    assert_refused_by_session(&w, rnn_session_set_state_gradient(s, RNN_STATE_H, w.initial, STATES), RNN_E_STATE,
                              "training");
    assert_refused_by_session(&w, rnn_session_get_state_gradient(s, RNN_STATE_H, o->states, STATES), RNN_E_STATE,
                              "training");
    assert_undisturbed(&w);
    witness_close(&w);
}

static void test_tokens_for_a_network_of_numbers(void **state)
{
    (void)state;
    struct witness w = witness_open(REAL, RNN_TRAINING);
    struct outputs *o = &w.out;
    assert_refused_by_session(&w, rnn_forward_tokens(w.session, o->y, OUTPUTS, w.tokens, ROWS, w.lengths, B, T),
                              RNN_E_STATE, "input");
    assert_refused_by_session(&w, rnn_step_tokens(w.session, o->y, B * C, w.tokens, B), RNN_E_STATE, "input");
    assert_undisturbed(&w);
    witness_close(&w);
}

static void test_numbers_for_a_network_of_tokens(void **state)
{
    (void)state;
    for (enum input input = ONE_HOT; input <= EMBEDDING; input++) {
        struct witness w = witness_open(input, RNN_TRAINING);
        struct outputs *o = &w.out;
        assert_refused_by_session(&w, rnn_forward(w.session, o->y, OUTPUTS, w.x, INPUTS, w.lengths, B, T), RNN_E_STATE,
                                  "input");
        assert_refused_by_session(&w, rnn_step(w.session, o->y, B * C, w.x, B * I), RNN_E_STATE, "input");
        assert_refused_by_session(&w, rnn_backward(w.session, o->dx, INPUTS, w.dy, OUTPUTS), RNN_E_STATE, "dx");
        assert_refused_by_session(&w, rnn_backward(w.session, o->dx, T * B * E, w.dy, OUTPUTS), RNN_E_STATE, "dx");
        assert_undisturbed(&w);
        witness_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_backward_without_forward),
        cmocka_unit_test(test_backward_twice),
        cmocka_unit_test(test_calls_that_end_a_run),
        cmocka_unit_test(test_calls_that_leave_a_run),
        cmocka_unit_test(test_zero_between_forward_and_backward),
        cmocka_unit_test(test_state_gradients_have_their_time),
        cmocka_unit_test(test_calls_that_end_state_gradients),
        cmocka_unit_test(test_state_gradients_without_a_run),
        cmocka_unit_test(test_training_in_an_inference_session),
        cmocka_unit_test(test_tokens_for_a_network_of_numbers),
        cmocka_unit_test(test_numbers_for_a_network_of_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
