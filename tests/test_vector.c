/* The element-wise kernels of every instruction set that the machine has, against libm in double. */
#include "support.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/vector.h"

#define COUNT 4096

/* The distance of a from the real number `exact`, in units of the last place of a float near it. */
static double error_in_ulp(float a, double exact)
{
    int exponent;
    frexp(exact, &exponent);
    double ulp = ldexp(1, (exponent < -125 ? -125 : exponent) - 24);
    return fabs((double)a - exact) / ulp;
}

/* The worst error of a kernel against `exact`, over every 251st of all finite floats; what it does with those that
 * `settles` names is asserted instead. */
static double worst_error(void (*kernel)(float *, size_t), double (*exact)(double), int (*settles)(float, float))
{
    float x[COUNT], y[COUNT];
    double worst = 0;
    for (uint64_t bits = 0; bits <= UINT32_MAX;) {
        size_t count = 0;
        for (; count < COUNT && bits <= UINT32_MAX; bits += 251) {
            uint32_t word = (uint32_t)bits;
            memcpy(&x[count], &word, sizeof word);
            count += isfinite(x[count]) ? 1 : 0;
        }
        memcpy(y, x, sizeof x);
        kernel(y, count);
        for (size_t i = 0; i < count; i++)
            if (!settles(x[i], y[i]))
                worst = fmax(worst, error_in_ulp(y[i], exact((double)x[i])));
    }
    return worst;
}

/* Numbers below 1e-30 become 0. */
static int tanh_settles(float x, float y)
{
    if (fabsf(x) >= 1e-30f)
        return 0;
    assert_true(y == 0);
    return 1;
}

static void tanh_is_within_3_ulp(void **state)
{
    (void)state;
    for (size_t i = 0; rnni_vector_available(i); i++) {
        double worst = worst_error(rnni_vector_available(i)->tanh, tanh, tanh_settles);
        print_message("%s: tanh within %.2f ulp\n", rnni_vector_available(i)->name, worst);
        assert_true(worst < 3);
    }
}

static double exact_sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* What is below 1e-30 becomes 0. */
static int sigmoid_settles(float x, float y)
{
    double exact = exact_sigmoid((double)x);
    if (exact >= 1.001e-30)
        return 0;
    assert_true(y == 0 || exact > 0.999e-30);
    return 1;
}

static void sigmoid_is_within_3_ulp(void **state)
{
    (void)state;
    for (size_t i = 0; rnni_vector_available(i); i++) {
        double worst = worst_error(rnni_vector_available(i)->sigmoid, exact_sigmoid, sigmoid_settles);
        print_message("%s: sigmoid within %.2f ulp\n", rnni_vector_available(i)->name, worst);
        assert_true(worst < 3);
    }
}

static void sigmoid_special_values(void **state)
{
    (void)state;
    for (size_t i = 0; rnni_vector_available(i); i++) {
        float y[19] = {NAN, INFINITY, -INFINITY, 0, -0.0f, FLT_MAX, -FLT_MAX};
        y[18] = NAN; /* beyond the last whole vector of every width */
        rnni_vector_available(i)->sigmoid(y, 19);
        assert_true(isnan(y[0]) && isnan(y[18]));
        assert_true(y[1] == 1 && y[2] == 0 && y[5] == 1 && y[6] == 0);
        assert_true(y[3] == 0.5f && y[4] == 0.5f);
    }
}

static void tanh_special_values(void **state)
{
    (void)state;
    for (size_t i = 0; rnni_vector_available(i); i++) {
        float h[19] = {NAN, INFINITY, -INFINITY, 0, -0.0f, FLT_MAX, -FLT_MAX, 1e-30f, 0.9e-30f};
        h[18] = NAN; /* beyond the last whole vector of every width */
        rnni_vector_available(i)->tanh(h, 19);
        assert_true(isnan(h[0]) && isnan(h[18]));
        assert_true(h[1] == 1 && h[2] == -1 && h[5] == 1 && h[6] == -1);
        assert_true(h[3] == 0 && !signbit(h[3]) && h[4] == 0 && signbit(h[4]));
        assert_true(h[7] == 1e-30f && h[8] == 0);
    }
}

static void tanh_backward_equals_formula(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (size_t i = 0; rnni_vector_available(i); i++)
        for (size_t n = 0; n < 70; n++) {
            float d[71], h[71], before[71];
            fill_uniform(d, 71, &seed);
            fill_uniform(h, 71, &seed);
            memcpy(before, d, sizeof d);
            rnni_vector_available(i)->tanh_backward(d, h, n);
            for (size_t j = 0; j < n; j++)
                assert_close((double)d[j], (double)before[j] * (1 - (double)h[j] * (double)h[j]), 1e-6);
            assert_true(d[n] == before[n]);
        }
}

static void sigmoid_backward_equals_formula(void **state)
{
    (void)state;
    uint64_t seed = 4;
    for (size_t i = 0; rnni_vector_available(i); i++)
        for (size_t n = 0; n < 70; n++) {
            float d[71], y[71], before[71];
            fill_uniform(d, 71, &seed);
            fill_uniform(y, 71, &seed);
            memcpy(before, d, sizeof d);
            rnni_vector_available(i)->sigmoid_backward(d, y, n);
            for (size_t j = 0; j < n; j++)
                assert_close((double)d[j], (double)before[j] * (double)y[j] * (1 - (double)y[j]), 1e-6);
            assert_true(d[n] == before[n]);
        }
}

/* ---- what gates do ---------------------------------------------------------------------------------------------- */

enum { GATES = 71 };
struct gates {
    float a[GATES], b[GATES], c[GATES], d[GATES], out[GATES], out2[GATES], out3[GATES];
};

static struct gates random_gates(uint64_t *seed)
{
    struct gates g;
    float *const arrays[] = {g.a, g.b, g.c, g.d, g.out, g.out2, g.out3};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        fill_uniform(arrays[i], GATES, seed);
    return g;
}

static void check_products(const struct rnni_vector *kernels, size_t n, uint64_t *seed)
{
    struct gates g = random_gates(seed), before = g;
    kernels->multiply(g.out, g.a, g.b, n);
    kernels->add_product(g.out2, g.a, g.b, n);
    kernels->add(g.out3, g.a, n);
    for (size_t j = 0; j < n; j++) {
        double a = (double)g.a[j], b = (double)g.b[j];
        assert_close((double)g.out[j], a * b, 1e-7);
        assert_close((double)g.out2[j], (double)before.out2[j] + a * b, 1e-6);
        assert_close((double)g.out3[j], (double)before.out3[j] + a, 1e-6);
    }
    assert_true(g.out[n] == before.out[n] && g.out2[n] == before.out2[n] && g.out3[n] == before.out3[n]);
}

static void check_mixtures(const struct rnni_vector *kernels, size_t n, uint64_t *seed)
{
    struct gates g = random_gates(seed), before = g;
    kernels->blend(g.out, g.a, g.b, g.c, g.d, n);
    kernels->interpolate(g.out2, g.a, g.b, g.c, n);
    kernels->interpolate(g.d, g.a, g.b, g.d, n); /* in place */
    for (size_t j = 0; j < n; j++) {
        double a = (double)g.a[j], b = (double)g.b[j], c = (double)g.c[j], d = (double)before.d[j];
        assert_close((double)g.out[j], a * b + c * d, 1e-6);
        assert_close((double)g.out2[j], a * b + (1 - a) * c, 1e-6);
        assert_close((double)g.d[j], a * b + (1 - a) * d, 1e-6);
    }
    assert_true(g.out[n] == before.out[n] && g.out2[n] == before.out2[n] && g.d[n] == before.d[n]);
}

static void check_interpolate_backward(const struct rnni_vector *kernels, size_t n, uint64_t *seed)
{
    struct gates g = random_gates(seed), before = g;
    kernels->interpolate_backward(g.out, g.d, g.out2, g.d, g.a, g.b, g.c, n); /* da takes the place of d */
    for (size_t j = 0; j < n; j++) {
        double z = (double)g.a[j], a = (double)g.b[j], b = (double)g.c[j], d = (double)before.d[j];
        assert_close((double)g.out[j], d * (a - b), 1e-6);
        assert_close((double)g.d[j], d * z, 1e-6);
        assert_close((double)g.out2[j], d * (1 - z), 1e-6);
    }
    assert_true(g.out[n] == before.out[n] && g.out2[n] == before.out2[n] && g.d[n] == before.d[n]);
}

static void gates_equal_formulas(void **state)
{
    (void)state;
    uint64_t seed = 5;
    for (size_t i = 0; rnni_vector_available(i); i++)
        for (size_t n = 0; n < 70; n++) {
            check_products(rnni_vector_available(i), n, &seed);
            check_mixtures(rnni_vector_available(i), n, &seed);
            check_interpolate_backward(rnni_vector_available(i), n, &seed);
        }
}

/* States and gradients below 1e-30 become 0, NaN stays. */
static void gates_settle(void **state)
{
    (void)state;
    for (size_t i = 0; rnni_vector_available(i); i++) {
        const struct rnni_vector *kernels = rnni_vector_available(i);
        float small[33], tiny[33], out[33], z[33], zero[33] = {0};
        for (size_t j = 0; j < 33; j++) {
            small[j] = j % 2 ? 1e-20f : -1e-20f;
            tiny[j] = 0.9e-30f;
            z[j] = 0.25f;
        }
        small[32] = NAN;
        kernels->multiply(out, small, small, 33);
        assert_true(out[0] == 0 && out[31] == 0 && isnan(out[32]));
        kernels->blend(out, small, small, zero, zero, 33);
        assert_true(out[0] == 0 && out[31] == 0 && isnan(out[32]));
        kernels->interpolate(out, z, tiny, zero, 33);
        assert_true(out[0] == 0 && out[32] == 0);
        memset(out, 0, sizeof out);
        kernels->add(out, tiny, 33);
        assert_true(out[0] == 0 && out[32] == 0);
        kernels->interpolate_backward(out, out, out, tiny, z, z, zero, 33);
        assert_true(out[0] == 0 && out[32] == 0);
    }
}

/* A stream that hears nothing must not fade into subnormal numbers, nor a gradient on its long way back. */
static void nothing_becomes_subnormal(void **state)
{
    (void)state;
    for (size_t i = 0; rnni_vector_available(i); i++) {
        float h[33], d[33];
        for (size_t j = 0; j < 33; j++)
            h[j] = d[j] = 1;
        for (int step = 0; step < 400; step++) {
            for (size_t j = 0; j < 33; j++) {
                h[j] *= 0.5f;
                d[j] *= -0.5f;
            }
            rnni_vector_available(i)->tanh(h, 33);
            rnni_vector_available(i)->tanh_backward(d, h, 33);
            for (size_t j = 0; j < 33; j++)
                assert_true(fpclassify(h[j]) != FP_SUBNORMAL && fpclassify(d[j]) != FP_SUBNORMAL);
        }
        assert_true(h[0] == 0 && h[32] == 0 && d[0] == 0 && d[32] == 0);
    }
}

static void exp_and_largest(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (size_t i = 0; rnni_vector_available(i); i++)
        for (size_t n = 1; n < 70; n++) {
            const struct rnni_vector *kernels = rnni_vector_available(i);
            float o[70], p[70];
            fill_uniform(o, 70, &seed);
            double most = -1e9, sum = 0;
            for (size_t j = 0; j < n; j++)
                most = fmax(most, (double)(o[j] *= 100));
            float top = kernels->largest(o, n);
            assert_true((double)top == most);
            double found = kernels->exp_shifted(p, o, top, n);
            for (size_t j = 0; j < n; j++) {
                double exact = exp((double)(o[j] - top));
                sum += exact;
                assert_true(error_in_ulp(p[j], exact) < 3 || exact < 1.7e-38);
            }
            assert_close(found, sum, 1e-6);
            assert_true(kernels->exp_shifted(NULL, o, top, n) == found);
        }
}

static void sum_of_many_exponentials_stays_exact(void **state)
{
    (void)state;
    enum { MANY = (1 << 22) + 3 };
    const double tolerance =
        1e-5; /* 256 terms, each rounded by 2^-25 of the sum at most; one float would be off by 1e-2 */
    float *o = malloc(MANY * sizeof *o);
    assert_non_null(o);
    for (size_t i = 0; i < MANY; i++)
        o[i] = -0.1f;
    for (size_t i = 0; rnni_vector_available(i); i++)
        assert_close(rnni_vector_available(i)->exp_shifted(NULL, o, 0, MANY), MANY * exp((double)-0.1f), tolerance);
    free(o);
}

static void exp_special_values(void **state)
{
    (void)state;
    for (size_t i = 0; rnni_vector_available(i); i++) {
        float o[18] = {0, -INFINITY, -200, NAN};
        rnni_vector_available(i)->exp_shifted(o, o, 0, 18);
        assert_true(o[0] == 1 && o[1] == 0 && o[2] == 0 && isnan(o[3]) && o[17] == 1);
    }
}

static void arithmetic_on_blocks(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (size_t i = 0; rnni_vector_available(i); i++)
        for (size_t n = 0; n < 70; n++) {
            const struct rnni_vector *kernels = rnni_vector_available(i);
            float a[70], b[70], before[70];
            double squares = 0;
            fill_uniform(a, 70, &seed);
            fill_uniform(b, 70, &seed);
            memcpy(before, a, sizeof a);
            for (size_t j = 0; j < n; j++)
                squares += (double)a[j] * (double)a[j];
            assert_close(kernels->sum_of_squares(a, n), squares, 1e-12);
            kernels->descend(a, b, 0.5f, n);
            for (size_t j = 0; j < n; j++)
                assert_close((double)a[j], (double)before[j] - 0.5 * (double)b[j], 1e-6);
            kernels->scale(b, 2, n);
            kernels->clip(b, 0.75f, n);
            for (size_t j = 0; j < n; j++)
                assert_true(fabsf(b[j]) <= 0.75f);
            for (size_t j = n; j < 70; j++)
                assert_true(a[j] == before[j]);
        }
}

static void sum_of_squares_sees_what_is_not_finite(void **state)
{
    (void)state;
    for (size_t i = 0; rnni_vector_available(i); i++)
        for (size_t at = 0; at < 37; at++) {
            float a[37] = {0};
            a[at] = FLT_MAX;
            assert_true(isfinite(rnni_vector_available(i)->sum_of_squares(a, 37)));
            a[at] = NAN;
            assert_true(!isfinite(rnni_vector_available(i)->sum_of_squares(a, 37)));
            a[at] = INFINITY;
            assert_true(!isfinite(rnni_vector_available(i)->sum_of_squares(a, 37)));
        }
}

static void the_best_is_in_use_and_can_be_changed(void **state)
{
    (void)state;
    size_t count = 0;
    while (rnni_vector_available(count) != NULL)
        count++;
    assert_true(count >= 1);
    assert_ptr_equal(rnni_vector(), rnni_vector_available(count - 1));
    rnni_vector_select(rnni_vector_available(0));
    assert_ptr_equal(rnni_vector(), &rnni_vector_baseline);
    assert_non_null(strstr(rnn_build_info(), "baseline"));
    rnni_vector_select(rnni_vector_available(count - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tanh_is_within_3_ulp),
        cmocka_unit_test(tanh_special_values),
        cmocka_unit_test(tanh_backward_equals_formula),
        cmocka_unit_test(sigmoid_is_within_3_ulp),
        cmocka_unit_test(sigmoid_special_values),
        cmocka_unit_test(sigmoid_backward_equals_formula),
        cmocka_unit_test(gates_equal_formulas),
        cmocka_unit_test(gates_settle),
        cmocka_unit_test(nothing_becomes_subnormal),
        cmocka_unit_test(exp_and_largest),
        cmocka_unit_test(sum_of_many_exponentials_stays_exact),
        cmocka_unit_test(exp_special_values),
        cmocka_unit_test(arithmetic_on_blocks),
        cmocka_unit_test(sum_of_squares_sees_what_is_not_finite),
        cmocka_unit_test(the_best_is_in_use_and_can_be_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
