/* Lists of layers held to PyTorch (golden/torch_layers.h, which golden/generate_layers.py writes): whole, on threads,
 * in segments, in pieces, step by step, one sequence at a time, from a file, and after ten steps of gradient descent.
 */
#include "oracle/golden/torch_layers.h"

#include "base/share.h"
#include "support/support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASES     (sizeof layers_cases / sizeof *layers_cases)
#define REAL_KEYS 100  /* keys from here on are of reals */
#define TOLERANCE 5e-6 /* float32 against double: sums of at most 30 terms, seven steps, five layers */
#define DESCENDED 2e-5 /* the same after ten steps */
#define T         LAYERS_STEPS
#define B         LAYERS_BATCH
enum { MOST = 4096 };

static float x[MOST], y[MOST], dy[MOST], dx[MOST], other[MOST], values[MOST];
static int32_t tokens[T * B];

static void to_floats(float *to, const double *from, size_t count)
{
    assert_true(count <= MOST);
    for (size_t i = 0; i < count; i++)
        to[i] = (float)from[i];
}

static size_t y_count(const struct golden_layers *g)
{
    return g->steps * B * g->outputs;
}

/* ---- models ------------------------------------------------------------------------------------------------------ */

static rnn_model *model_of(const struct golden_layers *g)
{
    rnn_config *config;
    rnn_model *model;
    size_t count;
    const float *parameters;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, g->vocabulary ? RNN_VOCABULARY : RNN_INPUT_SIZE,
                                 (int64_t)(g->vocabulary ? g->vocabulary : g->inputs)));
    for (size_t i = 0; g->layers[i].kind; i++) {
        assert_ok(rnn_config_add_layer(config, NULL, g->layers[i].kind));
        for (const struct golden_option *o = g->layers[i].options; o->key; o++)
            if (o->key < REAL_KEYS)
                assert_ok(rnn_config_set_layer_int(config, i, o->key, (int64_t)o->value));
            else
                assert_ok(rnn_config_set_layer_real(config, i, o->key, o->value));
    }
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    assert_ok(rnn_model_parameters(model, &parameters, &count));
    assert_true(count == g->parameter_count);
    to_floats(values, g->parameters, count);
    if (count)
        assert_ok(rnn_model_set_parameters(model, values, count));
    return model;
}

static rnn_session *session_of(rnn_model *model, int32_t mode, size_t batch, size_t threads)
{
    rnn_session *session;
    assert_ok(rnn_session_create(&session, model, mode));
    if (threads > 1)
        assert_ok(rnn_session_set_threads(session, THREADS(threads)));
    assert_ok(rnn_reset_state(session, batch));
    return session;
}

static void fill_input(const struct golden_layers *g)
{
    for (size_t i = 0; g->vocabulary && i < T * B; i++)
        tokens[i] = (int32_t)g->x[i];
    if (!g->vocabulary)
        to_floats(x, g->x, T * B * g->inputs);
}

static void forward(rnn_session *session, const struct golden_layers *g, float *to, size_t to_count)
{
    if (g->vocabulary)
        assert_ok(rnn_forward_tokens(session, to, to_count, tokens, T * B, layers_lengths, B, T));
    else
        assert_ok(rnn_forward(session, to, to_count, x, T * B * g->inputs, layers_lengths, B, T));
}

/* ---- whole ------------------------------------------------------------------------------------------------------- */

static void check_forward(rnn_session *session, const struct golden_layers *g)
{
    size_t steps;
    int32_t lengths[B];
    assert_ok(rnn_session_output_steps(session, T, &steps));
    assert_true(steps == g->steps);
    forward(session, g, y, y_count(g));
    assert_ok(rnn_session_output_lengths(session, lengths, B));
    assert_memory_equal(lengths, g->lengths, sizeof lengths);
    assert_all_close(y, g->y, y_count(g), TOLERANCE);
    for (size_t i = 0; i < y_count(g); i++) {
        size_t b = i / g->outputs % B, t = i / g->outputs / B;
        if ((int32_t)t >= g->lengths[b])
            assert_true(y[i] == 0);
    }
}

static void check_backward(rnn_session *session, const struct golden_layers *g)
{
    float *gradients;
    size_t count;
    to_floats(dy, g->dy, y_count(g));
    assert_ok(rnn_zero_gradients(session));
    assert_ok(rnn_backward(session, g->dx ? dx : NULL, g->dx ? T * B * g->inputs : 0, dy, y_count(g)));
    if (g->dx)
        assert_all_close(dx, g->dx, T * B * g->inputs, TOLERANCE);
    assert_ok(rnn_session_gradients(session, &gradients, &count));
    assert_all_close(gradients, g->gradients, count, TOLERANCE);
}

static void check_descent(rnn_session *session, rnn_model *model, const struct golden_layers *g)
{
    const float *parameters;
    size_t count;
    for (int step = 0; step < LAYERS_DESCENT_STEPS; step++) {
        assert_ok(rnn_reset_state(session, B));
        forward(session, g, y, y_count(g));
        assert_ok(rnn_zero_gradients(session));
        assert_ok(rnn_backward(session, NULL, 0, y, y_count(g)));
        assert_ok(rnn_sgd_step(session, LAYERS_RATE));
    }
    assert_ok(rnn_model_parameters(model, &parameters, &count));
    assert_all_close(parameters, g->trained, count, DESCENDED);
}

static void check_whole(const struct golden_layers *g, size_t threads)
{
    rnn_model *model = model_of(g);
    rnn_session *session = session_of(model, RNN_TRAINING, B, threads);
    check_forward(session, g);
    check_backward(session, g);
    if (g->trained)
        check_descent(session, model, g);
    rnn_session_destroy(session);
    rnn_destroy(model);
}

static void lists_equal_pytorch(void **state)
{
    (void)state;
    size_t trained = 0;
    for (size_t i = 0; i < CASES; i++) {
        print_message("  %s\n", layers_cases[i].name);
        fill_input(&layers_cases[i]);
        check_whole(&layers_cases[i], 1);
        trained += layers_cases[i].trained != NULL;
    }
    assert_true(CASES > 50 && trained > 20);
}

/* ---- bits -------------------------------------------------------------------------------------------------------- */

/* Everything that a session gives for a case: y, dx, gradients. */
static void results_of(rnn_session *session, const struct golden_layers *g, float to[3 * MOST])
{
    float *gradients;
    size_t count;
    memset(to, 0, 3 * MOST * sizeof *to);
    to_floats(dy, g->dy, y_count(g));
    forward(session, g, to, y_count(g));
    assert_ok(rnn_backward(session, g->dx ? to + MOST : NULL, g->dx ? T * B * g->inputs : 0, dy, y_count(g)));
    assert_ok(rnn_session_gradients(session, &gradients, &count));
    memcpy(to + 2 * MOST, gradients, count * sizeof *to);
}

/* However small the work is. */
static void threads_give_the_same_bits(void **state)
{
    (void)state;
    static float one[3 * MOST], more[3 * MOST];
    for (size_t i = 0; i < CASES; i++) {
        const struct golden_layers *g = &layers_cases[i];
        rnn_model *model = model_of(g);
        fill_input(g);
        rnn_session *session = session_of(model, RNN_TRAINING, B, 1);
        results_of(session, g, one);
        rnn_session_destroy(session);
        rnni_share_from(1);
        for (size_t threads = 2; threads <= THREADS(3); threads++) {
            session = session_of(model, RNN_TRAINING, B, threads);
            results_of(session, g, more);
            assert_memory_equal(one, more, sizeof one);
            rnn_session_destroy(session);
        }
        rnni_share_from(RNNI_SHARE_LEAST);
        rnn_destroy(model);
    }
}

/* Segments of two steps: the same outputs, and gradients whose sums are in another order. */
static void segments_reach_the_same_gradients(void **state)
{
    (void)state;
    size_t ran = 0;
    for (size_t i = 0; i < CASES; i++) {
        const struct golden_layers *g = &layers_cases[i];
        rnn_model *model = model_of(g);
        rnn_session *session = session_of(model, RNN_TRAINING, B, 1);
        fill_input(g);
        int32_t status = rnn_session_set_recompute(session, 2);
        assert_true(status == RNN_OK || status == RNN_E_UNSUPPORTED);
        if (!status) {
            check_forward(session, g);
            check_backward(session, g);
            ran++;
        }
        rnn_session_destroy(session);
        rnn_destroy(model);
    }
    assert_true(ran > 30);
}

/* Steps from .. to - 1 of sequence b alone; y gets those outputs that there are, whose number is returned. */
static size_t run_alone(rnn_session *session, const struct golden_layers *g, size_t b, size_t from, size_t to,
                        float *out)
{
    static float part[MOST];
    int32_t some[T];
    size_t steps, n = to - from;
    assert_ok(rnn_session_output_steps(session, n, &steps));
    for (size_t t = from; t < to; t++) {
        some[t - from] = tokens[t * B + b];
        if (!g->vocabulary)
            memcpy(part + (t - from) * g->inputs, x + (t * B + b) * g->inputs, g->inputs * sizeof *part);
    }
    float *wanted = steps ? out : NULL;
    if (g->vocabulary)
        assert_ok(rnn_forward_tokens(session, wanted, steps * g->outputs, some, n, NULL, 0, n));
    else
        assert_ok(rnn_forward(session, wanted, steps * g->outputs, part, n * g->inputs, NULL, 0, n));
    return steps;
}

static void assert_row(const struct golden_layers *g, size_t b, const float *alone, size_t steps)
{
    assert_true(steps == (size_t)g->lengths[b]);
    for (size_t t = 0; t < steps; t++)
        assert_memory_equal(alone + t * g->outputs, y + (t * B + b) * g->outputs, g->outputs * sizeof *alone);
}

/* Step by step, where there are steps: returns whether there are. */
static int check_steps(rnn_model *model, const struct golden_layers *g, size_t b)
{
    size_t made = 0, inputs = g->inputs;
    int can = 1;
    rnn_session *session = session_of(model, RNN_INFERENCE, 1, 1);
    for (size_t t = 0; t < (size_t)layers_lengths[b] && can; t++) {
        float *out = other + made * g->outputs;
        int32_t has, status = g->vocabulary ? rnn_step_tokens(session, out, g->outputs, &tokens[t * B + b], 1)
                                            : rnn_step(session, out, g->outputs, x + (t * B + b) * inputs, inputs);
        can = status == RNN_OK;
        assert_true(can || (status == RNN_E_STATE && t == 0));
        assert_ok(rnn_session_has_output(session, &has));
        made += can && has ? 1 : 0;
    }
    if (can)
        assert_row(g, b, other, made);
    rnn_session_destroy(session);
    return can;
}

/* One sequence at a time, whole and, where no layer needs whole sequences, in pieces of all lengths. */
static void check_alone(rnn_model *model, const struct golden_layers *g, size_t b, int in_pieces)
{
    size_t length = (size_t)layers_lengths[b];
    for (size_t piece = in_pieces ? 1 : length; piece <= length; piece++) {
        rnn_session *session = session_of(model, RNN_INFERENCE, 1, 1);
        size_t made = 0;
        for (size_t t = 0; t < length; t += piece)
            made += run_alone(session, g, b, t, t + piece < length ? t + piece : length, other + made * g->outputs);
        assert_row(g, b, other, made);
        rnn_session_destroy(session);
    }
}

static void rows_pieces_and_steps_have_the_same_bits(void **state)
{
    (void)state;
    size_t stepped = 0;
    for (size_t i = 0; i < CASES; i++) {
        const struct golden_layers *g = &layers_cases[i];
        rnn_model *model = model_of(g);
        rnn_session *session = session_of(model, RNN_INFERENCE, B, 1);
        fill_input(g);
        forward(session, g, y, y_count(g));
        rnn_session_destroy(session);
        for (size_t b = 0; b < B; b++) {
            if (!layers_lengths[b])
                continue;
            int can = check_steps(model, g, b);
            check_alone(model, g, b, can);
            stepped += can ? 1 : 0;
        }
        rnn_destroy(model);
    }
    assert_true(stepped > 60);
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static void files_hold_the_list(void **state)
{
    (void)state;
    static unsigned char file[1 << 16], again[1 << 16];
    for (size_t i = 0; i < CASES; i++) {
        const struct golden_layers *g = &layers_cases[i];
        rnn_model *model = model_of(g), *loaded;
        size_t size, other_size, count;
        assert_ok(rnn_save_memory(model, file, sizeof file, &size));
        assert_ok(rnn_load_memory(&loaded, file, size));
        assert_ok(rnn_save_memory(loaded, again, sizeof again, &other_size));
        assert_true(size == other_size);
        assert_memory_equal(file, again, size);
        assert_ok(rnn_model_layer_count(loaded, &count));
        for (size_t k = 0; k < count; k++)
            for (const struct golden_option *o = g->layers[k].options; o->key; o++) {
                int64_t value;
                double real;
                if (o->key < REAL_KEYS)
                    assert_ok(rnn_model_get_layer_int(loaded, k, o->key, &value));
                else
                    assert_ok(rnn_model_get_layer_real(loaded, k, o->key, &real));
                assert_true(o->key < REAL_KEYS ? (double)value == o->value : real == o->value);
            }
        fill_input(g);
        rnn_session *session = session_of(loaded, RNN_TRAINING, B, 1);
        check_forward(session, g);
        rnn_session_destroy(session);
        rnn_destroy(loaded);
        rnn_destroy(model);
    }
}

/* ---- dropout ----------------------------------------------------------------------------------------------------- */

/* A layer alone: in training elements are 0 or x / (1-p), the same for backward; in inference nothing happens. */
static void dropout_drops_in_training_alone(void **state)
{
    (void)state;
    enum { I = 40 };
    rnn_config *config;
    rnn_model *model;
    size_t dropped = 0;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, I));
    assert_ok(rnn_config_add_layer(config, NULL, RNN_KIND_DROPOUT));
    assert_ok(rnn_config_set_layer_real(config, 0, RNN_DROPOUT, 0.25));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    for (size_t i = 0; i < T * B * I; i++)
        x[i] = 3;
    rnn_session *session = session_of(model, RNN_TRAINING, B, 1);
    assert_ok(rnn_forward(session, y, T * B * I, x, T * B * I, NULL, 0, T));
    assert_ok(rnn_backward(session, dx, T * B * I, x, T * B * I));
    for (size_t i = 0; i < T * B * I; i++) {
        assert_true(y[i] == 0 || y[i] == 4);
        assert_true(dx[i] == y[i]); /* of a gradient of 3 */
        dropped += y[i] == 0;
    }
    assert_true(dropped > T * B * I * 15 / 100 && dropped < T * B * I * 35 / 100);
    assert_ok(rnn_step(session, y, B * I, x, B * I));
    for (size_t i = 0; i < B * I; i++)
        assert_true(y[i] == 3);
    rnn_session_destroy(session);
    session = session_of(model, RNN_INFERENCE, B, 1);
    assert_ok(rnn_forward(session, y, T * B * I, x, T * B * I, NULL, 0, T));
    assert_memory_equal(x, y, T * B * I * sizeof *x);
    rnn_session_destroy(session);
    rnn_destroy(model);
}

/* A convolution makes its outputs some rows at a time: of more rows than those, against loops. */
static void long_convolutions_equal_loops(void **state)
{
    (void)state;
    enum { STEPS = 333, IN = 2, OUT = 3, KERNEL = 3 };
    rnn_config *config;
    rnn_model *model;
    size_t layer, count;
    const float *w; /* weight [OUT,IN,KERNEL], bias [OUT] */
    uint64_t seed = 5;
    static float in[STEPS * IN], out[STEPS * OUT];
    fill_uniform(in, STEPS * IN, &seed);
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, IN));
    assert_ok(rnn_config_add_layer(config, &layer, RNN_KIND_CONV1D));
    assert_ok(rnn_config_set_layer_int(config, layer, RNN_OUTPUT_SIZE, OUT));
    assert_ok(rnn_config_set_layer_int(config, layer, RNN_KERNEL_SIZE, KERNEL));
    assert_ok(rnn_create(&model, config));
    assert_ok(rnn_model_parameters(model, &w, &count));
    assert_int_equal(count, OUT * IN * KERNEL + OUT);
    for (size_t threads = 1; threads <= 2; threads++) {
        rnn_session *session = session_of(model, RNN_INFERENCE, 1, threads);
        assert_ok(rnn_forward(session, out, STEPS * OUT, in, STEPS * IN, NULL, 0, STEPS));
        for (int t = 0; t < STEPS; t++)
            for (int o = 0; o < OUT; o++) {
                double sum = (double)w[OUT * IN * KERNEL + o];
                for (int k = 0; k < KERNEL; k++)
                    for (int i = 0; i < IN && t + k - 2 >= 0; i++)
                        sum += (double)w[(o * IN + i) * KERNEL + k] * (double)in[(t + k - 2) * IN + i];
                assert_close((double)out[t * OUT + o], sum, TOLERANCE);
            }
        rnn_session_destroy(session);
    }
    rnn_destroy(model);
    rnn_config_destroy(config);
}

int main(void)
{
    const struct CMUnitTest numbers[] = {
        cmocka_unit_test(lists_equal_pytorch),
        cmocka_unit_test(segments_reach_the_same_gradients),
        cmocka_unit_test(files_hold_the_list),
        cmocka_unit_test(long_convolutions_equal_loops),
    };
    const struct CMUnitTest bits[] = {
        cmocka_unit_test(threads_give_the_same_bits),
        cmocka_unit_test(rows_pieces_and_steps_have_the_same_bits),
        cmocka_unit_test(dropout_drops_in_training_alone),
    };
    return run_with_all_products(numbers, sizeof numbers / sizeof *numbers) +
           run_with_all_kernels(bits, sizeof bits / sizeof *bits);
}
