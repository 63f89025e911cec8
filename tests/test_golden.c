/* The library held to PyTorch: the vectors in golden/torch_rnn.h, which golden/generate.py writes. */
#include "golden/torch_rnn.h"

#include <math.h>
#include <string.h>

#include "support.h"

#define GOLDENS (sizeof goldens / sizeof *goldens)

/* float32 against double: rounding of 6e-8 in sums of at most 15 terms of size near 1, and the errors of ten updates,
 * each entering the next. PyTorch's own float32 differs from its double by less than 1e-6 here. */
static const double tolerance = 1e-5;

/* What the library gives for one golden network. */
#define MOST 256 /* elements of any array here */
struct result {
    double y[MOST], final[MOST], dx[MOST], dh0[MOST], gradients[MOST], trained[MOST];
    double losses[GOLDEN_DESCENT_STEPS], norms[GOLDEN_DESCENT_STEPS];
};

static size_t rows(const struct golden *g)
{
    return g->steps * g->batch;
}

static size_t states(const struct golden *g)
{
    return g->layers * g->batch * g->hidden;
}

static size_t outputs(const struct golden *g)
{
    return rows(g) * g->classes;
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
    rnn_config *config;
    rnn_model *model;
    float parameters[MOST];
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, (int64_t)g->inputs));
    assert_ok(rnn_config_set_int(config, RNN_VOCABULARY, (int64_t)g->vocabulary));
    assert_ok(rnn_config_set_int(config, RNN_EMBEDDING_SIZE, (int64_t)g->embedding));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, (int64_t)g->hidden));
    assert_ok(rnn_config_set_int(config, RNN_LAYERS, (int64_t)g->layers));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, (int64_t)g->classes));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    to_floats(parameters, g->parameters, g->parameter_count);
    assert_ok(rnn_set_parameters(model, parameters, g->parameter_count));
    return model;
}

static void forward(const struct golden *g, rnn_session *session, float *y)
{
    float x[MOST], h0[MOST];
    size_t lengths_count = g->lengths ? g->batch : 0;
    to_floats(h0, g->h0, states(g));
    assert_ok(rnn_reset_state(session, g->batch));
    assert_ok(rnn_set_state(session, h0, states(g), RNN_STATE_H));
    if (g->vocabulary) {
        assert_ok(rnn_forward_tokens(session, y, outputs(g), g->tokens, rows(g), g->lengths, lengths_count, g->steps));
    } else {
        to_floats(x, g->x, rows(g) * g->inputs);
        assert_ok(rnn_forward(session, y, outputs(g), x, rows(g) * g->inputs, g->lengths, lengths_count, g->steps));
    }
}

/* Gradients of all parameters, and dx where `dx` is given. */
static double forward_and_backward(const struct golden *g, rnn_session *session, float *y, float *dx)
{
    double loss;
    float dy[MOST];
    forward(g, session, y);
    assert_ok(rnn_softmax_cross_entropy(&loss, dy, outputs(g), y, outputs(g), g->targets, rows(g), g->lengths,
                                        g->lengths ? g->batch : 0, g->steps, g->batch, g->classes, g->reduction));
    assert_ok(rnn_zero_gradients(session));
    assert_ok(rnn_backward(session, dx, dx ? rows(g) * g->inputs : 0, dy, outputs(g)));
    return loss;
}

/* The first run: what comes out of it, and of every gradient. */
static void run_once(const struct golden *g, rnn_session *session, struct result *result)
{
    float y[MOST], dx[MOST], state[MOST], *gradients;
    size_t count;
    forward_and_backward(g, session, y, g->x ? dx : NULL);
    to_doubles(result->y, y, outputs(g));
    to_doubles(result->dx, dx, g->x ? rows(g) * g->inputs : 0);
    assert_ok(rnn_get_state(session, state, states(g), RNN_STATE_H));
    to_doubles(result->final, state, states(g));
    assert_ok(rnn_get_state_gradient(session, state, states(g), RNN_STATE_H));
    to_doubles(result->dh0, state, states(g));
    assert_ok(rnn_gradients(session, &gradients, &count));
    assert_int_equal(count, g->parameter_count);
    to_doubles(result->gradients, gradients, count);
}

static void descend(const struct golden *g, rnn_session *session, struct result *result)
{
    float y[MOST];
    for (size_t step = 0; step < GOLDEN_DESCENT_STEPS; step++) {
        result->losses[step] = forward_and_backward(g, session, y, NULL);
        /* PyTorch divides by norm + 1e-6, too little to show */
        assert_ok(rnn_clip_gradient_norm(session, &result->norms[step], GOLDEN_MAX_NORM));
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
    assert_ok(rnn_parameters(model, &trained, &count));
    assert_int_equal(count, g->parameter_count);
    to_doubles(result->trained, trained, count);
    rnn_session_destroy(session);
    rnn_destroy(model);
}

/* ---- the checker ------------------------------------------------------------------------------------------------ */

struct comparison {
    const char *name;
    const double *actual, *expected;
    size_t count;
};

#define COMPARISONS 8
static void compare(struct comparison all[COMPARISONS], const struct result *r, const struct golden *g)
{
    const struct comparison list[COMPARISONS] = {
        {"y", r->y, g->y, outputs(g)},
        {"final", r->final, g->final, states(g)},
        {"dx", r->dx, g->dx, g->x ? rows(g) * g->inputs : 0},
        {"dh0", r->dh0, g->dh0, states(g)},
        {"gradients", r->gradients, g->gradients, g->parameter_count},
        {"losses", r->losses, g->losses, GOLDEN_DESCENT_STEPS},
        {"norms", r->norms, g->norms, GOLDEN_DESCENT_STEPS},
        {"trained", r->trained, g->trained, g->parameter_count},
    };
    memcpy(all, list, sizeof list);
}

/* The name of the first array in which the library differs, or NULL. */
static const char *difference(const struct comparison all[COMPARISONS])
{
    for (const struct comparison *c = all; c < all + COMPARISONS; c++)
        for (size_t i = 0; i < c->count; i++)
            if (!close_enough(c->actual[i], c->expected[i], tolerance))
                return c->name;
    return NULL;
}

static void test_equals_pytorch(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDENS; i++) {
        struct result result;
        struct comparison all[COMPARISONS];
        run_library(&goldens[i], &result);
        compare(all, &result, &goldens[i]);
        const char *found = difference(all);
        if (found)
            print_error("%s: %s differs\n", goldens[i].name, found);
        assert_null(found);
    }
}

static void test_names_are_pytorchs(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDENS; i++) {
        rnn_model *model = create_model(&goldens[i]);
        size_t count;
        assert_ok(rnn_tensor_count(model, &count));
        assert_int_equal(count, goldens[i].tensor_count);
        for (size_t index = 0; index < count; index++) {
            const char *name;
            assert_ok(rnn_tensor_info(model, &name, NULL, NULL, 0, NULL, index));
            assert_string_equal(name, goldens[i].names[index]);
        }
        rnn_destroy(model);
    }
}

/* Moves every expected number in turn: the checker must name the array that it is in. */
static void check_rejected(struct comparison all[COMPARISONS], struct comparison *c)
{
    const double *expected = c->expected;
    double moved[MOST];
    memcpy(moved, expected, c->count * sizeof *moved);
    c->expected = moved;
    for (size_t i = 0; i < c->count; i++) {
        moved[i] = expected[i] + 1e-4 * (1 + fabs(expected[i]));
        const char *found = difference(all);
        assert_non_null(found);
        assert_string_equal(found, c->name);
        moved[i] = expected[i];
    }
    c->expected = expected;
}

static void test_moved_numbers_are_rejected(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDENS; i++) {
        struct result result;
        struct comparison all[COMPARISONS];
        run_library(&goldens[i], &result);
        compare(all, &result, &goldens[i]);
        for (size_t c = 0; c < COMPARISONS; c++)
            if (all[c].count)
                check_rejected(all, &all[c]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_pytorch),
        cmocka_unit_test(test_names_are_pytorchs),
        cmocka_unit_test(test_moved_numbers_are_rejected),
    };
    return run_with_all_kernels(tests, sizeof tests / sizeof *tests);
}
