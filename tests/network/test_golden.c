/* The library held to PyTorch: the vectors in golden/torch_rnn.h, which golden/generate_networks.py writes. */
#include "oracle/golden/torch_rnn.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/loss_call.h"

#define GOLDENS (sizeof goldens / sizeof *goldens)

/* What is allowed, as |actual - expected| / (1 + |expected|): float32 against double. Behind each is what PyTorch's own
 * float32 differs by, as generate_networks.py prints it, times about eight: other orders of sums, and kernels whose exp
 * and tanh are off by some units in the last place where those of the C library are off by less than one. */
#define TOLERANCE_OUTPUTS   2e-6 /* y 3e-7: three layers of sums of at most 8 + 4 terms of size near 1, four steps */
#define TOLERANCE_STATES    2e-6 /* h 2e-7, c 9e-8: the same sums */
#define TOLERANCE_BACKWARD  2e-6 /* dx, dh0, dc0 3e-7: as deep as the way forward, whose errors they inherit */
#define TOLERANCE_GRADIENTS 4e-6 /* 5e-7: of the above, sums over the 12 steps of a batch */
#define TOLERANCE_LOSSES    2e-6 /* losses and norms 2e-7: of y and of gradients, whose errors are averaged out */
#define TOLERANCE_TRAINED   2e-6 /* 1e-7: the errors of ten gradients, clipped to norm 1 and times the rate 0.1 */

/* What the library gives for one golden network. */
#define MOST GOLDEN_MOST
struct result {
    double y[MOST], h[MOST], c[MOST], dx[MOST], dh0[MOST], dc0[MOST], gradients[MOST], trained[MOST];
    double losses[GOLDEN_DESCENT_STEPS], norms[GOLDEN_DESCENT_STEPS];
};

/* ---- sizes ------------------------------------------------------------------------------------------------------ */

static size_t directions(const struct golden *g)
{
    return g->direction == RNN_DIRECTION_BOTH ? 2 : 1;
}

static size_t h_width(const struct golden *g)
{
    return g->projection ? g->projection : g->hidden;
}

static size_t classes(const struct golden *g)
{
    return g->classes ? g->classes : directions(g) * h_width(g);
}

static size_t rows(const struct golden *g)
{
    return g->steps * g->batch;
}

static size_t x_count(const struct golden *g)
{
    return g->x ? rows(g) * g->inputs : 0;
}

static size_t y_count(const struct golden *g)
{
    return rows(g) * classes(g);
}

static size_t h_count(const struct golden *g)
{
    return g->layers * directions(g) * g->batch * h_width(g);
}

static size_t c_count(const struct golden *g)
{
    return g->c0 ? g->layers * directions(g) * g->batch * g->hidden : 0;
}

static size_t lengths_count(const struct golden *g)
{
    return g->lengths ? g->batch : 0;
}

static void to_floats(float *to, const double *from, size_t count)
{
    assert_true(count <= MOST);
    for (size_t i = 0; i < count; i++)
        to[i] = (float)from[i];
}

static void to_doubles(double *to, const float *from, size_t count)
{
    assert_true(count <= MOST);
    for (size_t i = 0; i < count; i++)
        to[i] = (double)from[i];
}

/* ---- the library ------------------------------------------------------------------------------------------------ */

static rnn_model *create_model(const struct golden *g)
{
    const struct {
        int32_t key;
        size_t value;
    } sizes[] = {
        {RNN_INPUT_SIZE, g->inputs},
        {RNN_VOCABULARY, g->vocabulary},
        {RNN_EMBEDDING_SIZE, g->embedding},
        {RNN_HIDDEN_SIZE, g->hidden},
        {RNN_PROJECTION_SIZE, g->projection},
        {RNN_LAYERS, g->layers},
        {RNN_CLASSES, g->classes},
        {RNN_BIAS, (size_t)g->bias},
        {RNN_CELL, (size_t)g->cell},
        {RNN_DIRECTION, (size_t)g->direction},
    };
    rnn_config *config;
    rnn_model *model;
    float parameters[MOST];
    assert_ok(rnn_config_create(&config));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        assert_ok(rnn_config_set_int(config, sizes[i].key, (int64_t)sizes[i].value));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    to_floats(parameters, g->parameters, g->parameter_count);
    assert_ok(rnn_model_set_parameters(model, parameters, g->parameter_count));
    return model;
}

/* Begins the sequences at the initial states of PyTorch. */
static void begin(const struct golden *g, rnn_session *session)
{
    float state[MOST];
    assert_ok(rnn_reset_state(session, g->batch));
    to_floats(state, g->h0, h_count(g));
    assert_ok(rnn_session_set_state(session, RNN_STATE_H, state, h_count(g)));
    if (!g->c0)
        return;
    to_floats(state, g->c0, c_count(g));
    assert_ok(rnn_session_set_state(session, RNN_STATE_C, state, c_count(g)));
}

static void forward(const struct golden *g, rnn_session *session, float *y)
{
    float x[MOST];
    begin(g, session);
    if (g->x) {
        to_floats(x, g->x, x_count(g));
        assert_ok(rnn_forward(session, y, y_count(g), x, x_count(g), g->lengths, lengths_count(g), g->steps));
    } else {
        assert_ok(
            rnn_forward_tokens(session, y, y_count(g), g->tokens, rows(g), g->lengths, lengths_count(g), g->steps));
    }
}

/* What the loss on the final states adds to their gradients. */
static void set_state_gradients(const struct golden *g, rnn_session *session)
{
    float gradient[MOST];
    if (g->dh) {
        to_floats(gradient, g->dh, h_count(g));
        assert_ok(rnn_session_set_state_gradient(session, RNN_STATE_H, gradient, h_count(g)));
    }
    if (g->dc) {
        to_floats(gradient, g->dc, c_count(g));
        assert_ok(rnn_session_set_state_gradient(session, RNN_STATE_C, gradient, c_count(g)));
    }
}

/* Gradients of all parameters, and dx where `dx` is given; the cross-entropy. */
static double forward_and_backward(const struct golden *g, rnn_session *session, float *y, float *dx)
{
    double loss;
    float dy[MOST];
    forward(g, session, y);
    assert_ok(loss_call_softmax(&loss, dy, y, g->targets, g->lengths, g->steps, g->batch, classes(g), g->reduction));
    assert_ok(rnn_zero_gradients(session));
    set_state_gradients(g, session);
    assert_ok(rnn_backward(session, dx, dx ? x_count(g) : 0, dy, y_count(g)));
    return loss;
}

static void get_states(const struct golden *g, rnn_session *session, struct result *result)
{
    float state[MOST];
    assert_ok(rnn_session_get_state(session, RNN_STATE_H, state, h_count(g)));
    to_doubles(result->h, state, h_count(g));
    if (!g->c0)
        return;
    assert_ok(rnn_session_get_state(session, RNN_STATE_C, state, c_count(g)));
    to_doubles(result->c, state, c_count(g));
}

static void get_state_gradients(const struct golden *g, rnn_session *session, struct result *result)
{
    float gradient[MOST];
    assert_ok(rnn_session_get_state_gradient(session, RNN_STATE_H, gradient, h_count(g)));
    to_doubles(result->dh0, gradient, h_count(g));
    if (!g->c0)
        return;
    assert_ok(rnn_session_get_state_gradient(session, RNN_STATE_C, gradient, c_count(g)));
    to_doubles(result->dc0, gradient, c_count(g));
}

/* The first run: what comes out of it, and of every gradient. */
static void run_once(const struct golden *g, rnn_session *session, struct result *result)
{
    float y[MOST], dx[MOST], *gradients;
    size_t count;
    forward_and_backward(g, session, y, g->x ? dx : NULL);
    to_doubles(result->y, y, y_count(g));
    to_doubles(result->dx, dx, x_count(g));
    get_states(g, session, result);
    get_state_gradients(g, session, result);
    assert_ok(rnn_session_gradients(session, &gradients, &count));
    assert_int_equal(count, g->parameter_count);
    to_doubles(result->gradients, gradients, count);
}

static void descend(const struct golden *g, rnn_session *session, struct result *result)
{
    float y[MOST];
    for (size_t step = 0; step < GOLDEN_DESCENT_STEPS; step++) {
        result->losses[step] = forward_and_backward(g, session, y, NULL);
        /* PyTorch divides by norm + 1e-6, too little to show */
        assert_ok(rnn_session_clip_gradient_norm(session, &result->norms[step], GOLDEN_MAX_NORM));
        assert_ok(rnn_sgd_step(session, GOLDEN_RATE));
    }
}

static void run_library(const struct golden *g, struct result *result)
{
    rnn_session *session;
    rnn_model *model = create_model(g);
    const float *trained;
    size_t count;
    assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
    run_once(g, session, result);
    descend(g, session, result);
    assert_ok(rnn_model_parameters(model, &trained, &count));
    assert_int_equal(count, g->parameter_count);
    to_doubles(result->trained, trained, count);
    rnn_session_destroy(session);
    rnn_destroy(model);
}

/* The same outputs and states from a session for inference. */
static void run_inference(const struct golden *g, rnn_session *session, struct result *result)
{
    float y[MOST];
    forward(g, session, y);
    to_doubles(result->y, y, y_count(g));
    get_states(g, session, result);
}

/* And from one that sees one step at a time. */
static void run_steps(const struct golden *g, rnn_session *session, struct result *result)
{
    size_t y_step = g->batch * classes(g), x_step = g->batch * g->inputs;
    float x[MOST], y[MOST];
    to_floats(x, g->x, x_count(g));
    begin(g, session);
    for (size_t t = 0; t < g->steps; t++) {
        if (g->x)
            assert_ok(rnn_step(session, y + t * y_step, y_step, x + t * x_step, x_step));
        else
            assert_ok(rnn_step_tokens(session, y + t * y_step, y_step, g->tokens + t * g->batch, g->batch));
    }
    to_doubles(result->y, y, y_count(g));
    get_states(g, session, result);
}

/* ---- the checker ------------------------------------------------------------------------------------------------ */

/* One array, or the part of one that belongs to one tensor of the flat block. */
struct comparison {
    const char *array, *tensor;
    const double *actual, *expected;
    size_t count;
    double tolerance;
};

#define MOST_COMPARISONS 80
struct comparisons {
    struct comparison list[MOST_COMPARISONS];
    size_t count;
};

static void add(struct comparisons *all, const char *array, const char *tensor, const double *actual,
                const double *expected, size_t count, double tolerance)
{
    if (!count)
        return;
    assert_true(all->count < MOST_COMPARISONS);
    all->list[all->count++] = (struct comparison){array, tensor, actual, expected, count, tolerance};
}

/* 12 for "weight_ih_l0 [4,3]". */
static size_t elements(const char *tensor)
{
    size_t product = 1;
    const char *shape = strchr(tensor, '[');
    assert_non_null(shape);
    while (*shape != ']') {
        char *end;
        product *= strtoul(shape + 1, &end, 10);
        shape = end;
    }
    return product;
}

/* A flat block, tensor by tensor. */
static void add_block(struct comparisons *all, const char *array, const double *actual, const double *expected,
                      const struct golden *g, double tolerance)
{
    size_t offset = 0;
    for (size_t i = 0; i < g->tensor_count; i++) {
        size_t count = elements(g->tensors[i]);
        add(all, array, g->tensors[i], actual + offset, expected + offset, count, tolerance);
        offset += count;
    }
    assert_int_equal(offset, g->parameter_count);
}

static void compare_forward(struct comparisons *all, const struct result *r, const struct golden *g)
{
    all->count = 0;
    add(all, "y", "", r->y, g->y, y_count(g), TOLERANCE_OUTPUTS);
    add(all, "h", "", r->h, g->h, h_count(g), TOLERANCE_STATES);
    add(all, "c", "", r->c, g->c, c_count(g), TOLERANCE_STATES);
}

static void compare_all(struct comparisons *all, const struct result *r, const struct golden *g)
{
    compare_forward(all, r, g);
    add(all, "dx", "", r->dx, g->dx, x_count(g), TOLERANCE_BACKWARD);
    add(all, "dh0", "", r->dh0, g->dh0, h_count(g), TOLERANCE_BACKWARD);
    add(all, "dc0", "", r->dc0, g->dc0, c_count(g), TOLERANCE_BACKWARD);
    add_block(all, "gradient", r->gradients, g->gradients, g, TOLERANCE_GRADIENTS);
    add(all, "losses", "", r->losses, g->losses, GOLDEN_DESCENT_STEPS, TOLERANCE_LOSSES);
    add(all, "norms", "", r->norms, g->norms, GOLDEN_DESCENT_STEPS, TOLERANCE_LOSSES);
    add_block(all, "trained", r->trained, g->trained, g, TOLERANCE_TRAINED);
}

/* The index of the first element that differs, or the count where none does. */
static size_t first_difference(const struct comparison *c)
{
    size_t i = 0;
    while (i < c->count && close_enough(c->actual[i], c->expected[i], c->tolerance))
        i++;
    return i;
}

/* Says what differs in one case, and how many arrays do. */
static size_t differences(const struct comparisons *all, const char *name, const char *how)
{
    size_t found = 0;
    for (const struct comparison *c = all->list; c < all->list + all->count; c++) {
        size_t i = first_difference(c);
        if (i == c->count)
            continue;
        found++;
        print_error("%s, %s: %s %s, element %zu is %.9g, PyTorch has %.9g\n", name, how, c->array, c->tensor, i,
                    c->actual[i], c->expected[i]);
    }
    return found;
}

/* ---- tests ------------------------------------------------------------------------------------------------------ */

static void test_training_equals_pytorch(void **state)
{
    (void)state;
    size_t found = 0;
    for (const struct golden *g = goldens; g < goldens + GOLDENS; g++) {
        struct result result;
        struct comparisons all;
        run_library(g, &result);
        compare_all(&all, &result, g);
        found += differences(&all, g->name, "training");
    }
    assert_int_equal(found, 0);
}

static void test_inference_equals_pytorch(void **state)
{
    (void)state;
    size_t found = 0;
    for (const struct golden *g = goldens; g < goldens + GOLDENS; g++) {
        struct result result;
        struct comparisons all;
        rnn_session *session;
        rnn_model *model = create_model(g);
        assert_ok(rnn_session_create(&session, model, RNN_INFERENCE));
        run_inference(g, session, &result);
        compare_forward(&all, &result, g);
        found += differences(&all, g->name, "inference");
        if (g->direction == RNN_DIRECTION_FORWARD && !g->lengths) {
            run_steps(g, session, &result);
            compare_forward(&all, &result, g);
            found += differences(&all, g->name, "step by step");
        }
        rnn_session_destroy(session);
        rnn_destroy(model);
    }
    assert_int_equal(found, 0);
}

/* "weight_ih_l0 [4,3]" of tensor number `index`, which must begin at `offset`. */
static void check_tensor(const rnn_model *model, size_t index, size_t expected_offset, const char *expected)
{
    const char *name;
    char text[128];
    size_t rank, shape[2], offset;
    assert_ok(rnn_model_tensor_info(model, index, &name, &rank, shape, 2, &offset));
    assert_in_range(rank, 1, 2);
    if (rank == 1)
        snprintf(text, sizeof text, "%s [%zu]", name, shape[0]);
    else
        snprintf(text, sizeof text, "%s [%zu,%zu]", name, shape[0], shape[1]);
    assert_string_equal(text, expected);
    assert_int_equal(offset, expected_offset);
}

static void test_tensors_are_pytorchs(void **state)
{
    (void)state;
    for (const struct golden *g = goldens; g < goldens + GOLDENS; g++) {
        rnn_model *model = create_model(g);
        size_t count, offset = 0;
        assert_ok(rnn_model_tensor_count(model, &count));
        assert_int_equal(count, g->tensor_count);
        for (size_t index = 0; index < count; index++) {
            check_tensor(model, index, offset, g->tensors[index]);
            offset += elements(g->tensors[index]);
        }
        rnn_destroy(model);
    }
}

/* Moves every expected number in turn by little more than is allowed: the checker must point at it. */
static void check_rejected(struct comparison c)
{
    double moved[MOST];
    memcpy(moved, c.expected, c.count * sizeof *moved);
    c.expected = moved;
    for (size_t i = 0; i < c.count; i++) {
        double kept = moved[i];
        moved[i] += 3 * c.tolerance * (1 + fabs(kept));
        assert_int_equal(first_difference(&c), i);
        moved[i] = kept;
    }
}

static void test_moved_numbers_are_rejected(void **state)
{
    (void)state;
    for (const struct golden *g = goldens; g < goldens + GOLDENS; g++) {
        struct result result;
        struct comparisons all;
        run_library(g, &result);
        compare_all(&all, &result, g);
        for (size_t i = 0; i < all.count; i++)
            check_rejected(all.list[i]);
    }
}

/* Numbers that are equal because both are 0 would prove nothing: each array must have one that is not. */
static void test_no_array_is_empty(void **state)
{
    (void)state;
    for (const struct golden *g = goldens; g < goldens + GOLDENS; g++) {
        struct result result;
        struct comparisons all;
        memset(&result, 0, sizeof result);
        compare_all(&all, &result, g);
        for (size_t i = 0; i < all.count; i++)
            assert_true(first_difference(&all.list[i]) < all.list[i].count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_training_equals_pytorch), cmocka_unit_test(test_inference_equals_pytorch),
        cmocka_unit_test(test_tensors_are_pytorchs),    cmocka_unit_test(test_moved_numbers_are_rejected),
        cmocka_unit_test(test_no_array_is_empty),
    };
    return run_with_all_products(tests, sizeof tests / sizeof *tests);
}
