/* The table of activations against their formulas in rnn.h, in double; derivatives against those of the formulas. */
#include "support/support.h"

#include <math.h>
#include <string.h>

#include "math/activation.h"

static double formula(int64_t kind, double a, double b, double x)
{
    switch (kind) {
    case RNN_ACTIVATION_TANH:
        return tanh(x);
    case RNN_ACTIVATION_SIGMOID:
        return 1 / (1 + exp(-x));
    case RNN_ACTIVATION_RELU:
        return fmax(x, 0);
    case RNN_ACTIVATION_HARD_SIGMOID:
        return fmin(fmax(a * x + b, 0), 1);
    case RNN_ACTIVATION_LEAKY_RELU:
        return x >= 0 ? x : a * x;
    case RNN_ACTIVATION_THRESHOLDED_RELU:
        return x > a ? x : 0;
    case RNN_ACTIVATION_SCALED_TANH:
        return a * tanh(b * x);
    case RNN_ACTIVATION_ELU:
        return x >= 0 ? x : a * expm1(x);
    case RNN_ACTIVATION_SOFTSIGN:
        return x / (1 + fabs(x));
    case RNN_ACTIVATION_SOFTPLUS:
        return log1p(exp(x));
    default:
        return a * x + b;
    }
}

/* A row: parameters that are given (NaN: left to the default) and what they then are. */
static const struct {
    int64_t kind;
    double alpha, beta, a, b;
} rows[] = {
    {RNN_ACTIVATION_TANH, (double)NAN, (double)NAN, 0, 0},
    {RNN_ACTIVATION_SIGMOID, (double)NAN, (double)NAN, 0, 0},
    {RNN_ACTIVATION_RELU, (double)NAN, (double)NAN, 0, 0},
    {RNN_ACTIVATION_HARD_SIGMOID, (double)NAN, (double)NAN, 0.2, 0.5},
    {RNN_ACTIVATION_HARD_SIGMOID, 0.375, -0.25, 0.375, -0.25},
    {RNN_ACTIVATION_LEAKY_RELU, (double)NAN, (double)NAN, 0.01, 0},
    {RNN_ACTIVATION_LEAKY_RELU, 0.25, (double)NAN, 0.25, 0},
    {RNN_ACTIVATION_LEAKY_RELU, 0, (double)NAN, 0, 0},
    {RNN_ACTIVATION_THRESHOLDED_RELU, (double)NAN, (double)NAN, 1, 0},
    {RNN_ACTIVATION_THRESHOLDED_RELU, 0.5, (double)NAN, 0.5, 0},
    {RNN_ACTIVATION_SCALED_TANH, (double)NAN, (double)NAN, 1, 1},
    {RNN_ACTIVATION_SCALED_TANH, 1.75, 0.625, 1.75, 0.625},
    {RNN_ACTIVATION_SCALED_TANH, -0.5, 2, -0.5, 2},
    {RNN_ACTIVATION_ELU, (double)NAN, (double)NAN, 1, 0},
    {RNN_ACTIVATION_ELU, 0.75, (double)NAN, 0.75, 0},
    {RNN_ACTIVATION_SOFTSIGN, (double)NAN, (double)NAN, 0, 0},
    {RNN_ACTIVATION_SOFTPLUS, (double)NAN, (double)NAN, 0, 0},
    {RNN_ACTIVATION_AFFINE, (double)NAN, (double)NAN, 1, 0},
    {RNN_ACTIVATION_AFFINE, -1.5, 0.25, -1.5, 0.25},
};
#define ROWS (sizeof rows / sizeof *rows)

#define COUNT 2001
static float point(size_t i)
{
    return ((float)i - 1000) / 100 + 0.0037f; /* from -10 to 10, on no kink */
}

static void forward_equals_formula(void **state)
{
    (void)state;
    for (size_t r = 0; r < ROWS; r++) {
        struct rnni_activation f = rnni_activation_of(rows[r].kind, rows[r].alpha, rows[r].beta);
        float y[COUNT];
        for (size_t i = 0; i < COUNT; i++)
            y[i] = point(i);
        f.forward(&f, y, COUNT);
        for (size_t i = 0; i < COUNT; i++)
            assert_close((double)y[i], formula(rows[r].kind, rows[r].a, rows[r].b, (double)point(i)), 1e-6);
    }
}

/* From the output the derivative is known as well as that is: where it saturates, to a few units of 1e-7. */
static void backward_equals_slope(void **state)
{
    (void)state;
    for (size_t r = 0; r < ROWS; r++) {
        struct rnni_activation f = rnni_activation_of(rows[r].kind, rows[r].alpha, rows[r].beta);
        float y[COUNT], d[COUNT];
        for (size_t i = 0; i < COUNT; i++) {
            y[i] = point(i);
            d[i] = 0.5f + (float)(i % 7);
        }
        f.forward(&f, y, COUNT);
        f.backward(&f, d, y, COUNT);
        for (size_t i = 0; i < COUNT; i++) {
            double x = (double)point(i), step = 1e-6;
            double slope = (formula(rows[r].kind, rows[r].a, rows[r].b, x + step) -
                            formula(rows[r].kind, rows[r].a, rows[r].b, x - step)) /
                           (2 * step);
            assert_close((double)d[i], (0.5 + (double)(i % 7)) * slope, 5e-6);
        }
    }
}

/* What is not a number stays so, and the ends of the line are where the formula has them. */
static void special_values(void **state)
{
    (void)state;
    for (size_t r = 0; r < ROWS; r++) {
        struct rnni_activation f = rnni_activation_of(rows[r].kind, rows[r].alpha, rows[r].beta);
        float y[3] = {NAN, INFINITY, -INFINITY};
        f.forward(&f, y, 3);
        assert_true(isnan(y[0]));
        for (size_t i = 1; i < 3; i++) {
            if (rows[r].kind == RNN_ACTIVATION_LEAKY_RELU && rows[r].a == 0)
                continue; /* 0 times infinity */
            double exact = formula(rows[r].kind, rows[r].a, rows[r].b, i == 1 ? 1e30 : -1e30);
            if (fabs(exact) < 1e20)
                assert_close((double)y[i], exact, 1e-6);
            else
                assert_true(isinf(y[i]) && (y[i] > 0) == (exact > 0));
        }
    }
}

static void every_kind_has_a_name_and_a_row(void **state)
{
    (void)state;
    for (int64_t kind = RNN_ACTIVATION_TANH; kind <= RNN_ACTIVATION_AFFINE; kind++) {
        int found = 0;
        for (size_t r = 0; r < ROWS; r++)
            found |= rows[r].kind == kind;
        assert_true(found);
        assert_true(strlen(rnni_activation_name(kind)) > 2);
        assert_null(rnni_activation_objection(kind, (double)NAN, (double)NAN));
    }
    assert_int_equal(RNNI_ACTIVATION_LAST, RNN_ACTIVATION_AFFINE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forward_equals_formula),
        cmocka_unit_test(backward_equals_slope),
        cmocka_unit_test(special_values),
        cmocka_unit_test(every_kind_has_a_name_and_a_row),
    };
    return run_with_all_kernels(tests, sizeof tests / sizeof *tests);
}
