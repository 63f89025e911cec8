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

/* Worst error of tanh over every 251st of all finite floats. */
static double worst_tanh(const struct rnni_vector *kernels)
{
    float x[COUNT], h[COUNT];
    double worst = 0;
    for (uint64_t bits = 0; bits <= UINT32_MAX;) {
        size_t count = 0;
        for (; count < COUNT && bits <= UINT32_MAX; bits += 251) {
            uint32_t word = (uint32_t)bits;
            memcpy(&x[count], &word, sizeof word);
            count += isfinite(x[count]) ? 1 : 0;
        }
        memcpy(h, x, sizeof x);
        kernels->tanh(h, count);
        for (size_t i = 0; i < count; i++)
            if (fabsf(x[i]) >= 1e-30f)
                worst = fmax(worst, error_in_ulp(h[i], tanh((double)x[i])));
            else
                assert_true(h[i] == 0);
    }
    return worst;
}

static void tanh_is_within_3_ulp(void **state)
{
    (void)state;
    for (size_t i = 0; rnni_vector_available(i); i++) {
        double worst = worst_tanh(rnni_vector_available(i));
        print_message("%s: tanh within %.2f ulp\n", rnni_vector_available(i)->name, worst);
        assert_true(worst < 3);
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
