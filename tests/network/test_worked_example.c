/* A network small enough to be followed with a pocket calculator: one input, two hidden units, two classes, two steps.
 * Every number below was computed from the equations, with 40 decimal digits, and not by any program of this project.
 *
 * The parameters, the input, the initial state and the targets (the first class, then the second):
 *
 *     U = [ 0.5]   W = [0.5  -0.5]   b = [0  ]   V = [ 1  0]   c = [0.5]      x(1) = 0.5   h(0) = [ 0.5]
 *         [-1  ]       [1     0  ]       [0.5]       [-1  2]       [0  ]      x(2) = 1            [-0.5]
 *
 * FORWARD   h(t) = tanh(U x(t) + W h(t-1) + b),  o(t) = V h(t) + c,  p(t) = softmax(o(t))
 *
 *     h1(1) = tanh( 0.5 * 0.5 + 0.5 * 0.5 + -0.5 * -0.5 + 0  ) = tanh(0.75)       = 0.63514895
 *     h2(1) = tanh(-1   * 0.5 + 1   * 0.5 +  0   * -0.5 + 0.5) = tanh(0.5)        = 0.46211716
 *     o1(1) =  1 * h1(1) + 0 * h2(1) + 0.5                                        = 1.13514895
 *     o2(1) = -1 * h1(1) + 2 * h2(1) + 0                                          = 0.28908536
 *     p1(1) = exp(o1) / (exp(o1) + exp(o2)) = 0.69974074,  p2(1) = 1 - p1(1)      = 0.30025926
 *
 *     h1(2) = tanh( 0.5 * 1 + 0.5 * h1(1) + -0.5 * h2(1) + 0  ) = tanh(0.58651590) = 0.52738518
 *     h2(2) = tanh(-1   * 1 + 1   * h1(1) +  0   * h2(1) + 0.5) = tanh(0.13514895) = 0.13433208
 *     o(2)  = [h1(2) + 0.5, -h1(2) + 2 h2(2)]                          = [1.02738518, -0.25872102]
 *     p(2)  = [0.78348739, 0.21651261]
 *
 *     L = -log p1(1) - log p2(2) = 0.35704538 + 1.53010651                        = 1.88715189
 *
 * BACKWARD   g(t) = p(t) - onehot(target(t))
 *
 *     g(1) = [0.69974074 - 1, 0.30025926]                              = [-0.30025926,  0.30025926]
 *     g(2) = [0.78348739, 0.21651261 - 1]                              = [ 0.78348739, -0.78348739]
 *
 *   the last step: delta(2) = V' g(2),  a(t) = (1 - h(t)^2) delta(t)
 *
 *     delta1(2) = 1 * g1(2) + -1 * g2(2)                               =  1.56697479
 *     delta2(2) = 0 * g1(2) +  2 * g2(2)                               = -1.56697479
 *     a1(2)     = (1 - 0.52738518^2) * delta1(2) = 0.72186487 * delta1 =  1.13114406
 *     a2(2)     = (1 - 0.13433208^2) * delta2(2) = 0.98195489 * delta2 = -1.53869856
 *
 *   the step before: delta(1) = V' g(1) + W' a(2)
 *
 *     delta1(1) = 1 * g1(1) + -1 * g2(1) +  0.5 * a1(2) + 1 * a2(2)    = -1.57364505
 *     delta2(1) = 0 * g1(1) +  2 * g2(1) + -0.5 * a1(2) + 0 * a2(2)    =  0.03494649
 *     a1(1)     = (1 - 0.63514895^2) * delta1(1) = 0.59658581 * delta1 = -0.93881431
 *     a2(1)     = (1 - 0.46211716^2) * delta2(1) = 0.78644773 * delta2 =  0.02748359
 *
 *   the gradients
 *
 *     dc  = g(1) + g(2)                                      = [0.48322813, -0.48322813]
 *     dV  = g(1) h(1)' + g(2) h(2)'                          = [ 0.22249029  -0.03350747]
 *                                                              [-0.22249029   0.03350747]
 *     db  = a(1) + a(2)                                      = [0.19232975, -1.51121497]
 *     dW  = a(1) h(0)' + a(2) h(1)'                          = [ 0.24903781   0.99212823]
 *                                                              [-0.96356098  -0.72480080]
 *     dU  = a(1) * 0.5 + a(2) * 1                            = [0.66173690, -1.52495677]
 *     dx  = U' a(t): 0.5 * a1(t) + -1 * a2(t)                = -0.49689074 at t = 1, 2.10427059 at t = 2
 *     dh0 = W' a(1): [0.5 * a1(1) + 1 * a2(1), -0.5 * a1(1)] = [-0.44192356, 0.46940715]
 *
 * GRADIENT DESCENT   with rate 0.1: every parameter minus 0.1 times its gradient. b is stored as two vectors, here
 * [0.25, 0.5] + [-0.25, 0]; each takes the whole of db. The same steps again then give L = 1.16885311. */
#include "support/loss_call.h"

enum { STEPS = 2, CLASSES = 2, HIDDEN = 2, PARAMETERS = 16 };

static const double tolerance = 1e-6;

/* U, W, bias_ih, bias_hh, V, c */
static const float parameters[PARAMETERS] = {0.5f, -1, 0.5f, -0.5f, 1, 0, 0.25f, 0.5f, -0.25f, 0, 1, 0, -1, 2, 0.5f, 0};
static const float x[STEPS] = {0.5f, 1};
static const float h0[HIDDEN] = {0.5f, -0.5f};
static const int32_t targets[STEPS] = {0, 1};

struct network {
    rnn_model *model;
    rnn_session *session;
    float y[STEPS * CLASSES], dy[STEPS * CLASSES];
    double loss;
};

static void forward(struct network *n)
{
    assert_ok(rnn_reset_state(n->session, 1));
    assert_ok(rnn_session_set_state(n->session, RNN_STATE_H, h0, HIDDEN));
    assert_ok(rnn_forward(n->session, n->y, STEPS * CLASSES, x, STEPS, NULL, 0, STEPS));
    assert_ok(loss_call_softmax(&n->loss, n->dy, n->y, targets, NULL, STEPS, 1, CLASSES, RNN_SUM));
}

static int open_network(void **state)
{
    static struct network network;
    rnn_config *config;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 1));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, HIDDEN));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, CLASSES));
    assert_ok(rnn_create(&network.model, config));
    rnn_config_destroy(config);
    assert_ok(rnn_model_set_parameters(network.model, parameters, PARAMETERS));
    assert_ok(rnn_session_create(&network.session, network.model, RNN_TRAINING));
    forward(&network);
    *state = &network;
    return 0;
}

static int close_network(void **state)
{
    struct network *n = *state;
    rnn_session_destroy(n->session);
    rnn_destroy(n->model);
    return 0;
}

static void test_forward(void **state)
{
    struct network *n = *state;
    const double o[STEPS * CLASSES] = {1.13514895, 0.28908536, 1.02738518, -0.25872102};
    const double p[STEPS * CLASSES] = {0.69974074, 0.30025926, 0.78348739, 0.21651261};
    const double h[HIDDEN] = {0.52738518, 0.13433208};
    float probabilities[STEPS * CLASSES], final[HIDDEN];
    assert_all_close(n->y, o, STEPS * CLASSES, tolerance);
    assert_ok(rnn_softmax(probabilities, STEPS * CLASSES, n->y, STEPS * CLASSES, CLASSES));
    assert_all_close(probabilities, p, STEPS * CLASSES, tolerance);
    assert_ok(rnn_session_get_state(n->session, RNN_STATE_H, final, HIDDEN));
    assert_all_close(final, h, HIDDEN, tolerance);
}

/* The first step alone, so that h(1) is seen too. */
static void test_first_step(void **state)
{
    struct network *n = *state;
    const double h[HIDDEN] = {0.63514895, 0.46211716}, o[CLASSES] = {1.13514895, 0.28908536};
    float y[CLASSES], after[HIDDEN];
    assert_ok(rnn_session_set_state(n->session, RNN_STATE_H, h0, HIDDEN));
    assert_ok(rnn_step(n->session, y, CLASSES, x, 1));
    assert_all_close(y, o, CLASSES, tolerance);
    assert_ok(rnn_session_get_state(n->session, RNN_STATE_H, after, HIDDEN));
    assert_all_close(after, h, HIDDEN, tolerance);
}

static void test_loss(void **state)
{
    struct network *n = *state;
    const double g[STEPS * CLASSES] = {-0.30025926, 0.30025926, 0.78348739, -0.78348739};
    assert_close(n->loss, 1.88715189, tolerance);
    assert_all_close(n->dy, g, STEPS * CLASSES, tolerance);
}

static void check_gradient(struct network *n, const char *name, const double *expected, size_t count)
{
    float gradient[4];
    assert_ok(rnn_session_get_gradient(n->session, name, gradient, count));
    assert_all_close(gradient, expected, count, tolerance);
}

static void test_backward(void **state)
{
    struct network *n = *state;
    const double dU[] = {0.66173690, -1.52495677};
    const double dW[] = {0.24903781, 0.99212823, -0.96356098, -0.72480080};
    const double db[] = {0.19232975, -1.51121497};
    const double dV[] = {0.22249029, -0.03350747, -0.22249029, 0.03350747};
    const double dc[] = {0.48322813, -0.48322813};
    const double expected_dx[] = {-0.49689074, 2.10427059};
    const double expected_dh0[] = {-0.44192356, 0.46940715};
    float dx[STEPS], dh0[HIDDEN];
    assert_ok(rnn_backward(n->session, dx, STEPS, n->dy, STEPS * CLASSES));
    check_gradient(n, "weight_ih_l0", dU, 2);
    check_gradient(n, "weight_hh_l0", dW, 4);
    check_gradient(n, "bias_ih_l0", db, 2);
    check_gradient(n, "bias_hh_l0", db, 2);
    check_gradient(n, "head.weight", dV, 4);
    check_gradient(n, "head.bias", dc, 2);
    assert_all_close(dx, expected_dx, STEPS, tolerance);
    assert_ok(rnn_session_get_state_gradient(n->session, RNN_STATE_H, dh0, HIDDEN));
    assert_all_close(dh0, expected_dh0, HIDDEN, tolerance);
}

static void test_gradient_descent(void **state)
{
    struct network *n = *state;
    const double expected[PARAMETERS] = {
        0.43382631,  -0.84750432,                          /* U */
        0.47509622,  -0.59921282, 1.09635610,  0.07248008, /* W */
        0.23076703,  0.65112150,                           /* bias_ih */
        -0.26923297, 0.15112150,                           /* bias_hh */
        0.97775097,  0.00335075,  -0.97775097, 1.99664925, /* V */
        0.45167719,  0.04832281                            /* c */
    };
    const float *after;
    size_t count;
    assert_ok(rnn_backward(n->session, NULL, 0, n->dy, STEPS * CLASSES));
    assert_ok(rnn_sgd_step(n->session, 0.1));
    assert_ok(rnn_model_parameters(n->model, &after, &count));
    assert_int_equal(count, PARAMETERS);
    assert_all_close(after, expected, PARAMETERS, tolerance);
    forward(n);
    assert_close(n->loss, 1.16885311, tolerance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_forward, open_network, close_network),
        cmocka_unit_test_setup_teardown(test_first_step, open_network, close_network),
        cmocka_unit_test_setup_teardown(test_loss, open_network, close_network),
        cmocka_unit_test_setup_teardown(test_backward, open_network, close_network),
        cmocka_unit_test_setup_teardown(test_gradient_descent, open_network, close_network),
    };
    return run_with_all_products(tests, sizeof tests / sizeof *tests);
}
