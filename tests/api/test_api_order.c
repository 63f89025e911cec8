/* Calls out of order: refused, with everything else as it was; and calls between others that must not disturb them. */
#include "support/fixture.h"

#include <math.h>
#include <string.h>

/* rnn_backward of the fixture's session, into its outputs. */
static int32_t back(struct fixture *f)
{
    return rnn_backward(f->session, NULL, 0, f->dy, OUTPUTS);
}

/* ---- backward --------------------------------------------------------------------------------------------------- */

static void test_backward_without_forward(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    rnn_session_destroy(f.session);
    assert_ok(rnn_session_create(&f.session, f.model, RNN_TRAINING));
    assert_fails(rnn_backward(f.session, f.out.dx, I, f.dy, C), RNN_E_STATE);
    assert_memory_equal(&f.out, &f.pattern, sizeof f.out);
    assert_ok(rnn_forward(f.session, NULL, 0, f.x, I, NULL, 0, 1));
    assert_ok(rnn_backward(f.session, f.out.dx, I, f.dy, C));
    fixture_close(&f);
}

static void test_backward_twice(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    float *gradients;
    size_t count;
    assert_ok(back(&f));
    assert_ok(rnn_session_gradients(f.session, &gradients, &count));
    memcpy(f.gradients, gradients, count * sizeof *gradients);
    assert_refused_by_session(&f, rnn_backward(f.session, f.out.dx, INPUTS, f.dy, OUTPUTS), RNN_E_STATE, "rnn_forward");
    assert_ok(fixture_forward(&f, f.session, NULL, NULL));
    assert_ok(back(&f));
    fixture_close(&f);
}

/* Each discards the saved run, as its text says. */
static int32_t reset(struct fixture *f)
{
    return rnn_reset_state(f->session, B);
}

static int32_t step(struct fixture *f)
{
    return rnn_step(f->session, NULL, 0, f->x, B * I);
}

static int32_t reserve(struct fixture *f)
{
    return rnn_session_reserve(f->session, 2 * T, 2 * B);
}

static int32_t reserve_what_is_there(struct fixture *f)
{
    return rnn_session_reserve(f->session, 1, 1);
}

/* Each changes the parameters, were it to what they were. */
static int32_t set_all(struct fixture *f)
{
    return rnn_model_set_parameters(f->model, f->parameters, f->parameter_count);
}

static int32_t set_one(struct fixture *f)
{
    return rnn_model_set_parameter(f->model, "weight_ih_l0", f->parameters, H * I);
}

static int32_t descend(struct fixture *f)
{
    return rnn_sgd_step(f->session, 0.1);
}

static int32_t descend_in_another_session(struct fixture *f)
{
    return rnn_sgd_step(f->control, 0.1);
}

static int32_t (*const ending[])(struct fixture *) = {reset,   step,    reserve, reserve_what_is_there,
                                                      set_all, set_one, descend, descend_in_another_session};

static void test_calls_that_end_a_run(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
        struct fixture f = fixture_open(REAL, RNN_TRAINING);
        float *gradients;
        size_t count;
        assert_ok(ending[i](&f));
        assert_fails(rnn_backward(f.session, f.out.dx, INPUTS, f.dy, OUTPUTS), RNN_E_STATE);
        assert_memory_equal(rnn_session_last_error(f.session), "rnn_backward: ", 14);
        assert_memory_equal(&f.out, &f.pattern, sizeof f.out);
        assert_ok(rnn_session_gradients(f.session, &gradients, &count));
        assert_memory_equal(gradients, f.gradients, count * sizeof *gradients);
        assert_ok(fixture_forward(&f, f.session, NULL, NULL));
        assert_ok(back(&f));
        fixture_close(&f);
    }
}

static void fail_to_run(struct fixture *f)
{
    assert_fails(rnn_forward(f->session, NULL, 0, f->x, 0, NULL, 0, 0), RNN_E_VALUE);
    assert_fails(rnn_step(f->session, NULL, 0, f->x, 0), RNN_E_SIZE);
}

static void fail_to_reset(struct fixture *f)
{
    assert_fails(rnn_reset_state(f->session, 0), RNN_E_VALUE);
}

static void fail_to_descend(struct fixture *f)
{
    assert_fails(rnn_sgd_step(f->session, (double)NAN), RNN_E_VALUE);
}

static void set_state(struct fixture *f)
{
    const float other[STATES] = {1};
    assert_ok(rnn_session_set_state(f->session, RNN_STATE_H, other, STATES));
    assert_ok(rnn_session_set_state(f->session, RNN_STATE_H, f->states, STATES));
}

static void write_note(struct fixture *f)
{
    assert_ok(rnn_model_set_metadata(f->model, "key", "value"));
}

static void step_in_another_session(struct fixture *f)
{
    rnn_session *other;
    assert_ok(rnn_session_create(&other, f->model, RNN_INFERENCE));
    assert_ok(rnn_step(other, NULL, 0, f->x, I));
    rnn_session_destroy(other);
}

static void (*const harmless[])(struct fixture *) = {fail_to_run, fail_to_reset, fail_to_descend,
                                                     set_state,   write_note,    step_in_another_session};

/* Between rnn_forward and rnn_backward, failures included. */
static void test_calls_that_leave_a_run(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++) {
        struct fixture f = fixture_open(REAL, RNN_TRAINING);
        harmless[i](&f);
        assert_undisturbed(&f);
        fixture_close(&f);
    }
}

/* The order of the training loop at the top of rnn.h. */
static void test_zero_between_forward_and_backward(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    float once[H * H], sum[H * H], before[H * H];
    assert_ok(rnn_session_get_gradient(f.session, "weight_hh_l0", before, H * H));
    assert_ok(rnn_zero_gradients(f.session));
    assert_ok(back(&f));
    assert_ok(rnn_session_get_gradient(f.session, "weight_hh_l0", once, H * H));
    assert_ok(rnn_backward(f.control, NULL, 0, f.dy, OUTPUTS));
    assert_ok(rnn_session_get_gradient(f.control, "weight_hh_l0", sum, H * H));
    for (size_t i = 0; i < H * H; i++)
        assert_close(sum[i], before[i] + once[i], 1e-5);
    fixture_close(&f);
}

/* ---- gradients of the state ------------------------------------------------------------------------------------- */

static int32_t set_gradient(struct fixture *f)
{
    return rnn_session_set_state_gradient(f->session, RNN_STATE_H, f->initial, STATES);
}

static int32_t get_gradient(struct fixture *f)
{
    return rnn_session_get_state_gradient(f->session, RNN_STATE_H, f->out.states, STATES);
}

static void test_state_gradients_have_their_time(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    assert_refused_by_session(&f, rnn_session_get_state_gradient(f.session, RNN_STATE_H, f.out.states, STATES),
                              RNN_E_STATE, "rnn_backward");
    assert_undisturbed(&f);
    assert_ok(set_gradient(&f));
    assert_fails(get_gradient(&f), RNN_E_STATE); /* before backward */
    assert_ok(back(&f));
    assert_fails(set_gradient(&f), RNN_E_STATE); /* after it */
    assert_ok(get_gradient(&f));
    assert_ok(get_gradient(&f)); /* as often as one likes */
    fixture_close(&f);
}

static void test_calls_that_end_state_gradients(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) { /* the first of them change no parameters */
        struct fixture f = fixture_open(REAL, RNN_TRAINING);
        assert_ok(ending[i](&f));
        assert_fails(set_gradient(&f), RNN_E_STATE);
        assert_ok(fixture_forward(&f, f.session, NULL, NULL));
        assert_ok(back(&f));
        assert_ok(ending[i](&f));
        assert_fails(get_gradient(&f), RNN_E_STATE);
        assert_memory_equal(&f.out, &f.pattern, sizeof f.out);
        fixture_close(&f);
    }
}

/* A new session, and one whose run has begun again. */
static void test_state_gradients_without_a_run(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    assert_ok(back(&f));
    assert_ok(fixture_forward(&f, f.session, NULL, NULL));
    assert_fails(get_gradient(&f), RNN_E_STATE);
    rnn_session_destroy(f.session);
    assert_ok(rnn_session_create(&f.session, f.model, RNN_TRAINING));
    assert_fails(rnn_session_set_state_gradient(f.session, RNN_STATE_H, f.initial, L * H), RNN_E_STATE);
    assert_fails(rnn_session_get_state_gradient(f.session, RNN_STATE_H, f.out.states, L * H), RNN_E_STATE);
    assert_memory_equal(&f.out, &f.pattern, sizeof f.out);
    fixture_close(&f);
}

/* ---- sessions and networks of the other kind -------------------------------------------------------------------- */

static void test_training_in_an_inference_session(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_INFERENCE);
    struct outputs *o = &f.out;
    rnn_session *s = f.session;
    assert_refused_by_session(&f, rnn_backward(s, o->dx, INPUTS, f.dy, OUTPUTS), RNN_E_STATE, "training");
    assert_refused_by_session(&f, rnn_zero_gradients(s), RNN_E_STATE, "training");
    assert_refused_by_session(&f, rnn_session_gradients(s, &o->gradients, &o->count), RNN_E_STATE, "training");
    assert_refused_by_session(&f, rnn_session_get_gradient(s, "head.bias", o->tensor, C), RNN_E_STATE, "training");
    assert_refused_by_session(&f, rnn_session_clip_gradient_norm(s, &o->norm, 1), RNN_E_STATE, "training");
    assert_refused_by_session(&f, rnn_session_clip_gradient_value(s, 1), RNN_E_STATE, "training");
    assert_refused_by_session(&f, rnn_sgd_step(s, 0.1), RNN_E_STATE, "training");
    assert_refused_by_session(&f, rnn_session_set_state_gradient(s, RNN_STATE_H, f.initial, STATES), RNN_E_STATE,
                              "training");
    assert_refused_by_session(&f, rnn_session_get_state_gradient(s, RNN_STATE_H, o->states, STATES), RNN_E_STATE,
                              "training");
    assert_undisturbed(&f);
    fixture_close(&f);
}

static void test_tokens_for_a_network_of_numbers(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    struct outputs *o = &f.out;
    assert_refused_by_session(&f, rnn_forward_tokens(f.session, o->y, OUTPUTS, f.tokens, ROWS, f.lengths, B, T),
                              RNN_E_STATE, "input");
    assert_refused_by_session(&f, rnn_step_tokens(f.session, o->y, B * C, f.tokens, B), RNN_E_STATE, "input");
    assert_undisturbed(&f);
    fixture_close(&f);
}

static void test_numbers_for_a_network_of_tokens(void **state)
{
    (void)state;
    for (enum input input = ONE_HOT; input <= EMBEDDING; input++) {
        struct fixture f = fixture_open(input, RNN_TRAINING);
        struct outputs *o = &f.out;
        assert_refused_by_session(&f, rnn_forward(f.session, o->y, OUTPUTS, f.x, INPUTS, f.lengths, B, T), RNN_E_STATE,
                                  "input");
        assert_refused_by_session(&f, rnn_step(f.session, o->y, B * C, f.x, B * I), RNN_E_STATE, "input");
        assert_refused_by_session(&f, rnn_backward(f.session, o->dx, INPUTS, f.dy, OUTPUTS), RNN_E_STATE, "dx");
        assert_refused_by_session(&f, rnn_backward(f.session, o->dx, T * B * E, f.dy, OUTPUTS), RNN_E_STATE, "dx");
        assert_undisturbed(&f);
        fixture_close(&f);
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
