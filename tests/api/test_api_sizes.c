/* Wrong counts, and sizes of 0 and beyond all bounds: refused by name and numbers, nothing read, nothing written. */
#include "support/fixture.h"

#include <stdio.h>

/* ---- counts ----------------------------------------------------------------------------------------------------- */

/* What the message must say of a wrong count. */
static const char *saying(const char *argument, size_t count, size_t right)
{
    static char part[128];
    snprintf(part, sizeof part, "%s is %zu, expected %zu", argument, count, right);
    return part;
}

/* The call, which has `n` in the place of that argument, with every wrong count in turn. */
#define refuses_wrong_counts(f, refused, argument, right, call)                                                        \
    do {                                                                                                               \
        for (int which_ = 0; which_ < WRONG_COUNTS; which_++) {                                                        \
            size_t n = wrong_count((right), which_);                                                                   \
            refused((f), call, RNN_E_SIZE, saying((argument), n, (right)));                                            \
        }                                                                                                              \
    } while (0)

#define BY_SESSION assert_refused_by_session
#define BY_THREAD  assert_refused

static void test_counts_of_parameters(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    struct outputs *o = &f.out;
    const float *values = f.parameters;
    refuses_wrong_counts(&f, BY_THREAD, "count", f.parameter_count, rnn_model_set_parameters(f.model, values, n));
    refuses_wrong_counts(&f, BY_THREAD, "count", C * H, rnn_model_get_parameter(f.model, "head.weight", o->tensor, n));
    refuses_wrong_counts(&f, BY_THREAD, "count", C * H, rnn_model_set_parameter(f.model, "head.weight", values, n));
    refuses_wrong_counts(&f, BY_SESSION, "count", C * H,
                         rnn_session_get_gradient(f.session, "head.weight", o->tensor, n));
    assert_refused(&f, rnn_model_tensor_info(f.model, 0, &o->text, &o->rank, o->shape, 0, &o->offset), RNN_E_SIZE,
                   "shape_count is 0, expected at least 2");
    assert_refused(&f, rnn_model_tensor_info(f.model, 0, &o->text, &o->rank, o->shape, 1, &o->offset), RNN_E_SIZE,
                   "shape_count is 1, expected at least 2");
    assert_undisturbed(&f);
    fixture_close(&f);
}

static void test_counts_of_state(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    struct outputs *o = &f.out;
    rnn_session *s = f.session;
    refuses_wrong_counts(&f, BY_SESSION, "count", STATES, rnn_session_get_state(s, RNN_STATE_H, o->states, n));
    refuses_wrong_counts(&f, BY_SESSION, "count", STATES, rnn_session_set_state(s, RNN_STATE_H, f.initial, n));
    refuses_wrong_counts(&f, BY_SESSION, "count", STATES, rnn_session_set_state_gradient(s, RNN_STATE_H, f.initial, n));
    assert_undisturbed(&f);
    fixture_close(&f);
}

static void test_counts_of_state_gradient(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    float gradient[STATES], again[STATES];
    assert_ok(rnn_backward(f.session, NULL, 0, f.dy, OUTPUTS));
    assert_ok(rnn_session_get_state_gradient(f.session, RNN_STATE_H, gradient, STATES));
    for (int i = 0; i < WRONG_COUNTS; i++)
        assert_fails(rnn_session_get_state_gradient(f.session, RNN_STATE_H, again, wrong_count(STATES, i)), RNN_E_SIZE);
    assert_ok(rnn_session_get_state_gradient(f.session, RNN_STATE_H, again, STATES));
    assert_memory_equal(again, gradient, sizeof gradient);
    fixture_close(&f);
}

static void test_counts_of_runs_on_numbers(void **state)
{
    (void)state;
    for (int32_t mode = RNN_INFERENCE; mode <= RNN_TRAINING; mode++) {
        struct fixture f = fixture_open(REAL, mode);
        struct outputs *o = &f.out;
        rnn_session *s = f.session;
        refuses_wrong_counts(&f, BY_SESSION, "y_count", OUTPUTS, rnn_forward(s, o->y, n, f.x, INPUTS, f.lengths, B, T));
        refuses_wrong_counts(&f, BY_SESSION, "x_count", INPUTS, rnn_forward(s, o->y, OUTPUTS, f.x, n, f.lengths, B, T));
        refuses_wrong_counts(&f, BY_SESSION, "lengths_count", B,
                             rnn_forward(s, o->y, OUTPUTS, f.x, INPUTS, f.lengths, n, T));
        refuses_wrong_counts(&f, BY_SESSION, "y_count", B * C, rnn_step(s, o->y, n, f.x, B * I));
        refuses_wrong_counts(&f, BY_SESSION, "x_count", B * I, rnn_step(s, o->y, B * C, f.x, n));
        assert_refused_by_session(&f, rnn_forward(s, o->y, OUTPUTS, f.x, INPUTS, f.lengths, B, T + 1), RNN_E_SIZE,
                                  saying("x_count", INPUTS, (T + 1) * B * I));
        assert_undisturbed(&f);
        fixture_close(&f);
    }
}

static void test_counts_of_runs_on_tokens(void **state)
{
    (void)state;
    for (enum input input = ONE_HOT; input <= EMBEDDING; input++) {
        struct fixture f = fixture_open(input, RNN_TRAINING);
        struct outputs *o = &f.out;
        rnn_session *s = f.session;
        refuses_wrong_counts(&f, BY_SESSION, "y_count", OUTPUTS,
                             rnn_forward_tokens(s, o->y, n, f.tokens, ROWS, f.lengths, B, T));
        refuses_wrong_counts(&f, BY_SESSION, "tokens_count", ROWS,
                             rnn_forward_tokens(s, o->y, OUTPUTS, f.tokens, n, f.lengths, B, T));
        refuses_wrong_counts(&f, BY_SESSION, "lengths_count", B,
                             rnn_forward_tokens(s, o->y, OUTPUTS, f.tokens, ROWS, f.lengths, n, T));
        refuses_wrong_counts(&f, BY_SESSION, "y_count", B * C, rnn_step_tokens(s, o->y, n, f.tokens, B));
        refuses_wrong_counts(&f, BY_SESSION, "tokens_count", B, rnn_step_tokens(s, o->y, B * C, f.tokens, n));
        assert_undisturbed(&f);
        fixture_close(&f);
    }
}

static void test_counts_of_backward(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    struct outputs *o = &f.out;
    rnn_session *s = f.session;
    refuses_wrong_counts(&f, BY_SESSION, "dx_count", INPUTS, rnn_backward(s, o->dx, n, f.dy, OUTPUTS));
    refuses_wrong_counts(&f, BY_SESSION, "dy_count", OUTPUTS, rnn_backward(s, o->dx, INPUTS, f.dy, n));
    assert_undisturbed(&f);
    fixture_close(&f);
}

static void test_counts_of_losses(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    struct outputs *o = &f.out;
    rnn_loss *loss;
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CROSS_ENTROPY));
    assert_ok(rnn_loss_set_batch(loss, f.lengths, B, T, B, C));
    refuses_wrong_counts(&f, BY_THREAD, "dlogits_count", OUTPUTS,
                         rnn_softmax_cross_entropy(&o->loss, o->y, n, f.dy, OUTPUTS, f.targets, ROWS, C));
    refuses_wrong_counts(&f, BY_THREAD, "logits_count", OUTPUTS,
                         rnn_softmax_cross_entropy(&o->loss, o->y, OUTPUTS, f.dy, n, f.targets, ROWS, C));
    for (int i = 0; i < WRONG_COUNTS; i++)
        assert_too_large(
            &f, rnn_softmax_cross_entropy(&o->loss, o->y, OUTPUTS, f.dy, OUTPUTS, f.targets, wrong_count(ROWS, i), C));
    refuses_wrong_counts(&f, BY_THREAD, "dy_count", OUTPUTS,
                         rnn_loss_of_classes(loss, &o->loss, o->y, n, f.dy, OUTPUTS, f.targets, ROWS));
    refuses_wrong_counts(&f, BY_THREAD, "y_count", OUTPUTS,
                         rnn_loss_of_classes(loss, &o->loss, o->y, OUTPUTS, f.dy, n, f.targets, ROWS));
    refuses_wrong_counts(&f, BY_THREAD, "classes_count", ROWS,
                         rnn_loss_of_classes(loss, &o->loss, o->y, OUTPUTS, f.dy, OUTPUTS, f.targets, n));
    refuses_wrong_counts(&f, BY_THREAD, "lengths_count", B, rnn_loss_set_batch(loss, f.lengths, n, T, B, C));
    rnn_loss_destroy(loss);
    refuses_wrong_counts(&f, BY_THREAD, "p_count", OUTPUTS, rnn_softmax(o->y, n, f.dy, OUTPUTS, C));
    for (size_t n = OUTPUTS - C + 1; n < OUTPUTS; n++) /* no multiple of C */
        assert_refused(&f, rnn_softmax(o->y, n, f.dy, n, C), RNN_E_SIZE, "expected a multiple of C = 8");
    assert_refused(&f, rnn_softmax(o->y, OUTPUTS, f.dy, OUTPUTS, OUTPUTS + 1), RNN_E_SIZE, "logits_count is 48");
    assert_undisturbed(&f);
    fixture_close(&f);
}

/* rnn_save_memory alone says the right size in an output even so. */
static void test_capacity_of_a_checkpoint(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    size_t size = 0, again = 0;
    assert_ok(rnn_save_memory(f.model, NULL, 0, &size));
    assert_true(size > f.parameter_count * sizeof(float));
    for (size_t capacity = 0; capacity <= sizeof f.out.bytes; capacity += 8) {
        again = 0;
        assert_refused(&f, rnn_save_memory(f.model, f.out.bytes, capacity, &again), RNN_E_SIZE, "expected at least");
        assert_int_equal(again, size);
    }
    assert_refused(&f, rnn_load_memory(&f.out.model, f.parameters, 0), RNN_E_FORMAT, "");
    assert_undisturbed(&f);
    fixture_close(&f);
}

/* ---- sizes ------------------------------------------------------------------------------------------------------ */

#define MOST ((size_t)INT32_MAX)

static void test_sizes_of_0(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    struct outputs *o = &f.out;
    rnn_session *s = f.session;
    assert_refused_by_session(&f, rnn_session_reserve(s, 0, 1), RNN_E_VALUE, "steps is 0");
    assert_refused_by_session(&f, rnn_session_reserve(s, 1, 0), RNN_E_VALUE, "batch is 0");
    assert_refused_by_session(&f, rnn_reset_state(s, 0), RNN_E_VALUE, "batch is 0");
    assert_refused_by_session(&f, rnn_forward(s, o->y, 0, f.x, 0, NULL, 0, 0), RNN_E_VALUE, "steps is 0");
    rnn_loss *loss;
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CROSS_ENTROPY));
    assert_refused(&f, rnn_loss_set_batch(loss, f.lengths, B, 0, B, C), RNN_E_VALUE, "steps is 0");
    assert_refused(&f, rnn_loss_set_batch(loss, f.lengths, 0, T, 0, C), RNN_E_VALUE, "batch is 0");
    assert_refused(&f, rnn_loss_set_batch(loss, f.lengths, B, T, B, 0), RNN_E_VALUE, "classes is 0");
    assert_refused(&f, rnn_softmax_cross_entropy(&o->loss, o->y, 0, f.dy, 0, f.targets, 0, C), RNN_E_SIZE,
                   "targets_count is 0");
    assert_refused(&f, rnn_softmax_cross_entropy(&o->loss, o->y, 0, f.dy, 0, f.targets, ROWS, 0), RNN_E_VALUE,
                   "classes is 0");
    rnn_loss_destroy(loss);
    assert_refused(&f, rnn_softmax(o->y, 0, f.dy, 0, 0), RNN_E_VALUE, "classes is 0");
    assert_undisturbed(&f);
    fixture_close(&f);
}

/* Also where size_t has 32 bits: 2^32 wraps to 0 there, and SIZE_MAX / 2 is a valid size. */
#define WIDE (SIZE_MAX > UINT32_MAX)
static const size_t above[] = {(size_t)INT32_MAX + 1, (size_t)UINT32_MAX + WIDE, SIZE_MAX / 2 + !WIDE, SIZE_MAX - 1,
                               SIZE_MAX};
#define ABOVE (sizeof above / sizeof *above)

static void test_sizes_above_the_largest(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    struct outputs *o = &f.out;
    rnn_session *s = f.session;
    rnn_loss *loss;
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CROSS_ENTROPY));
    for (size_t i = 0; i < ABOVE; i++) {
        size_t n = above[i];
        assert_refused_by_session(&f, rnn_session_reserve(s, n, 1), RNN_E_VALUE, "steps is");
        assert_refused_by_session(&f, rnn_session_reserve(s, 1, n), RNN_E_VALUE, "batch is");
        assert_refused_by_session(&f, rnn_reset_state(s, n), RNN_E_VALUE, "batch is");
        assert_refused_by_session(&f, rnn_forward(s, o->y, OUTPUTS, f.x, INPUTS, f.lengths, B, n), RNN_E_VALUE,
                                  "steps");
        assert_too_large(&f, rnn_loss_set_batch(loss, f.lengths, B, n, B, C));
        assert_too_large(&f, rnn_loss_set_batch(loss, f.lengths, B, T, n, C));
        assert_too_large(&f, rnn_loss_set_batch(loss, f.lengths, B, T, B, n));
        assert_too_large(&f, rnn_loss_set_batch(loss, NULL, 0, n, n, n));
        assert_too_large(&f, rnn_softmax_cross_entropy(&o->loss, o->y, OUTPUTS, f.dy, OUTPUTS, f.targets, ROWS, n));
        assert_too_large(&f, rnn_softmax_cross_entropy(&o->loss, NULL, 0, f.dy, OUTPUTS, f.targets, n, C));
        assert_too_large(&f, rnn_softmax_cross_entropy(&o->loss, NULL, 0, f.dy, OUTPUTS, f.targets, n, n));
        assert_too_large(&f, rnn_softmax(o->y, OUTPUTS, f.dy, OUTPUTS, n));
    }
    rnn_loss_destroy(loss);
    assert_undisturbed(&f);
    fixture_close(&f);
}

/* Each in range, their products not, or not the counts; `count` is what a wrapped product might be taken for. */
static void test_products_beyond_the_counts(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    struct outputs *o = &f.out;
    rnn_loss *loss;
    assert_ok(rnn_loss_create(&loss, RNN_LOSS_CROSS_ENTROPY));
    static const size_t shapes[][3] = {
        {MOST, 1, 1},    {1, MOST, 1},       {1, 1, MOST},          {MOST, 1, MOST},       {1, MOST, MOST},
        {MOST, MOST, 1}, {MOST, MOST, MOST}, {1 << 16, 1 << 16, 1}, {1 << 30, 1, 1 << 30}, {1 << 15, 1 << 15, 1 << 30}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        size_t steps = shapes[i][0], batch = shapes[i][1], classes = shapes[i][2];
        size_t count = (uint32_t)(steps * batch * classes) % OUTPUTS;
        assert_too_large(&f, rnn_softmax_cross_entropy(&o->loss, o->y, count, f.dy, count, f.targets, steps, classes));
        if (rnn_loss_set_batch(loss, NULL, 0, steps, batch, classes))
            assert_too_large(&f, rnn_loss_set_batch(loss, NULL, 0, steps, batch, classes));
        else
            assert_too_large(&f, rnn_loss_of_classes(loss, &o->loss, o->y, count, f.dy, count, f.targets, ROWS));
    }
    rnn_loss_destroy(loss);
    assert_too_large(&f, rnn_forward(f.session, o->y, OUTPUTS, f.x, INPUTS, f.lengths, B, MOST));
    assert_too_large(&f, rnn_forward(f.session, NULL, 0, f.x, INPUTS, NULL, 0, MOST));
    assert_undisturbed(&f);
    fixture_close(&f);
}

/* ---- memory that no machine has --------------------------------------------------------------------------------- */

/* Beyond the 2^47 bytes of a process, so that no lazy allocator can promise them; some overflow size_t. */
static void test_networks_beyond_memory(void **state)
{
    (void)state;
    enum { BIG = 1 << 30, TOP = INT32_MAX };
    static const int64_t sizes[][5] = {/* I, V, E, H, C */
                                       {1, 0, 0, TOP, 0},       {TOP, 0, 0, TOP, TOP},   {0, TOP, 0, TOP, 0},
                                       {0, TOP, TOP, TOP, TOP}, {0, TOP, 1 << 15, 1, 0}, {BIG, 0, 0, BIG, BIG},
                                       {0, BIG, BIG, BIG, BIG}, {1, 0, 0, BIG, 0},       {1, 0, 0, 1 << 24, 0},
                                       {1, 0, 0, 1 << 23, TOP}};
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int64_t layers = 1; layers <= 1024; layers += 1023) {
            assert_ok(rnn_config_set_int(f.config, RNN_INPUT_SIZE, sizes[i][0]));
            assert_ok(rnn_config_set_int(f.config, RNN_VOCABULARY, sizes[i][1]));
            assert_ok(rnn_config_set_int(f.config, RNN_EMBEDDING_SIZE, sizes[i][2]));
            assert_ok(rnn_config_set_int(f.config, RNN_HIDDEN_SIZE, sizes[i][3]));
            assert_ok(rnn_config_set_int(f.config, RNN_CLASSES, sizes[i][4]));
            assert_ok(rnn_config_set_int(f.config, RNN_LAYERS, layers));
            assert_refused_by_config(&f, rnn_create(&f.out.model, f.config), RNN_E_MEMORY, "out of memory");
        }
    assert_undisturbed(&f);
    fixture_close(&f);
}

/* A network of which a run over 2^31 - 1 sequences, in training also over as many steps, needs more than 2^47 bytes. */
static rnn_model *create_deep_network(void)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, 1 << 15));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 32));
    assert_ok(rnn_config_set_int(config, RNN_LAYERS, 1024));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static void test_runs_beyond_memory(void **state)
{
    (void)state;
    enum { INPUT = 1 << 15, DEEP_STATES = 1024 * 32 };
    static float x[INPUT], before[DEEP_STATES], after[DEEP_STATES];
    rnn_model *model = create_deep_network();
    for (int32_t mode = RNN_INFERENCE; mode <= RNN_TRAINING; mode++) {
        rnn_session *s;
        assert_ok(rnn_session_create(&s, model, mode));
        assert_ok(rnn_forward(s, NULL, 0, x, INPUT, NULL, 0, 1));
        assert_ok(rnn_session_get_state(s, RNN_STATE_H, before, DEEP_STATES));
        assert_fails(rnn_session_reserve(s, 1, MOST), RNN_E_MEMORY);
        assert_fails(rnn_reset_state(s, MOST), RNN_E_MEMORY);
        assert_memory_equal(rnn_session_last_error(s), "rnn_reset_state: out of memory", 30);
        if (mode == RNN_INFERENCE) {
            assert_ok(rnn_session_reserve(s, MOST, 1)); /* long runs go in pieces */
        } else {
            assert_fails(rnn_session_reserve(s, MOST, 1), RNN_E_MEMORY);
            assert_fails(rnn_forward(s, NULL, 0, x, MOST * INPUT, NULL, 0, MOST), RNN_E_MEMORY); /* before x is read */
            assert_memory_equal(rnn_session_last_error(s), "rnn_forward: out of memory", 26);
        }
        assert_ok(rnn_session_get_state(s, RNN_STATE_H, after, DEEP_STATES));
        assert_memory_equal(after, before, sizeof before);
        if (mode == RNN_TRAINING)
            assert_ok(rnn_backward(s, NULL, 0, before, 32)); /* the saved run is still there */
        assert_ok(rnn_step(s, NULL, 0, x, INPUT));
        rnn_session_destroy(s);
    }
    rnn_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_of_parameters),
        cmocka_unit_test(test_counts_of_state),
        cmocka_unit_test(test_counts_of_state_gradient),
        cmocka_unit_test(test_counts_of_runs_on_numbers),
        cmocka_unit_test(test_counts_of_runs_on_tokens),
        cmocka_unit_test(test_counts_of_backward),
        cmocka_unit_test(test_counts_of_losses),
        cmocka_unit_test(test_capacity_of_a_checkpoint),
        cmocka_unit_test(test_sizes_of_0),
        cmocka_unit_test(test_sizes_above_the_largest),
        cmocka_unit_test(test_products_beyond_the_counts),
        cmocka_unit_test(test_networks_beyond_memory),
        cmocka_unit_test(test_runs_beyond_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
