/* Values out of range: lengths, tokens, targets, names, kinds, modes, reductions, rates, norms, and gradients that are
 * not finite. */
#include "support/fixture.h"
#include "support/loss_call.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- integers in arrays ----------------------------------------------------------------------------------------- */

/* What the message must say of a wrong length. */
static const char *saying(const char *name, size_t index, int32_t value)
{
    static char part[128];
    snprintf(part, sizeof part, "%s[%zu] is %" PRId32, name, index, value);
    return part;
}

static void test_lengths(void **state)
{
    (void)state;
    static const int32_t wrong[] = {-1, T + 1, INT32_MIN, INT32_MAX};
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    struct outputs *o = &f.out;
    rnn_loss *loss;
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CROSS_ENTROPY));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        for (size_t b = 0; b < B; b++) {
            int32_t lengths[B] = {T, T};
            lengths[b] = wrong[i];
            const char *part = saying("lengths", b, wrong[i]);
            assert_refused_by_session(&f, rnn_forward(f.session, o->y, OUTPUTS, f.x, INPUTS, lengths, B, T),
                                      RNN_E_VALUE, part);
            assert_refused(&f, rnn_loss_set_batch(loss, lengths, B, T, B, C), RNN_E_VALUE, part);
        }
    rnn_loss_destroy(loss);
    assert_undisturbed(&f);
    fixture_close(&f);
}

static void test_lengths_with_tokens(void **state)
{
    (void)state;
    static const int32_t wrong[] = {-1, T + 1, INT32_MIN, INT32_MAX};
    struct fixture f = fixture_open(EMBEDDING, RNN_TRAINING);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const int32_t lengths[B] = {0, wrong[i]};
        assert_refused_by_session(&f, rnn_forward_tokens(f.session, f.out.y, OUTPUTS, f.tokens, ROWS, lengths, B, T),
                                  RNN_E_VALUE, saying("lengths", 1, wrong[i]));
    }
    assert_undisturbed(&f);
    fixture_close(&f);
}

static const int32_t no_tokens[] = {-1, V, INT32_MIN, INT32_MAX};
static const int32_t no_classes[] = {-1, C, INT32_MIN, INT32_MAX};
enum { WRONG = 4 };

/* What it must say of a wrong token or target: where it stands and what it is. */
static const char *saying_where(const char *what, size_t row, int32_t value)
{
    static char part[128];
    snprintf(part, sizeof part, "%s[%zu], at step %zu of sequence %zu, is %" PRId32, what, row, row / B, row % B,
             value);
    return part;
}

static int is_padded(const struct fixture *f, size_t row)
{
    return row / B >= (size_t)f->lengths[row % B];
}

static void check_token(struct fixture *f, size_t row, int32_t wrong)
{
    int32_t right = f->tokens[row];
    struct outputs *o = &f->out;
    f->tokens[row] = wrong;
    if (!is_padded(f, row))
        assert_refused_by_session(f, rnn_forward_tokens(f->session, o->y, OUTPUTS, f->tokens, ROWS, f->lengths, B, T),
                                  RNN_E_VALUE, saying_where("tokens", row, wrong));
    assert_refused_by_session(f, rnn_forward_tokens(f->session, o->y, OUTPUTS, f->tokens, ROWS, NULL, 0, T),
                              RNN_E_VALUE, saying_where("tokens", row, wrong));
    if (row < B)
        assert_refused_by_session(f, rnn_step_tokens(f->session, o->y, B * C, f->tokens, B), RNN_E_VALUE,
                                  saying_where("tokens", row, wrong));
    f->tokens[row] = right;
}

static void test_tokens(void **state)
{
    (void)state;
    for (enum input input = ONE_HOT; input <= EMBEDDING; input++) {
        struct fixture f = fixture_open(input, RNN_TRAINING);
        for (size_t row = 0; row < ROWS; row++)
            for (size_t i = 0; i < WRONG; i++)
                check_token(&f, row, no_tokens[i]);
        assert_undisturbed(&f);
        fixture_close(&f);
    }
}

/* Past the end of a sequence nothing is looked at: not in forward, not in backward. */
static void test_tokens_past_the_end(void **state)
{
    (void)state;
    for (enum input input = ONE_HOT; input <= EMBEDDING; input++)
        for (size_t i = 0; i < WRONG; i++) {
            struct fixture f = fixture_open(input, RNN_TRAINING);
            float y[OUTPUTS], z[OUTPUTS];
            size_t n = f.parameter_count;
            float *a, *b;
            assert_ok(fixture_forward(&f, f.control, y, f.lengths));
            assert_ok(rnn_backward(f.control, NULL, 0, f.dy, OUTPUTS));
            for (size_t row = 0; row < ROWS; row++)
                f.tokens[row] = is_padded(&f, row) ? no_tokens[i] : f.tokens[row];
            assert_ok(fixture_forward(&f, f.session, z, f.lengths));
            assert_ok(rnn_backward(f.session, NULL, 0, f.dy, OUTPUTS));
            assert_ok(rnn_session_gradients(f.control, &a, &n));
            assert_ok(rnn_session_gradients(f.session, &b, &n));
            assert_memory_equal(y, z, sizeof y);
            assert_memory_equal(a, b, n * sizeof *a);
            fixture_close(&f);
        }
}

static void check_target(struct fixture *f, size_t row, int32_t wrong)
{
    struct outputs *o = &f->out;
    int32_t right = f->targets[row];
    double before, after;
    rnn_loss *loss;
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CROSS_ENTROPY));
    assert_ok(loss_call_softmax(&before, NULL, f->dy, f->targets, f->lengths, T, B, C, RNN_MEAN));
    f->targets[row] = wrong;
    assert_refused(f, rnn_softmax_cross_entropy(&o->loss, o->y, OUTPUTS, f->dy, OUTPUTS, f->targets, ROWS, C),
                   RNN_E_VALUE, saying("targets", row, wrong));
    assert_ok(rnn_loss_set_batch(loss, NULL, 0, T, B, C));
    assert_refused(f, rnn_loss_of_classes(loss, &o->loss, o->y, OUTPUTS, f->dy, OUTPUTS, f->targets, ROWS), RNN_E_VALUE,
                   saying_where("classes", row, wrong));
    assert_ok(rnn_loss_set_batch(loss, f->lengths, B, T, B, C));
    if (is_padded(f, row)) {
        assert_ok(rnn_loss_of_classes(loss, &after, NULL, 0, f->dy, OUTPUTS, f->targets, ROWS));
        assert_true(after == before);
    } else {
        assert_refused(f, rnn_loss_of_classes(loss, &o->loss, o->y, OUTPUTS, f->dy, OUTPUTS, f->targets, ROWS),
                       RNN_E_VALUE, saying_where("classes", row, wrong));
    }
    f->targets[row] = right;
    rnn_loss_destroy(loss);
}

static void test_targets(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    for (size_t row = 0; row < ROWS; row++)
        for (size_t i = 0; i < WRONG; i++)
            check_target(&f, row, no_classes[i]);
    assert_undisturbed(&f);
    fixture_close(&f);
}

/* ---- choices ---------------------------------------------------------------------------------------------------- */

static void test_choices(void **state)
{
    (void)state;
    static const int32_t unknown[] = {0, 3, -1, 99, INT32_MIN, INT32_MAX};
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    struct outputs *o = &f.out;
    rnn_session *s = f.session;
    rnn_loss *loss;
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CROSS_ENTROPY));
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        int32_t n = unknown[i];
        assert_refused(&f, rnn_session_create(&o->session, f.model, n), RNN_E_VALUE, "mode is");
        assert_refused_by_session(&f, rnn_session_get_state(s, n, o->states, STATES), RNN_E_VALUE, "kind is");
        assert_refused_by_session(&f, rnn_session_set_state(s, n, f.initial, STATES), RNN_E_VALUE, "kind is");
        assert_refused_by_session(&f, rnn_session_set_state_gradient(s, n, f.initial, STATES), RNN_E_VALUE, "kind is");
        assert_refused(&f, rnn_loss_set_int(loss, RNN_REDUCTION, n), RNN_E_VALUE, "RNN_REDUCTION is");
    }
    rnn_loss_destroy(loss);
    assert_undisturbed(&f);
    assert_ok(rnn_backward(s, NULL, 0, f.dy, OUTPUTS));
    assert_fails(rnn_session_get_state_gradient(s, 2, o->states, STATES), RNN_E_VALUE);
    fixture_close(&f);
}

static void test_names(void **state)
{
    (void)state;
    static const char *const unknown[] = {"",
                                          "head",
                                          "head.bias ",
                                          "Head.bias",
                                          "weight_ih_l2",
                                          "weight_ih_l00",
                                          "weight_ih_l",
                                          "embedding.weight",
                                          "%s%n%s",
                                          "\xFF\xFE"};
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    struct outputs *o = &f.out;
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        assert_refused(&f, rnn_model_get_parameter(f.model, unknown[i], o->tensor, C), RNN_E_NAME, "");
        assert_refused(&f, rnn_model_set_parameter(f.model, unknown[i], f.dy, C), RNN_E_NAME, "");
        assert_refused_by_session(&f, rnn_session_get_gradient(f.session, unknown[i], o->tensor, C), RNN_E_NAME, "");
    }
    assert_refused(&f, rnn_model_get_parameter(f.model, "head", o->tensor, C), RNN_E_NAME, "\"head\"");
    assert_undisturbed(&f);
    fixture_close(&f);
}

static void test_tensor_index(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    struct outputs *o = &f.out;
    const size_t count = 4 * L + 2, wrong[] = {count, count + 1, SIZE_MAX};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_refused(&f, rnn_model_tensor_info(f.model, wrong[i], &o->text, &o->rank, o->shape, 2, &o->offset),
                       RNN_E_VALUE, "expected 0 to 9");
    assert_undisturbed(&f);
    fixture_close(&f);
}

/* ---- rates, norms and gradients --------------------------------------------------------------------------------- */

static void test_rates_and_norms(void **state)
{
    (void)state;
    const double no_norm[] = {0, -0.0, -1, -DBL_MIN, (double)INFINITY, -(double)INFINITY, (double)NAN};
    const double no_rate[] = {(double)INFINITY, -(double)INFINITY, (double)NAN};
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    for (size_t i = 0; i < sizeof no_norm / sizeof *no_norm; i++) {
        assert_refused_by_session(&f, rnn_session_clip_gradient_norm(f.session, &f.out.norm, no_norm[i]), RNN_E_VALUE,
                                  "max_norm is");
        assert_refused_by_session(&f, rnn_session_clip_gradient_value(f.session, no_norm[i]), RNN_E_VALUE,
                                  "max_abs is");
    }
    for (size_t i = 0; i < sizeof no_rate / sizeof *no_rate; i++)
        assert_refused_by_session(&f, rnn_sgd_step(f.session, no_rate[i]), RNN_E_VALUE, "rate is");
    assert_undisturbed(&f);
    fixture_close(&f);
}

/* Any positive finite bound is one, above the largest float too: so one measures without clipping. */
static void test_bounds_that_clip_nothing(void **state)
{
    (void)state;
    static const double bounds[] = {1e30, FLT_MAX, 1e39, 1e300, DBL_MAX};
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    float *gradients;
    size_t count;
    double norm;
    assert_ok(rnn_session_gradients(f.session, &gradients, &count));
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        norm = 0;
        assert_ok(rnn_session_clip_gradient_norm(f.session, &norm, bounds[i]));
        assert_true(norm > 0);
        assert_ok(rnn_session_clip_gradient_value(f.session, bounds[i]));
        assert_memory_equal(gradients, f.gradients, count * sizeof *gradients);
    }
    fixture_close(&f);
}

/* The factor of this clip is no float, the clipped gradients are. */
static void test_a_tiny_norm_of_huge_gradients(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    float *gradients;
    size_t count;
    double norm;
    assert_ok(rnn_session_gradients(f.session, &gradients, &count));
    for (size_t i = 0; i < count; i++)
        gradients[i] = 3e38f;
    assert_ok(rnn_session_clip_gradient_norm(f.session, &norm, 1e-6));
    assert_ok(rnn_session_clip_gradient_norm(f.session, &norm, 1));
    assert_close(norm * 1e6, 1, 1e-5);
    fixture_close(&f);
}

/* A rate of 0 changes nothing, a negative one climbs. */
static void test_rates_that_are_not_positive(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    const float *parameters;
    size_t count;
    assert_ok(rnn_model_parameters(f.model, &parameters, &count));
    assert_ok(rnn_sgd_step(f.session, 0));
    for (size_t i = 0; i < count; i++)
        assert_true(parameters[i] == f.parameters[i]);
    assert_ok(rnn_sgd_step(f.session, -0.5));
    for (size_t i = 0; i < count; i++)
        assert_close(parameters[i], f.parameters[i] + 0.5f * f.gradients[i], 1e-6);
    fixture_close(&f);
}

/* One gradient of that tensor is not finite. */
static void check_nonfinite(struct fixture *f, const char *name, size_t place, float value)
{
    float *gradients;
    size_t count;
    assert_ok(rnn_session_gradients(f->session, &gradients, &count));
    float right = gradients[place];
    gradients[place] = f->gradients[place] = value;
    assert_refused_by_session(f, rnn_sgd_step(f->session, 0.1), RNN_E_NONFINITE, name);
    assert_refused_by_session(f, rnn_session_clip_gradient_norm(f->session, &f->out.norm, 1), RNN_E_NONFINITE, name);
    assert_refused_by_session(f, rnn_session_clip_gradient_value(f->session, 1), RNN_E_NONFINITE, name);
    gradients[place] = f->gradients[place] = right;
}

static void test_gradients_that_are_not_finite(void **state)
{
    (void)state;
    static const float values[] = {NAN, INFINITY, -INFINITY};
    for (enum input input = REAL; input <= EMBEDDING; input++) {
        struct fixture f = fixture_open(input, RNN_TRAINING);
        size_t tensors, rank, shape[2], offset;
        const char *name;
        assert_ok(rnn_model_tensor_count(f.model, &tensors));
        for (size_t i = 0; i < tensors; i++)
            for (size_t j = 0; j < 3; j++) {
                assert_ok(rnn_model_tensor_info(f.model, i, &name, &rank, shape, 2, &offset));
                check_nonfinite(&f, name, offset, values[j]);
                check_nonfinite(&f, name, offset + shape[0] * (rank == 2 ? shape[1] : 1) - 1, values[j]);
            }
        assert_undisturbed(&f);
        fixture_close(&f);
    }
}

/* Squares that overflow a float do not make a gradient infinite. */
static void test_largest_gradients_are_finite(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    float *gradients;
    size_t count;
    double norm;
    assert_ok(rnn_session_gradients(f.session, &gradients, &count));
    for (size_t i = 0; i < count; i++)
        gradients[i] = i % 2 ? FLT_MAX : -FLT_MAX;
    assert_ok(rnn_session_clip_gradient_norm(f.session, &norm, 1));
    assert_close(norm / ((double)FLT_MAX * sqrt((double)count)), 1, 1e-6);
    for (size_t i = 0; i < count; i++)
        assert_close(gradients[i], (i % 2 ? 1 : -1) / sqrt((double)count), 1e-5);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_lengths_with_tokens),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_tokens_past_the_end),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_tensor_index),
        cmocka_unit_test(test_rates_and_norms),
        cmocka_unit_test(test_bounds_that_clip_nothing),
        cmocka_unit_test(test_a_tiny_norm_of_huge_gradients),
        cmocka_unit_test(test_rates_that_are_not_positive),
        cmocka_unit_test(test_gradients_that_are_not_finite),
        cmocka_unit_test(test_largest_gradients_are_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
