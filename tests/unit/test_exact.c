/* Values that must come out as they are: both ends of an interpolation, states that a gate or zoneout preserves, and
 * the end of a rate's warm-up and schedule.  Compared bit for bit, in every instruction set that the machine has. */
#include "support/support.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "math/elementwise.h"
#include "math/gates.h"

enum { MOST = 70, H = 37, B = 2 };

/* What is far apart, so that a difference of two of them is rounded. */
static const float far[] = {1e-6f, 1e8f, -1e8f, 3, -0.7f, 1.1e-30f, FLT_MAX, -FLT_MAX, 0, 33554432};
#define FAR (sizeof far / sizeof *far)

static void assert_same(float actual, float expected)
{
    if (memcmp(&actual, &expected, sizeof actual) != 0)
        print_error("%.9g, expected %.9g\n", (double)actual, (double)expected);
    assert_memory_equal(&actual, &expected, sizeof actual);
}

/* ---- kernels ----------------------------------------------------------------------------------------------------- */

static void test_interpolation_is_exact_at_its_ends(void **state)
{
    (void)state;
    for (size_t n = 1; n <= MOST; n++)
        for (size_t pair = 0; pair < FAR * FAR; pair++) {
            float z[MOST], a[MOST], b[MOST], out[MOST];
            for (size_t j = 0; j < n; j++) {
                z[j] = (float)(j % 2);
                a[j] = far[pair % FAR];
                b[j] = far[pair / FAR];
            }
            rnni_elementwise()->interpolate(out, z, a, b, n);
            for (size_t j = 0; j < n; j++)
                assert_same(out[j], j % 2 ? a[j] : b[j]);
            rnni_elementwise()->interpolate(b, z, a, b, n); /* in place */
            assert_memory_equal(b, out, n * sizeof *out);
        }
}

/* The gradient goes where the value came from. */
static void test_interpolation_backward_is_exact_at_its_ends(void **state)
{
    (void)state;
    for (size_t n = 1; n <= MOST; n++) {
        float z[MOST], d[MOST], dz[MOST], da[MOST], db[MOST], a[MOST], b[MOST];
        for (size_t j = 0; j < n; j++) {
            z[j] = (float)(j % 2);
            a[j] = b[j] = 0.5f;
            d[j] = far[j % 6];
        }
        rnni_elementwise()->interpolate_backward(dz, da, db, d, z, a, b, n);
        for (size_t j = 0; j < n; j++) {
            assert_true(da[j] == (j % 2 ? d[j] : 0));
            assert_true(db[j] == (j % 2 ? 0 : d[j]));
        }
    }
}

/* Whatever the other value is. */
static void test_choice_copies(void **state)
{
    (void)state;
    for (size_t n = 1; n <= MOST; n++) {
        float mask[MOST], a[MOST], b[MOST], out[MOST + 1];
        for (size_t j = 0; j < n; j++) {
            mask[j] = j % 3 ? 1.0f : 0.0f;
            a[j] = j % 3 ? far[j % FAR] : NAN;
            b[j] = j % 3 ? INFINITY : far[j % FAR];
        }
        out[n] = 7;
        rnni_elementwise()->choose(out, mask, a, b, n);
        for (size_t j = 0; j < n; j++)
            assert_same(out[j], far[j % FAR]);
        assert_true(out[n] == 7);
        rnni_elementwise()->choose(b, mask, a, b, n); /* in place */
        assert_memory_equal(b, out, n * sizeof *out);
    }
}

/* A row of a GRU whose update gate is 1 or 0. */
static void test_gru_kernel_preserves(void **state)
{
    (void)state;
    for (size_t n = 1; n <= MOST; n++) {
        float r[MOST], z[MOST], candidate[MOST], q[MOST], before[MOST], out[MOST];
        for (size_t j = 0; j < n; j++) {
            r[j] = q[j] = 0;
            z[j] = j % 2 ? 200.0f : -200.0f;
            candidate[j] = j % 4 < 2 ? 20.0f : 1e-6f; /* of which the tanh is 1, or the same */
            before[j] = j % 3 ? 1e-6f : 1e8f;
        }
        rnni_gates()->gru(r, z, candidate, q, before, out, n);
        for (size_t j = 0; j < n; j++) {
            assert_true(z[j] == (j % 2 ? 1.0f : 0.0f));
            assert_same(out[j], j % 2 ? before[j] : candidate[j]);
        }
    }
}

/* ---- networks ---------------------------------------------------------------------------------------------------- */

static rnn_session *create(int64_t cell, int64_t candidate, double zoneout, float gate)
{
    rnn_config *config;
    rnn_model *model;
    rnn_session *session;
    float weights[3 * H] = {0}, bias[3 * H] = {0};
    size_t gates = cell == RNN_CELL_GRU ? 3 : cell == RNN_CELL_MINGRU ? 2 : 1;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, cell));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 1));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, H));
    assert_ok(rnn_config_set_int(config, RNN_ACTIVATION_G, candidate));
    assert_ok(rnn_config_set_real(config, RNN_ZONEOUT, zoneout));
    assert_ok(rnn_create(&model, config));
    const float *values;
    size_t count;
    assert_ok(rnn_model_parameters(model, &values, &count));
    float zeros[3 * H * (H + 3)] = {0};
    assert_true(count <= sizeof zeros / sizeof *zeros);
    assert_ok(rnn_model_set_parameters(model, zeros, count));
    for (size_t j = 0; j < H; j++) {
        weights[(gates - 1) * H + j] = 1; /* the candidate is x */
        if (gates > 1)
            bias[(gates - 2) * H + j] = gate;
    }
    assert_ok(rnn_model_set_parameter(model, "weight_ih_l0", weights, gates * H));
    assert_ok(rnn_model_set_parameter(model, "bias_ih_l0", bias, gates * H));
    assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
    rnn_destroy(model);
    rnn_config_destroy(config);
    return session;
}

/* One step from h = before with the candidate x, by rnn_forward or rnn_step. */
static void step(rnn_session *session, float *y /* [B,H] */, float before, float x, int streams)
{
    float h[B * H], inputs[B] = {x, x};
    for (size_t j = 0; j < B * H; j++)
        h[j] = before;
    assert_ok(rnn_reset_state(session, B));
    assert_ok(rnn_session_set_state(session, RNN_STATE_H, h, B * H));
    if (streams)
        assert_ok(rnn_step(session, y, B * H, inputs, B));
    else
        assert_ok(rnn_forward(session, y, B * H, inputs, B, NULL, 0, 1));
}

static void check_gate(int64_t cell, float gate, int keeps)
{
    rnn_session *session = create(cell, RNN_ACTIVATION_AFFINE, 0, gate);
    float y[B * H];
    const float values[] = {1e-6f, 1e8f, -1e8f, 5e-3f};
    for (size_t pair = 0; pair < 16; pair++)
        for (int streams = 0; streams < 2; streams++) {
            float before = values[pair % 4], x = values[pair / 4];
            step(session, y, before, x, streams);
            for (size_t j = 0; j < B * H; j++)
                assert_same(y[j], keeps ? before : x);
        }
    rnn_session_destroy(session);
}

static void test_gates_preserve(void **state)
{
    (void)state;
    check_gate(RNN_CELL_MINGRU, 200, 0);
    check_gate(RNN_CELL_MINGRU, -200, 1);
    check_gate(RNN_CELL_GRU, 200, 1);
    check_gate(RNN_CELL_GRU, -200, 0);
}

/* Every element of h is what it was or what it would be, infinite or not; its gradient goes the same way. */
static void test_zoneout_preserves(void **state)
{
    (void)state;
    const float old[] = {1e-6f, 1e8f, 3e-3f, FLT_MAX}, new[] = {1e-5f, 1, 2e8f, INFINITY};
    for (size_t pair = 0; pair < 16; pair++) {
        float before = old[pair % 4], x = new[pair / 4], y[B * H], dy[B * H], dh[B * H], db[H], sum = 0;
        rnn_session *session = create(RNN_CELL_RELU, 0, 0.5, 0);
        size_t kept = 0, made = 0;
        step(session, y, before, x, 0);
        for (size_t j = 0; j < B * H; j++) {
            int keeps = memcmp(&y[j], &before, sizeof before) == 0;
            kept += keeps ? 1 : 0;
            made += memcmp(&y[j], &x, sizeof x) == 0 ? 1 : 0;
            dy[j] = 1.3e-5f;
        }
        assert_int_equal(kept + made, B * H);
        assert_true(kept > B * H / 4 && made > B * H / 4);
        assert_ok(rnn_backward(session, NULL, 0, dy, B * H));
        assert_ok(rnn_session_get_state_gradient(session, RNN_STATE_H, dh, B * H));
        for (size_t j = 0; j < B * H; j++)
            assert_same(dh[j], memcmp(&y[j], &before, sizeof before) == 0 ? dy[j] : 0.0f);
        assert_ok(rnn_session_get_gradient(session, "bias_ih_l0", db, H));
        for (size_t j = 0; j < H; j++)
            sum += db[j];
        assert_close((double)sum, (double)made * 1.3e-5, 1e-9);
        rnn_session_destroy(session);
    }
}

/* ---- rates ------------------------------------------------------------------------------------------------------- */

static double rate_of(rnn_optimizer *optimizer)
{
    double rate;
    assert_ok(rnn_optimizer_get_real(optimizer, RNN_CURRENT_RATE, &rate));
    return rate;
}

/* The last update of the warm-up, and the first of the schedule, have the rate that was set; a cosine ends at the least
 * rate. */
static void test_rates_reach_their_ends(void **state)
{
    (void)state;
    const double rates[] = {0.1, 0.3, 0.007, 1e-3, 1.1, 3e-5};
    for (size_t i = 0; i < 6; i++)
        for (int64_t warmup = 0; warmup < 60; warmup++) {
            rnn_optimizer *optimizer;
            float p = 0, g = 0;
            double rate = rates[i], least = rate / 7;
            assert_ok(rnn_optimizer_create(&optimizer, RNN_OPTIMIZER_SGD, 1));
            assert_ok(rnn_optimizer_set_real(optimizer, RNN_RATE, rate));
            assert_ok(rnn_optimizer_set_real(optimizer, RNN_MINIMUM_RATE, least));
            assert_ok(rnn_optimizer_set_int(optimizer, RNN_SCHEDULE, RNN_SCHEDULE_COSINE));
            assert_ok(rnn_optimizer_set_int(optimizer, RNN_PERIOD, 3));
            assert_ok(rnn_optimizer_set_int(optimizer, RNN_WARMUP, warmup));
            for (int64_t n = 0; n < warmup; n++) {
                assert_true(n + 1 < warmup ? rate_of(optimizer) < rate : rate_of(optimizer) == rate);
                assert_ok(rnn_optimizer_step_arrays(optimizer, &p, 1, &g, 1));
            }
            assert_true(rate_of(optimizer) == rate);
            for (int n = 0; n < 3; n++)
                assert_ok(rnn_optimizer_step_arrays(optimizer, &p, 1, &g, 1));
            assert_true(rate_of(optimizer) == least);
            rnn_optimizer_destroy(optimizer);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interpolation_is_exact_at_its_ends),
        cmocka_unit_test(test_interpolation_backward_is_exact_at_its_ends),
        cmocka_unit_test(test_choice_copies),
        cmocka_unit_test(test_gru_kernel_preserves),
        cmocka_unit_test(test_gates_preserve),
        cmocka_unit_test(test_zoneout_preserves),
        cmocka_unit_test(test_rates_reach_their_ends),
    };
    return run_with_all_products(tests, sizeof tests / sizeof *tests);
}
