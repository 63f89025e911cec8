/* RNN_PRODUCTS: what networks and attention say of it, what it is refused for, and that a CBLAS gives what the kernels
 * give.  Linked with --wrap=rnni_blas, so that there is none when a test wants that. */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "math/blas.h"
#include "math/kernels.h"

static int is_missing;

const struct rnni_blas *__real_rnni_blas(const char **reason);
const struct rnni_blas *__wrap_rnni_blas(const char **reason);
const struct rnni_blas *__wrap_rnni_blas(const char **reason)
{
    if (!is_missing)
        return __real_rnni_blas(reason);
    if (reason)
        *reason = "it is not here";
    return NULL;
}

static int has_cblas(void)
{
    return !is_missing && __real_rnni_blas(NULL) != NULL;
}

enum { I = 5, H = 7, C = 3, T = 6, B = 3 };

static rnn_config *new_config(int64_t products)
{
    rnn_config *config;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, RNN_CELL_GRU));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, I));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, H));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, C));
    assert_ok(rnn_config_set_int(config, RNN_PRODUCTS, products));
    return config;
}

static rnn_model *new_model(int64_t products)
{
    rnn_config *config = new_config(products);
    rnn_model *model;
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

static int64_t products_of(const rnn_model *model)
{
    int64_t products = -1;
    assert_ok(rnn_model_get_int(model, RNN_PRODUCTS, &products));
    return products;
}

/* ---- what is said ------------------------------------------------------------------------------------------------ */

static void a_model_says_who_makes_its_products(void **state)
{
    (void)state;
    const struct rnni_kernels *in_use = rnni_kernels();
    for (size_t i = 0; rnni_kernels_available(i); i++) {
        rnni_kernels_select(rnni_kernels_available(i));
        int64_t expected = rnni_product_kernels()->ahead || !has_cblas() ? RNN_PRODUCTS_OWN : RNN_PRODUCTS_CBLAS;
        rnn_model *model = new_model(RNN_PRODUCTS_AUTOMATIC), *own = new_model(RNN_PRODUCTS_OWN);
        assert_int_equal(products_of(model), expected);
        assert_int_equal(products_of(own), RNN_PRODUCTS_OWN);
        rnn_destroy(model);
        rnn_destroy(own);
    }
    rnni_kernels_select(in_use);
    if (has_cblas()) {
        rnn_model *model = new_model(RNN_PRODUCTS_CBLAS);
        assert_int_equal(products_of(model), RNN_PRODUCTS_CBLAS);
        rnn_destroy(model);
    }
}

static void the_fastest_kernels_are_ahead_where_vectors_are_wide(void **state)
{
    (void)state;
    for (size_t i = 0; rnni_kernels_available(i); i++) {
        const char *name = rnni_kernels_available(i)->name;
#ifdef __aarch64__
        assert_true(rnni_kernels_available(i)->product->ahead);
#else
        assert_int_equal(rnni_kernels_available(i)->product->ahead, strcmp(name, "baseline") != 0);
#endif
        assert_non_null(name);
    }
}

static void the_configuration_keeps_what_it_was_given(void **state)
{
    (void)state;
    rnn_config *config = new_config(RNN_PRODUCTS_AUTOMATIC);
    rnn_model *model;
    int64_t products = -1;
    assert_ok(rnn_create(&model, config));
    assert_ok(rnn_config_get_int(config, RNN_PRODUCTS, &products));
    assert_int_equal(products, RNN_PRODUCTS_AUTOMATIC);
    rnn_destroy(model);
    rnn_config_destroy(config);
}

static void assert_describes(const rnn_model *model, const char *part)
{
    char text[4096];
    size_t size;
    assert_ok(rnn_describe(model, text, sizeof text, &size, 1, 1));
    if (!strstr(text, part))
        fail_msg("\"%s\" does not say \"%s\"", text, part);
}

static void descriptions_name_the_provider(void **state)
{
    (void)state;
    char line[128];
    rnn_model *model = new_model(RNN_PRODUCTS_OWN);
    snprintf(line, sizeof line, "\nproducts: own kernels (%s)\n", rnni_kernels()->name);
    assert_describes(model, line);
    rnn_destroy(model);
    if (!has_cblas()) {
        assert_null(strstr(rnn_build_info(), "cblas"));
        return;
    }
    const char *name = __real_rnni_blas(NULL)->name;
    model = new_model(RNN_PRODUCTS_CBLAS);
    snprintf(line, sizeof line, "\nproducts: CBLAS (%s)\n", name);
    assert_describes(model, line);
    snprintf(line, sizeof line, "products own and cblas (%s)", name);
    assert_non_null(strstr(rnn_build_info(), line));
    rnn_destroy(model);
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static size_t save(const rnn_model *model, unsigned char *bytes, size_t capacity)
{
    size_t size;
    assert_ok(rnn_save_memory(model, bytes, capacity, &size));
    return size;
}

static void the_provider_is_in_no_file(void **state)
{
    (void)state;
    static unsigned char own[16384], cblas[16384];
    rnn_model *a = new_model(RNN_PRODUCTS_OWN), *b = new_model(RNN_PRODUCTS_CBLAS), *loaded;
    size_t size = save(a, own, sizeof own);
    assert_int_equal(save(b, cblas, sizeof cblas), size);
    assert_memory_equal(own, cblas, size);
    assert_ok(rnn_load_memory(&loaded, cblas, size));
    rnn_model *automatic = new_model(RNN_PRODUCTS_AUTOMATIC);
    assert_int_equal(products_of(loaded), products_of(automatic));
    rnn_destroy(a);
    rnn_destroy(b);
    rnn_destroy(loaded);
    rnn_destroy(automatic);
}

static void a_checkpoint_gets_a_provider_of_choice(void **state)
{
    (void)state;
    static unsigned char bytes[16384];
    rnn_model *saved = new_model(RNN_PRODUCTS_OWN), *model;
    size_t size = save(saved, bytes, sizeof bytes);
    rnn_config *config;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_PRODUCTS, RNN_PRODUCTS_CBLAS));
    assert_ok(rnn_config_infer_memory(config, bytes, size));
    assert_ok(rnn_create(&model, config));
    assert_ok(rnn_model_load_parameters_memory(model, bytes, size));
    assert_int_equal(products_of(model), RNN_PRODUCTS_CBLAS);
    const float *expected, *actual;
    size_t count, other;
    assert_ok(rnn_model_parameters(saved, &expected, &count));
    assert_ok(rnn_model_parameters(model, &actual, &other));
    assert_int_equal(count, other);
    assert_memory_equal(expected, actual, count * sizeof *actual);
    rnn_config_destroy(config);
    rnn_destroy(saved);
    rnn_destroy(model);
}

/* ---- refusals ---------------------------------------------------------------------------------------------------- */

static void without_a_cblas_it_is_refused(void **state)
{
    (void)state;
    is_missing = 1;
    rnn_config *config = new_config(RNN_PRODUCTS_CBLAS);
    rnn_model *model = NULL;
    const char *message = "rnn_create: RNN_PRODUCTS is RNN_PRODUCTS_CBLAS, but it is not here";
    assert_fails(rnn_create(&model, config), RNN_E_UNSUPPORTED);
    assert_null(model);
    assert_string_equal(rnn_last_error(), message);
    assert_string_equal(rnn_config_last_error(config), message);
    assert_ok(rnn_config_set_int(config, RNN_PRODUCTS, RNN_PRODUCTS_AUTOMATIC));
    assert_ok(rnn_create(&model, config));
    assert_int_equal(products_of(model), RNN_PRODUCTS_OWN);
    rnn_destroy(model);
    rnn_config_destroy(config);
    is_missing = 0;
}

static void automatic_makes_do_without_a_cblas(void **state)
{
    (void)state;
    const struct rnni_kernels *in_use = rnni_kernels();
    is_missing = 1;
    rnni_kernels_select(&rnni_kernels_baseline);
    rnn_model *model = new_model(RNN_PRODUCTS_AUTOMATIC);
    assert_int_equal(products_of(model), RNN_PRODUCTS_OWN);
    rnn_destroy(model);
    rnni_kernels_select(in_use);
    is_missing = 0;
}

static void a_build_without_a_cblas_says_so(void **state)
{
    (void)state;
    rnn_config *config = new_config(RNN_PRODUCTS_CBLAS);
    rnn_model *model;
    assert_fails(rnn_create(&model, config), RNN_E_UNSUPPORTED);
    assert_non_null(strstr(rnn_last_error(), "but this build of the library has none"));
    rnn_config_destroy(config);
}

/* ---- results ----------------------------------------------------------------------------------------------------- */

/* Outputs, gradients and final states of one step of training, all in one array. */
struct run {
    float *values;
    size_t count;
};

static void take(struct run *run, const float *values, size_t count)
{
    run->values = realloc(run->values, (run->count + count) * sizeof *values);
    assert_non_null(run->values);
    memcpy(run->values + run->count, values, count * sizeof *values);
    run->count += count;
}

static struct run train(int64_t cell, int64_t direction, int64_t products, size_t batch, size_t threads)
{
    rnn_config *config = new_config(products);
    rnn_model *model;
    rnn_session *session;
    uint64_t seed = 5;
    float x[T * B * I], y[T * B * C], dy[T * B * C], dx[T * B * I], *gradients;
    size_t count;
    struct run run = {NULL, 0};
    const int32_t lengths[B] = {T - 2, T, 1};
    assert_ok(rnn_config_set_int(config, RNN_CELL, cell));
    assert_ok(rnn_config_set_int(config, RNN_DIRECTION, direction));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 150)); /* enough to divide the units */
    if (cell == RNN_CELL_MINGRU_HIGHWAY) {
        assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, I));
        assert_ok(rnn_config_set_int(config, RNN_MERGE,
                                     direction == RNN_DIRECTION_BOTH ? RNN_MERGE_SUM : RNN_MERGE_CONCATENATE));
    }
    assert_ok(rnn_config_set_int(config, RNN_LAYERS, 2));
    assert_ok(rnn_create(&model, config));
    assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
    assert_ok(rnn_session_set_threads(session, threads));
    assert_ok(rnn_reset_state(session, batch));
    fill_uniform(x, T * batch * I, &seed);
    fill_uniform(dy, T * batch * C, &seed);
    size_t lengths_count = batch == B ? B : 0;
    assert_ok(
        rnn_forward(session, y, T * batch * C, x, T * batch * I, lengths_count ? lengths : NULL, lengths_count, T));
    assert_ok(rnn_zero_gradients(session));
    assert_ok(rnn_backward(session, dx, T * batch * I, dy, T * batch * C));
    assert_ok(rnn_session_gradients(session, &gradients, &count));
    take(&run, y, T * batch * C);
    take(&run, dx, T * batch * I);
    take(&run, gradients, count);
    rnn_session_destroy(session);
    rnn_destroy(model);
    rnn_config_destroy(config);
    return run;
}

static void assert_same_run(const struct run *expected, struct run actual)
{
    assert_int_equal(actual.count, expected->count);
    for (size_t i = 0; i < actual.count; i++)
        if (!close_enough((double)actual.values[i], (double)expected->values[i], 2e-5))
            fail_msg("value %zu is %.9g, expected %.9g", i, (double)actual.values[i], (double)expected->values[i]);
    free(actual.values);
}

/* With threads, sequences are shared, or units, or directions, or layers. */
static void a_cblas_gives_what_the_kernels_give(void **state)
{
    (void)state;
    for (int64_t cell = RNN_CELL_TANH; cell <= LAST_CELL; cell++)
        for (int64_t direction = RNN_DIRECTION_FORWARD; direction <= RNN_DIRECTION_BOTH; direction++)
            for (size_t batch = 1; batch <= B; batch += B - 1) {
                struct run own = train(cell, direction, RNN_PRODUCTS_OWN, batch, 1);
                for (size_t threads = 1; threads <= THREADS(3); threads++)
                    assert_same_run(&own, train(cell, direction, RNN_PRODUCTS_CBLAS, batch, threads));
                free(own.values);
            }
}

static void results_that_differ_are_seen(void **state)
{
    (void)state;
    struct run run = train(RNN_CELL_LSTM, RNN_DIRECTION_FORWARD, RNN_PRODUCTS_OWN, B, 1);
    struct run other = train(RNN_CELL_GRU, RNN_DIRECTION_FORWARD, RNN_PRODUCTS_OWN, B, 1);
    size_t differ = 0;
    for (size_t i = 0; i < T * B * C; i++)
        differ += !close_enough((double)run.values[i], (double)other.values[i], 2e-5);
    assert_true(differ > T * B * C / 2);
    free(run.values);
    free(other.values);
}

/* A model that a CBLAS multiplies holds its parameters once. */
static void a_cblas_needs_no_copy_of_the_parameters(void **state)
{
    (void)state;
    rnn_config *config = new_config(RNN_PRODUCTS_CBLAS);
    rnn_model *model;
    double bytes;
    char text[4096], unit[8];
    size_t size, count;
    const float *parameters;
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 256));
    assert_ok(rnn_create(&model, config));
    assert_ok(rnn_model_parameters(model, &parameters, &count));
    assert_ok(rnn_describe(model, text, sizeof text, &size, 1, 1));
    const char *told = strstr(text, "memory: model ");
    assert_non_null(told);
    assert_int_equal(sscanf(told, "memory: model %lf %7[A-Za-z]", &bytes, unit), 2);
    assert_string_equal(unit, "KiB");
    assert_true(bytes * 1024 > (double)(count * sizeof *parameters));
    assert_true(bytes * 1024 < 1.1 * (double)(count * sizeof *parameters));
    rnn_config_destroy(config);
    rnn_destroy(model);
}

/* ---- attention --------------------------------------------------------------------------------------------------- */

enum { Q = 4, M = 4, S = 5, QUERIES = 2 };

struct seen {
    float context[QUERIES * B * M], weights[QUERIES * B * S], dqueries[QUERIES * B * Q], dmemory[S * B * M];
    float gradients[64];
};

/* Forward and back. */
static void attend(rnn_attention *attention, struct seen *seen)
{
    float memory[S * B * M], queries[QUERIES * B * Q], dcontext[QUERIES * B * M], *gradients;
    const int32_t lengths[B] = {S, 0, 2};
    uint64_t seed = 3;
    size_t count;
    memset(seen, 0, sizeof *seen);
    fill_uniform(memory, S * B * M, &seed);
    fill_uniform(queries, QUERIES * B * Q, &seed);
    fill_uniform(dcontext, QUERIES * B * M, &seed);
    assert_ok(rnn_attention_set_memory(attention, memory, S * B * M, lengths, B, S, B));
    assert_ok(rnn_attention_zero_gradients(attention));
    assert_ok(rnn_attention_forward(attention, seen->context, QUERIES * B * M, seen->weights, QUERIES * B * S, queries,
                                    QUERIES * B * Q));
    assert_ok(rnn_attention_backward(attention, seen->dqueries, QUERIES * B * Q, dcontext, QUERIES * B * M, queries,
                                     QUERIES * B * Q, seen->weights, QUERIES * B * S));
    assert_ok(rnn_attention_backward_memory(attention, seen->dmemory, S * B * M));
    assert_ok(rnn_attention_gradients(attention, &gradients, &count));
    assert_true(count <= 64);
    if (count)
        memcpy(seen->gradients, gradients, count * sizeof *gradients);
}

static void assert_products(rnn_attention *attention, int64_t expected)
{
    int64_t products = -1;
    assert_ok(rnn_attention_get_int(attention, RNN_PRODUCTS, &products));
    assert_int_equal(products, expected);
}

static rnn_attention *new_attention(int32_t score)
{
    rnn_attention *attention;
    assert_ok(rnn_attention_create(&attention, score, Q, M, score == RNN_ATTENTION_ADDITIVE ? 3 : 0, 1));
    return attention;
}

/* To and fro: the parameters stay where they are. */
static void attention_changes_its_provider(void **state)
{
    (void)state;
    for (int32_t score = RNN_ATTENTION_DOT; score <= RNN_ATTENTION_ADDITIVE; score++) {
        rnn_attention *attention = new_attention(score);
        struct seen own, cblas, again;
        const float *before, *after;
        size_t count;
        assert_ok(rnn_attention_parameters(attention, &before, &count));
        assert_ok(rnn_attention_set_int(attention, RNN_PRODUCTS, RNN_PRODUCTS_OWN));
        assert_products(attention, RNN_PRODUCTS_OWN);
        attend(attention, &own);
        assert_ok(rnn_attention_set_int(attention, RNN_PRODUCTS, RNN_PRODUCTS_CBLAS));
        assert_products(attention, RNN_PRODUCTS_CBLAS);
        assert_fails(rnn_attention_backward_memory(attention, NULL, 0), RNN_E_STATE); /* the memory was dropped */
        attend(attention, &cblas);
        assert_ok(rnn_attention_set_int(attention, RNN_PRODUCTS, RNN_PRODUCTS_OWN));
        attend(attention, &again);
        assert_memory_equal(&own, &again, sizeof own);
        const float *expected = own.context, *actual = cblas.context;
        for (size_t i = 0; i < sizeof own / sizeof(float); i++)
            assert_close((double)actual[i], (double)expected[i], 1e-6);
        assert_ok(rnn_attention_parameters(attention, &after, &count));
        assert_ptr_equal(after, before);
        rnn_attention_destroy(attention);
    }
}

static void attention_refuses_other_options(void **state)
{
    (void)state;
    rnn_attention *attention = new_attention(RNN_ATTENTION_GENERAL);
    int64_t value = 77;
    assert_ok(rnn_attention_set_int(attention, RNN_PRODUCTS, RNN_PRODUCTS_OWN));
    assert_fails(rnn_attention_set_int(attention, RNN_PRODUCTS, 3), RNN_E_VALUE);
    assert_non_null(strstr(rnn_attention_last_error(attention), "RNN_PRODUCTS"));
    assert_fails(rnn_attention_set_int(attention, RNN_PRODUCTS, -1), RNN_E_VALUE);
    assert_fails(rnn_attention_set_int(attention, RNN_SEED, 1), RNN_E_VALUE);
    assert_fails(rnn_attention_get_int(attention, RNN_SEED, &value), RNN_E_VALUE);
    assert_int_equal(value, 77);
    assert_fails(rnn_attention_get_int(attention, RNN_PRODUCTS, NULL), RNN_E_NULL);
    assert_fails(rnn_attention_get_int(NULL, RNN_PRODUCTS, &value), RNN_E_NULL);
    assert_fails(rnn_attention_set_int(NULL, RNN_PRODUCTS, RNN_PRODUCTS_OWN), RNN_E_NULL);
    assert_products(attention, RNN_PRODUCTS_OWN);
    rnn_attention_destroy(attention);
}

/* The memory is still there afterwards. */
static void attention_without_a_cblas_is_unchanged(void **state)
{
    (void)state;
    rnn_attention *attention = new_attention(RNN_ATTENTION_GENERAL);
    struct seen seen;
    assert_ok(rnn_attention_set_int(attention, RNN_PRODUCTS, RNN_PRODUCTS_OWN));
    attend(attention, &seen);
    is_missing = 1;
    assert_fails(rnn_attention_set_int(attention, RNN_PRODUCTS, RNN_PRODUCTS_CBLAS), RNN_E_UNSUPPORTED);
    assert_string_equal(rnn_attention_last_error(attention),
                        "rnn_attention_set_int: value is RNN_PRODUCTS_CBLAS, but it is not here");
    is_missing = 0;
    assert_products(attention, RNN_PRODUCTS_OWN);
    assert_ok(rnn_attention_backward_memory(attention, NULL, 0));
    rnn_attention_destroy(attention);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_says_who_makes_its_products),
        cmocka_unit_test(the_fastest_kernels_are_ahead_where_vectors_are_wide),
        cmocka_unit_test(the_configuration_keeps_what_it_was_given),
        cmocka_unit_test(descriptions_name_the_provider),
        cmocka_unit_test(without_a_cblas_it_is_refused),
        cmocka_unit_test(automatic_makes_do_without_a_cblas),
        cmocka_unit_test(results_that_differ_are_seen),
        cmocka_unit_test(attention_refuses_other_options),
        cmocka_unit_test(attention_without_a_cblas_is_unchanged),
    };
    const struct CMUnitTest with_cblas[] = {
        cmocka_unit_test(the_provider_is_in_no_file),
        cmocka_unit_test(a_checkpoint_gets_a_provider_of_choice),
        cmocka_unit_test(a_cblas_gives_what_the_kernels_give),
        cmocka_unit_test(a_cblas_needs_no_copy_of_the_parameters),
        cmocka_unit_test(attention_changes_its_provider),
    };
    const struct CMUnitTest without_cblas[] = {
        cmocka_unit_test(a_build_without_a_cblas_says_so),
    };
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    if (has_cblas())
        failures += cmocka_run_group_tests(with_cblas, NULL, NULL);
    else
        failures += cmocka_run_group_tests(without_cblas, NULL, NULL);
    return failures;
}
