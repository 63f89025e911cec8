#include "support/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/kernels.h"
#include "math/products.h"

int close_enough(double actual, double expected, double tolerance)
{
    return isfinite(actual) && isfinite(expected) && fabs(actual - expected) <= tolerance * (1 + fabs(expected));
}

void check_close(double actual, double expected, double tolerance, const char *what, size_t index, const char *file,
                 int line)
{
    if (close_enough(actual, expected, tolerance))
        return;
    print_error("%s[%zu] is %.9g, expected %.9g within %g\n", what, index, actual, expected, tolerance);
    _fail(file, line);
}

void check_all_close(const float *actual, const double *expected, size_t count, double tolerance, const char *what,
                     const char *file, int line)
{
    for (size_t i = 0; i < count; i++)
        check_close((double)actual[i], expected[i], tolerance, what, i, file, line);
}

void check_status(int32_t actual, int32_t expected, const char *call, const char *file, int line)
{
    if (actual != expected) {
        print_error("%s\n  gave %s\n  (%s), expected %s\n", call, rnn_status_string(actual), rnn_last_error(),
                    rnn_status_string(expected));
        _fail(file, line);
    }
    if (expected != RNN_OK && strlen(rnn_last_error()) < 10) {
        print_error("%s failed as it should, but left no message\n", call);
        _fail(file, line);
    }
}

/* ---- providers of the products ----------------------------------------------------------------------------------- */

/* What RNN_PRODUCTS_AUTOMATIC means in this test run. It applies to every network and attention module, also to loaded
 * ones. */
static int64_t automatic = RNN_PRODUCTS_AUTOMATIC;

const struct rnni_blas *__real_rnni_products_choose(int64_t wanted, const char **reason);
const struct rnni_blas *__wrap_rnni_products_choose(int64_t wanted, const char **reason);
const struct rnni_blas *__wrap_rnni_products_choose(int64_t wanted, const char **reason)
{
    return __real_rnni_products_choose(wanted == RNN_PRODUCTS_AUTOMATIC ? automatic : wanted, reason);
}

int run_with_all_kernels(const struct CMUnitTest *tests, size_t count)
{
    const char *kernels = getenv("RNN_TEST_KERNELS");
    int failures = 0, all = !kernels || strcmp(kernels, "best") != 0;
    automatic = RNN_PRODUCTS_OWN;
    for (size_t i = 0; rnni_kernels_available(i); i++) {
        if (!all && rnni_kernels_available(i + 1))
            continue;
        rnni_kernels_select(rnni_kernels_available(i));
        failures += _cmocka_run_group_tests(rnni_kernels()->name, tests, count, NULL, NULL);
    }
    automatic = RNN_PRODUCTS_AUTOMATIC;
    return failures;
}

int run_with_all_products(const struct CMUnitTest *tests, size_t count)
{
    int failures = run_with_all_kernels(tests, count);
    if (!rnni_blas(NULL))
        return failures;
    automatic = RNN_PRODUCTS_CBLAS;
    failures += _cmocka_run_group_tests(rnni_blas(NULL)->name, tests, count, NULL, NULL);
    automatic = RNN_PRODUCTS_AUTOMATIC;
    return failures;
}

double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 4503599627370496.0 - 1;
}

void fill_uniform(float *values, size_t count, uint64_t *state)
{
    for (size_t i = 0; i < count; i++)
        values[i] = (float)uniform(state);
}

void add_sequence(rnn_dataset *dataset, const float *x, size_t x_count, const int32_t *tokens, size_t tokens_count,
                  const int32_t *classes, size_t classes_count, const float *values, size_t values_count, size_t steps)
{
    size_t index = 0;
    assert_true(x ? !tokens : tokens_count == steps);
    if (x)
        assert_ok(rnn_dataset_add(dataset, &index, x, x_count, steps));
    else
        assert_ok(rnn_dataset_add_tokens(dataset, &index, tokens, tokens_count));
    if (values)
        assert_ok(rnn_dataset_set_values(dataset, index, values, values_count));
    else
        assert_ok(rnn_dataset_set_classes(dataset, index, classes, classes_count));
}

void open_trainer(rnn_trainer **out, rnn_model *model, rnn_optimizer *optimizer, int32_t loss)
{
    rnn_loss *made;
    assert_ok(rnn_loss_create(&made, loss));
    assert_ok(rnn_trainer_create(out, model, optimizer, made));
    rnn_loss_destroy(made);
}
