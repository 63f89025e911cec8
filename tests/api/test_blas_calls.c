/* Which functions of a CBLAS are called with RNN_PRODUCTS_CBLAS, and how often: by every cell and option that has a
 * product, and by attention.  blas_shim.c is preloaded and counts.  The results are compared to those of the kernels.
 *
 * This is two programs: with the static library, which calls the CBLAS that it is linked with, and with the shared
 * library, which loads it.  The first one also has kernels that make no product.  With the argument "without-counts"
 * nothing is preloaded, and only the results are compared.
 *
 *     products with one row     sgemv
 *     with more rows            sgemm
 *     gradients of weights      an sger for each step of one sequence, or one sgemm */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rnn.h"
#include "support/blas_shim.h"
#ifdef RNN_TEST_INTERNALS /* the static library */
#include "math/kernels.h"
#endif

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

enum { I = 3, V = 5, E = 4, H = 6, P = 4, C = 4, T = 5, B = 3, L = 2, MOST = 4096 };

/* ---- what this program uses -------------------------------------------------------------------------------------- */

#define OK(call) check_ok((call), #call)

static void check_ok(int32_t status, const char *call)
{
    if (status)
        fail_msg("%s: %s", call, rnn_last_error());
}

static void fill(float *values, size_t count, uint64_t seed)
{
    for (size_t i = 0; i < count; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        values[i] = (float)((double)(seed >> 11) / 4503599627370496.0 - 1);
    }
}

static void check_close(const char *name, const char *what, const float *actual, const float *expected, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double a = (double)actual[i], b = (double)expected[i];
        if (!(fabs(a - b) <= 1e-5 * (1 + fabs(b)))) /* NaN fails */
            fail_msg("%s: %s[%zu] is %.9g, expected %.9g", name, what, i, a, b);
    }
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

static blas_shim_take *take; /* NULL: nothing is counted */

static struct blas_calls take_calls(void)
{
    return take ? take() : (struct blas_calls){0, 0, 0};
}

static void check_calls(const char *name, const char *what, struct blas_calls actual, struct blas_calls expected)
{
    if (take && memcmp(&actual, &expected, sizeof actual) != 0)
        fail_msg("%s, %s: %zu sgemv, %zu sger, %zu sgemm; expected %zu, %zu, %zu", name, what, actual.sgemv,
                 actual.sger, actual.sgemm, expected.sgemv, expected.sger, expected.sgemm);
}

/* `count` products of so many rows. */
static void expect_products(struct blas_calls *calls, size_t count, size_t rows)
{
    *(rows == 1 ? &calls->sgemv : &calls->sgemm) += rows ? count : 0;
}

/* `count` gradients of weights over so many rows, which are steps of one sequence if there is only one. */
static void expect_gradients(struct blas_calls *calls, size_t count, size_t rows, size_t batch)
{
    if (batch == 1 || rows == 1)
        calls->sger += count * rows;
    else
        calls->sgemm += rows ? count : 0;
}

/* ---- networks ---------------------------------------------------------------------------------------------------- */

enum input { NUMBERS, ONE_HOT, EMBEDDED };

/* `products` of each step in each layer and direction wait for h(t-1); so many weights they have. */
struct network {
    const char *name;
    enum input input;
    size_t layers, directions, classes, products;
    struct {
        int32_t key;
        int64_t value;
    } options[5];
};

#define CELL(name)                                                                                                     \
    {                                                                                                                  \
        RNN_CELL, RNN_CELL_##name                                                                                      \
    }
#define BOTH                                                                                                           \
    {                                                                                                                  \
        RNN_DIRECTION, RNN_DIRECTION_BOTH                                                                              \
    }

/* The recurrent products of all gates are one, but for a GRU: with the reset after, r multiplies the product of n
 * alone, which is therefore made apart unless layer normalisation copies it; with the reset before, that product comes
 * later.  A projection is another product.  minGRU has none. */
static const struct network networks[] = {
    {"tanh", NUMBERS, 1, 1, C, 1, {CELL(TANH)}},
    {"tanh without a head", NUMBERS, 1, 1, 0, 1, {CELL(TANH)}},
    {"relu", NUMBERS, 1, 1, C, 1, {CELL(RELU)}},
    {"lstm", NUMBERS, 1, 1, C, 1, {CELL(LSTM)}},
    {"gru", NUMBERS, 1, 1, C, 2, {CELL(GRU)}},
    {"gru, reset before", NUMBERS, 1, 1, C, 2, {CELL(GRU), {RNN_RESET, RNN_RESET_BEFORE}}},
    {"mingru", NUMBERS, 1, 1, C, 0, {CELL(MINGRU)}},
    {"slstm", NUMBERS, 1, 1, C, 1, {CELL(SLSTM)}},
    {"lstm, projection", NUMBERS, 1, 1, C, 2, {CELL(LSTM), {RNN_PROJECTION_SIZE, P}}},
    {"lstm, peepholes", NUMBERS, 1, 1, C, 1, {CELL(LSTM), {RNN_PEEPHOLES, 1}}},
    {"lstm, layer normalisation", NUMBERS, 1, 1, C, 1, {CELL(LSTM), {RNN_LAYER_NORM, 1}}},
    {"gru, layer normalisation", NUMBERS, 1, 1, C, 1, {CELL(GRU), {RNN_LAYER_NORM, 1}}},
    {"lstm, coupled gates", NUMBERS, 1, 1, C, 1, {CELL(LSTM), {RNN_COUPLE, RNN_COUPLE_FORGET}}},
    {"lstm of tokens", ONE_HOT, 1, 1, C, 1, {CELL(LSTM)}},
    {"gru of embedded tokens", EMBEDDED, 1, 1, C, 2, {CELL(GRU)}},
    {"lstm, two layers", NUMBERS, L, 1, C, 1, {CELL(LSTM)}},
    {"mingru, two layers", NUMBERS, L, 1, C, 0, {CELL(MINGRU)}},
    {"gru, both directions", NUMBERS, 1, 2, C, 2, {CELL(GRU), BOTH}},
    {"lstm, all of it",
     ONE_HOT,
     L,
     2,
     C,
     2,
     {CELL(LSTM), BOTH, {RNN_PROJECTION_SIZE, P}, {RNN_PEEPHOLES, 1}, {RNN_LAYER_NORM, 1}}},
};

static rnn_model *new_model(const struct network *n, int64_t products)
{
    rnn_config *config;
    rnn_model *model;
    OK(rnn_config_create(&config));
    OK(rnn_config_set_int(config, n->input == NUMBERS ? RNN_INPUT_SIZE : RNN_VOCABULARY, n->input == NUMBERS ? I : V));
    if (n->input == EMBEDDED)
        OK(rnn_config_set_int(config, RNN_EMBEDDING_SIZE, E));
    OK(rnn_config_set_int(config, RNN_HIDDEN_SIZE, H));
    OK(rnn_config_set_int(config, RNN_LAYERS, (int64_t)n->layers));
    OK(rnn_config_set_int(config, RNN_CLASSES, (int64_t)n->classes));
    OK(rnn_config_set_int(config, RNN_PRODUCTS, products));
    for (size_t i = 0; i < COUNT_OF(n->options) && n->options[i].key; i++)
        OK(rnn_config_set_int(config, n->options[i].key, n->options[i].value));
    if (rnn_create(&model, config))
        fail_msg("%s: %s", n->name, rnn_config_last_error(config));
    rnn_config_destroy(config);
    return model;
}

/* Sequences of one run; lengths NULL: all have T steps. */
struct batch {
    const char *name;
    size_t size, steps;
    const int32_t *lengths;
};

static const int32_t ragged[B] = {2, T, 0};
static const struct batch batches[] = {
    {"one sequence", 1, T, NULL}, {"one step", 1, 1, NULL}, {"a batch", B, T, NULL}, {"a ragged batch", B, T, ragged}};

/* Sequences that have a step t. */
static size_t alive(const struct batch *batch, size_t t)
{
    size_t count = 0;
    for (size_t b = 0; b < batch->size; b++)
        count += !batch->lengths || (size_t)batch->lengths[b] > t;
    return count;
}

static size_t rows_of(const struct batch *batch)
{
    size_t rows = 0;
    for (size_t t = 0; t < batch->steps; t++)
        rows += alive(batch, t);
    return rows;
}

/* Layers and directions in all, and those whose input has a product. */
static size_t runs_of(const struct network *n)
{
    return n->layers * n->directions;
}

static size_t inputs_of(const struct network *n)
{
    return runs_of(n) - (n->input == ONE_HOT ? n->directions : 0);
}

/* All input products at once, the recurrent ones step by step, the head at once. */
static struct blas_calls expected_forward(const struct network *n, const struct batch *batch)
{
    struct blas_calls calls = {0, 0, 0};
    expect_products(&calls, inputs_of(n), rows_of(batch));
    for (size_t t = 0; t < batch->steps; t++)
        expect_products(&calls, runs_of(n) * n->products, alive(batch, t));
    expect_products(&calls, n->classes ? 1 : 0, rows_of(batch));
    return calls;
}

/* The same products, and a gradient for each weight.  x gets no gradient if it is tokens. */
static struct blas_calls expected_backward(const struct network *n, const struct batch *batch)
{
    struct blas_calls calls = expected_forward(n, batch);
    size_t weights = inputs_of(n) + runs_of(n) * n->products + (n->classes ? 1 : 0);
    expect_gradients(&calls, weights, rows_of(batch), batch->size);
    return calls;
}

/* ---- a run ------------------------------------------------------------------------------------------------------- */

struct result {
    float y[MOST], dx[MOST], gradients[MOST], streamed[MOST];
    size_t y_count, dx_count, gradients_count, streamed_count;
    struct blas_calls forward, backward, step;
};

static float x[T * B * I], dy[MOST];
static const int32_t tokens[T * B] = {0, 1, 2, 3, 4, 0, 2, 4, 1, 3, 4, 4, 0, 1, 2};

static size_t outputs_of(rnn_model *model)
{
    int64_t classes, directions, projection;
    OK(rnn_model_get_int(model, RNN_CLASSES, &classes));
    OK(rnn_model_get_int(model, RNN_DIRECTION, &directions));
    OK(rnn_model_get_int(model, RNN_PROJECTION_SIZE, &projection));
    if (classes)
        return (size_t)classes;
    return (size_t)(projection ? projection : H) * (directions == RNN_DIRECTION_BOTH ? 2 : 1);
}

static void forward(rnn_session *session, const struct network *n, const struct batch *batch, float *y, size_t count)
{
    size_t rows = batch->steps * batch->size, lengths = batch->lengths ? batch->size : 0;
    if (n->input == NUMBERS)
        OK(rnn_forward(session, y, count, x, rows * I, batch->lengths, lengths, batch->steps));
    else
        OK(rnn_forward_tokens(session, y, count, tokens, rows, batch->lengths, lengths, batch->steps));
}

static void train(rnn_model *model, const struct network *n, const struct batch *batch, struct result *r)
{
    rnn_session *session;
    float *gradients;
    r->y_count = batch->steps * batch->size * outputs_of(model);
    r->dx_count = n->input == NUMBERS ? batch->steps * batch->size * I : 0;
    assert_true(r->y_count <= MOST);
    OK(rnn_session_create(&session, model, RNN_TRAINING));
    OK(rnn_reset_state(session, batch->size));
    take_calls();
    forward(session, n, batch, r->y, r->y_count);
    r->forward = take_calls();
    OK(rnn_backward(session, r->dx_count ? r->dx : NULL, r->dx_count, dy, r->y_count));
    r->backward = take_calls();
    OK(rnn_session_gradients(session, &gradients, &r->gradients_count));
    assert_true(r->gradients_count <= MOST);
    memcpy(r->gradients, gradients, r->gradients_count * sizeof *gradients);
    rnn_session_destroy(session);
}

/* Running gives what training does, by the same calls; then, with the state that is left, one step. */
static void run(rnn_model *model, const struct network *n, const struct batch *batch, struct result *r)
{
    static float again[MOST];
    rnn_session *session;
    r->streamed_count = batch->size * outputs_of(model);
    r->step = (struct blas_calls){0, 0, 0};
    OK(rnn_session_create(&session, model, RNN_INFERENCE));
    OK(rnn_reset_state(session, batch->size));
    forward(session, n, batch, again, r->y_count);
    check_calls(n->name, "without backward", take_calls(), r->forward);
    check_close(n->name, "y without backward", again, r->y, r->y_count);
    memset(r->streamed, 0, sizeof r->streamed);
    if (n->directions == 1) {
        if (n->input == NUMBERS)
            OK(rnn_step(session, r->streamed, r->streamed_count, x, batch->size * I));
        else
            OK(rnn_step_tokens(session, r->streamed, r->streamed_count, tokens, batch->size));
    }
    r->step = take_calls();
    rnn_session_destroy(session);
}

static void make(const struct network *n, const struct batch *batch, int64_t products, struct result *r)
{
    rnn_model *model = new_model(n, products);
    train(model, n, batch, r);
    run(model, n, batch, r);
    rnn_destroy(model);
}

/* ---- the tests of networks --------------------------------------------------------------------------------------- */

static struct result own, cblas;
static const struct blas_calls none = {0, 0, 0};

/* The promises of rnn.h, which hold whatever the exact numbers are. */
static void check_promises(const struct network *n, const struct batch *batch)
{
    if (!take || batch->lengths)
        return;
    if (batch->size == 1 && batch->steps > 1) {
        assert_true(n->products == 0 || cblas.forward.sgemv >= batch->steps);
        assert_true(cblas.backward.sger >= batch->steps);
    }
    if (batch->size > 1)
        assert_true(!cblas.forward.sgemv && !cblas.forward.sger && !cblas.backward.sgemv && !cblas.backward.sger);
    if (batch->size == 1 && n->directions == 1)
        assert_true(cblas.step.sgemv && !cblas.step.sger && !cblas.step.sgemm);
}

static void check_network(const struct network *n, const struct batch *batch)
{
    struct batch step = {"rnn_step", batch->size, 1, NULL};
    struct blas_calls expected = n->directions == 1 ? expected_forward(n, &step) : none;
    make(n, batch, RNN_PRODUCTS_CBLAS, &cblas);
    check_calls(n->name, batch->name, cblas.forward, expected_forward(n, batch));
    check_calls(n->name, batch->name, cblas.backward, expected_backward(n, batch));
    check_calls(n->name, step.name, cblas.step, expected);
    check_promises(n, batch);
}

static void networks_call_the_cblas(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(networks); i++)
        for (size_t j = 0; j < COUNT_OF(batches); j++)
            check_network(&networks[i], &batches[j]);
}

static void results_are_those_of_the_kernels(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(networks); i++)
        for (size_t j = 0; j < COUNT_OF(batches); j++) {
            const char *name = networks[i].name;
            make(&networks[i], &batches[j], RNN_PRODUCTS_OWN, &own);
            make(&networks[i], &batches[j], RNN_PRODUCTS_CBLAS, &cblas);
            check_calls(name, "own", own.forward, none);
            check_calls(name, "own", own.backward, none);
            check_calls(name, "own", own.step, none);
            check_close(name, "y", cblas.y, own.y, own.y_count);
            check_close(name, "dx", cblas.dx, own.dx, own.dx_count);
            check_close(name, "gradients", cblas.gradients, own.gradients, own.gradients_count);
            check_close(name, "y of a step", cblas.streamed, own.streamed, own.streamed_count);
        }
}

/* Whichever provider automatic became, it is the one that is called. */
static void automatic_is_what_the_model_says(void **state)
{
    (void)state;
    int64_t products;
    rnn_model *model = new_model(&networks[0], RNN_PRODUCTS_AUTOMATIC);
    OK(rnn_model_get_int(model, RNN_PRODUCTS, &products));
    train(model, &networks[0], &batches[0], &own);
    if (products == RNN_PRODUCTS_OWN)
        check_calls("automatic", "own", own.forward, none);
    else
        check_calls("automatic", "cblas", own.forward, expected_forward(&networks[0], &batches[0]));
    rnn_destroy(model);
}

/* ---- attention --------------------------------------------------------------------------------------------------- */

enum { Q = 4, M = 4, A = 6, S = 3 };

struct attended {
    float context[T * B * M], weights[T * B * S], dqueries[T * B * Q], dmemory[S * B * M], gradients[MOST];
    size_t gradients_count;
    struct blas_calls memory, forward, backward, backward_memory;
};

static void attend(int32_t score, size_t steps, size_t batch, int64_t products, struct attended *r)
{
    static float memory[S * B * M], queries[T * B * Q];
    size_t keys = S * batch, rows = steps * batch;
    rnn_attention *module;
    float *gradients;
    fill(memory, COUNT_OF(memory), 5);
    fill(queries, COUNT_OF(queries), 6);
    OK(rnn_attention_create(&module, score, Q, M, score == RNN_ATTENTION_ADDITIVE ? A : 0, 1));
    OK(rnn_attention_set_int(module, RNN_PRODUCTS, products));
    take_calls();
    OK(rnn_attention_set_memory(module, memory, keys * M, NULL, 0, S, batch));
    r->memory = take_calls();
    OK(rnn_attention_forward(module, r->context, rows * M, r->weights, rows * S, queries, rows * Q));
    r->forward = take_calls();
    OK(rnn_attention_backward(module, r->dqueries, rows * Q, dy, rows * M, queries, rows * Q, r->weights, rows * S));
    r->backward = take_calls();
    OK(rnn_attention_backward_memory(module, r->dmemory, keys * M));
    r->backward_memory = take_calls();
    OK(rnn_attention_gradients(module, &gradients, &r->gradients_count));
    assert_true(r->gradients_count <= MOST);
    if (gradients)
        memcpy(r->gradients, gradients, r->gradients_count * sizeof *gradients);
    rnn_attention_destroy(module);
}

/* For each sequence scores and contexts of all its steps at once; W q of the additive score for all sequences.  Its
 * scores are no product. */
static struct blas_calls expected_attention(int32_t score, size_t steps, size_t batch)
{
    struct blas_calls calls = none;
    expect_products(&calls, score == RNN_ATTENTION_ADDITIVE ? batch : 2 * batch, steps);
    expect_products(&calls, score == RNN_ATTENTION_ADDITIVE ? 1 : 0, steps * batch);
    return calls;
}

/* The gradients of weights and queries are products, those of the memory and of its keys sums over the steps. */
static struct blas_calls expected_attention_backward(int32_t score, size_t steps, size_t batch)
{
    int additive = score == RNN_ATTENTION_ADDITIVE;
    struct blas_calls calls = none;
    expect_products(&calls, additive ? batch : 2 * batch, steps);
    expect_gradients(&calls, additive ? batch : 2 * batch, steps, batch);
    expect_products(&calls, additive ? 2 : 0, steps * batch); /* W q once more, and dqueries */
    expect_gradients(&calls, additive ? 1 : 0, steps * batch, batch);
    return calls;
}

static void check_attention_calls(const struct attended *r, int32_t score, size_t steps, size_t batch)
{
    static const char *const names[] = {"", "dot", "general", "additive"};
    struct blas_calls keys = none, back = none;
    expect_products(&keys, score == RNN_ATTENTION_DOT ? 0 : 1, S * batch);
    back = keys;
    expect_gradients(&back, score == RNN_ATTENTION_DOT ? 0 : 1, S * batch, batch);
    check_calls(names[score], "memory", r->memory, keys);
    check_calls(names[score], "forward", r->forward, expected_attention(score, steps, batch));
    check_calls(names[score], "backward", r->backward, expected_attention_backward(score, steps, batch));
    check_calls(names[score], "gradient of the memory", r->backward_memory, back);
    if (take && steps * batch == 1)
        assert_true(r->forward.sgemv == 2 && !r->forward.sgemm && r->backward.sgemv && r->backward.sger);
}

static void attention_calls_the_cblas(void **state)
{
    (void)state;
    static struct attended r;
    for (int32_t score = RNN_ATTENTION_DOT; score <= RNN_ATTENTION_ADDITIVE; score++)
        for (size_t steps = 1; steps <= T; steps += T - 1)
            for (size_t batch = 1; batch <= B; batch += B - 1) {
                attend(score, steps, batch, RNN_PRODUCTS_CBLAS, &r);
                check_attention_calls(&r, score, steps, batch);
            }
}

static void attention_is_that_of_the_kernels(void **state)
{
    (void)state;
    static struct attended a, b;
    for (int32_t score = RNN_ATTENTION_DOT; score <= RNN_ATTENTION_ADDITIVE; score++)
        for (size_t steps = 1; steps <= T; steps += T - 1)
            for (size_t batch = 1; batch <= B; batch += B - 1) {
                attend(score, steps, batch, RNN_PRODUCTS_OWN, &a);
                attend(score, steps, batch, RNN_PRODUCTS_CBLAS, &b);
                check_calls("own", "memory", a.memory, none);
                check_calls("own", "forward", a.forward, none);
                check_calls("own", "backward", a.backward, none);
                check_calls("own", "gradient of the memory", a.backward_memory, none);
                check_close("attention", "context", b.context, a.context, steps * batch * M);
                check_close("attention", "weights", b.weights, a.weights, steps * batch * S);
                check_close("attention", "dqueries", b.dqueries, a.dqueries, steps * batch * Q);
                check_close("attention", "dmemory", b.dmemory, a.dmemory, S * batch * M);
                check_close("attention", "gradients", b.gradients, a.gradients, a.gradients_count);
            }
}

/* ---- without kernels --------------------------------------------------------------------------------------------- */

#ifdef RNN_TEST_INTERNALS
static void no_product(const struct rnni_product *product)
{
    (void)product;
    fprintf(stderr, "a kernel was asked for a product\n");
    abort();
}

static void no_outer(float *c, size_t c_row, const float *a, size_t a_row, const float *b, size_t b_row, size_t k,
                     size_t m, size_t n, float *room)
{
    (void)c, (void)c_row, (void)a, (void)a_row, (void)b, (void)b_row, (void)k, (void)m, (void)n, (void)room;
    fprintf(stderr, "a kernel was asked for a sum of outer products\n");
    abort();
}

/* Everything once more, with kernels that end the program if they are asked for a product. */
static void no_kernel_makes_a_product(void **state)
{
    const struct rnni_kernels *in_use = rnni_kernels();
    struct rnni_product_kernels products = *in_use->product;
    struct rnni_kernels kernels = *in_use;
    products.product = no_product;
    products.outer = no_outer;
    kernels.product = &products;
    rnni_kernels_select(&kernels);
    networks_call_the_cblas(state);
    attention_calls_the_cblas(state);
    rnni_kernels_select(in_use);
}
#endif

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_call_the_cblas),          cmocka_unit_test(results_are_those_of_the_kernels),
        cmocka_unit_test(automatic_is_what_the_model_says), cmocka_unit_test(attention_calls_the_cblas),
        cmocka_unit_test(attention_is_that_of_the_kernels),
#ifdef RNN_TEST_INTERNALS
        cmocka_unit_test(no_kernel_makes_a_product),
#endif
    };
    void *address = dlsym(RTLD_DEFAULT, BLAS_SHIM_TAKE);
    if ((address != NULL) == (argc > 1 && !strcmp(argv[1], "without-counts"))) {
        fprintf(stderr, "%s\n", address ? "blas_shim is preloaded" : "expected LD_PRELOAD=blas_shim.so");
        return 1;
    }
    memcpy(&take, &address, sizeof address);
    fill(x, COUNT_OF(x), 3);
    fill(dy, COUNT_OF(dy), 4);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
