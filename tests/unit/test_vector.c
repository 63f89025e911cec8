/* The element-wise kernels of every instruction set that the machine has, against libm in double. */
#include "support/support.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/kernels.h"

#define COUNT 4096

/* The distance of a from the real number `exact`, in units of the last place of a float near it. */
static double error_in_ulp(float a, double exact)
{
    int exponent;
    frexp(exact, &exponent);
    double ulp = ldexp(1, (exponent < -125 ? -125 : exponent) - 24);
    return fabs((double)a - exact) / ulp;
}

/* A kernel of one argument: what it is to compute, and where. */
struct function {
    const char *name;
    void (*apply)(const struct rnni_kernels *kernels, float *y, size_t n);
    double (*exact)(double x);
    int (*settles)(float x, float y); /* whether nothing is to be measured at x; what is to be there is asserted */
    uint64_t first;                   /* the bits of the first of the floats in question: all behind them are, too */
};

enum { SETS = 8 };

/* The next floats from `*bits` on that are finite; returns how many. */
static size_t next_floats(float *x, uint64_t *bits, uint64_t step)
{
    size_t count = 0;
    for (; count < COUNT && *bits <= UINT32_MAX; *bits += step) {
        uint32_t word = (uint32_t)*bits;
        memcpy(&x[count], &word, sizeof word);
        count += isfinite(x[count]) ? 1 : 0;
    }
    return count;
}

/* The worst error of a function in every instruction set over every 251st of all floats, or over all of them where the
 * environment has RNN_ALL_FLOATS: that takes some minutes. */
static void find_worst_errors(const struct function *f, double worst[SETS], float where[SETS])
{
    float x[COUNT], y[COUNT];
    double exact[COUNT];
    for (uint64_t bits = f->first, step = getenv("RNN_ALL_FLOATS") ? 1 : 251; bits <= UINT32_MAX;) {
        size_t count = next_floats(x, &bits, step);
        for (size_t i = 0; i < count; i++)
            exact[i] = f->exact((double)x[i]);
        for (size_t set = 0; rnni_kernels_available(set); set++) {
            memcpy(y, x, sizeof x);
            f->apply(rnni_kernels_available(set), y, count);
            for (size_t i = 0; i < count; i++) {
                double error = f->settles(x[i], y[i]) ? 0 : error_in_ulp(y[i], exact[i]);
                assert_true(error >= 0); /* not NaN */
                if (error > worst[set]) {
                    worst[set] = error;
                    where[set] = x[i];
                }
            }
        }
    }
}

static void check_errors(const struct function *f)
{
    double worst[SETS] = {0};
    float where[SETS] = {0};
    find_worst_errors(f, worst, where);
    for (size_t set = 0; rnni_kernels_available(set); set++) {
        print_message("%s: %s within %.3f ulp, at %.9g\n", rnni_kernels_available(set)->name, f->name, worst[set],
                      (double)where[set]);
        assert_true(worst[set] > 0.4 && worst[set] < 3); /* less than 0.4: nothing was measured */
    }
}

static void apply_tanh(const struct rnni_kernels *kernels, float *y, size_t n)
{
    kernels->elementwise->tanh(y, n);
}

/* Numbers below 1e-30 become 0. */
static int tanh_settles(float x, float y)
{
    if (fabsf(x) >= 1e-30f)
        return 0;
    assert_true(y == 0);
    return 1;
}

static void apply_sigmoid(const struct rnni_kernels *kernels, float *y, size_t n)
{
    kernels->elementwise->sigmoid(y, n);
}

static double exact_sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* What is below 1e-30 becomes 0: so it is from here on, and near it, it may be. */
static int sigmoid_settles(float x, float y)
{
    const float middle = -69.0775528f; /* log(1e-30) */
    if (x >= middle + 0.001f)
        return 0;
    assert_true(y == 0 || (x > middle - 0.001f && y >= 1e-30f));
    return 1;
}

static void apply_exp(const struct rnni_kernels *kernels, float *y, size_t n)
{
    kernels->softmax->exp_shifted(y, y, 0, n);
}

/* Where normal floats end, at exp(-87.3), numbers become 0; a little earlier. */
static int exp_settles(float x, float y)
{
    if (x >= -87)
        return 0;
    assert_true(y == 0);
    return 1;
}

static void functions_are_within_3_ulp(void **state)
{
    (void)state;
    check_errors(&(struct function){"tanh", apply_tanh, tanh, tanh_settles, 0});
    check_errors(&(struct function){"sigmoid", apply_sigmoid, exact_sigmoid, sigmoid_settles, 0});
    check_errors(&(struct function){"exp", apply_exp, exp, exp_settles, 0x80000000u}); /* of numbers below 0 */
}

static void functions_of_special_values(void **state)
{
    (void)state;
    for (size_t i = 0; rnni_kernels_available(i); i++) {
        float y[19] = {NAN, INFINITY, -INFINITY, 0, -0.0f, FLT_MAX, -FLT_MAX, 1e-30f, 0.9e-30f}, h[19];
        y[18] = NAN; /* beyond the last whole vector of every width */
        memcpy(h, y, sizeof h);
        rnni_kernels_available(i)->elementwise->sigmoid(y, 19);
        assert_true(isnan(y[0]) && isnan(y[18]));
        assert_true(y[1] == 1 && y[2] == 0 && y[5] == 1 && y[6] == 0);
        assert_true(y[3] == 0.5f && y[4] == 0.5f);
        rnni_kernels_available(i)->elementwise->tanh(h, 19);
        assert_true(isnan(h[0]) && isnan(h[18]));
        assert_true(h[1] == 1 && h[2] == -1 && h[5] == 1 && h[6] == -1);
        assert_true(h[3] == 0 && !signbit(h[3]) && h[4] == 0 && signbit(h[4]));
        assert_true(h[7] == 1e-30f && h[8] == 0);
        float o[18] = {0, -INFINITY, -200, NAN};
        rnni_kernels_available(i)->softmax->exp_shifted(o, o, 0, 18);
        assert_true(o[0] == 1 && o[1] == 0 && o[2] == 0 && isnan(o[3]) && o[17] == 1);
    }
}

static void derivatives_equal_formulas(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (size_t i = 0; rnni_kernels_available(i); i++)
        for (size_t n = 0; n < 70; n++) {
            float d[71], e[71], y[71], before[71];
            fill_uniform(d, 71, &seed);
            fill_uniform(y, 71, &seed);
            memcpy(before, d, sizeof d);
            memcpy(e, d, sizeof d);
            rnni_kernels_available(i)->elementwise->tanh_backward(d, y, n);
            rnni_kernels_available(i)->elementwise->sigmoid_backward(e, y, n);
            for (size_t j = 0; j < n; j++) {
                assert_close((double)d[j], (double)before[j] * (1 - (double)y[j] * (double)y[j]), 1e-6);
                assert_close((double)e[j], (double)before[j] * (double)y[j] * (1 - (double)y[j]), 1e-6);
            }
            assert_true(d[n] == before[n] && e[n] == before[n]);
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

static void check_products(const struct rnni_kernels *kernels, size_t n, uint64_t *seed)
{
    struct gates g = random_gates(seed), before = g;
    kernels->elementwise->multiply(g.out, g.a, g.b, n);
    kernels->elementwise->add_product(g.out2, g.a, g.b, n);
    kernels->elementwise->add(g.out3, g.a, n);
    for (size_t j = 0; j < n; j++) {
        double a = (double)g.a[j], b = (double)g.b[j];
        assert_close((double)g.out[j], a * b, 1e-7);
        assert_close((double)g.out2[j], (double)before.out2[j] + a * b, 1e-6);
        assert_close((double)g.out3[j], (double)before.out3[j] + a, 1e-6);
    }
    assert_true(g.out[n] == before.out[n] && g.out2[n] == before.out2[n] && g.out3[n] == before.out3[n]);
}

static void check_mixtures(const struct rnni_kernels *kernels, size_t n, uint64_t *seed)
{
    struct gates g = random_gates(seed), before = g;
    kernels->elementwise->blend(g.out, g.a, g.b, g.c, g.d, n);
    kernels->elementwise->interpolate(g.out2, g.a, g.b, g.c, n);
    kernels->elementwise->interpolate(g.d, g.a, g.b, g.d, n); /* in place */
    for (size_t j = 0; j < n; j++) {
        double a = (double)g.a[j], b = (double)g.b[j], c = (double)g.c[j], d = (double)before.d[j];
        assert_close((double)g.out[j], a * b + c * d, 1e-6);
        assert_close((double)g.out2[j], a * b + (1 - a) * c, 1e-6);
        assert_close((double)g.d[j], a * b + (1 - a) * d, 1e-6);
    }
    assert_true(g.out[n] == before.out[n] && g.out2[n] == before.out2[n] && g.d[n] == before.d[n]);
}

static void check_interpolate_backward(const struct rnni_kernels *kernels, size_t n, uint64_t *seed)
{
    struct gates g = random_gates(seed), before = g;
    kernels->elementwise->interpolate_backward(g.out, g.d, g.out2, g.d, g.a, g.b, g.c, n); /* da takes the place of d */
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
    for (size_t i = 0; rnni_kernels_available(i); i++)
        for (size_t n = 0; n < 70; n++) {
            check_products(rnni_kernels_available(i), n, &seed);
            check_mixtures(rnni_kernels_available(i), n, &seed);
            check_interpolate_backward(rnni_kernels_available(i), n, &seed);
        }
}

/* States and gradients below 1e-30 become 0, NaN stays. */
static void gates_settle(void **state)
{
    (void)state;
    for (size_t i = 0; rnni_kernels_available(i); i++) {
        const struct rnni_kernels *kernels = rnni_kernels_available(i);
        float small[33], tiny[33], out[33], z[33], zero[33] = {0};
        for (size_t j = 0; j < 33; j++) {
            small[j] = j % 2 ? 1e-20f : -1e-20f;
            tiny[j] = 0.9e-30f;
            z[j] = 0.25f;
        }
        small[32] = NAN;
        kernels->elementwise->multiply(out, small, small, 33);
        assert_true(out[0] == 0 && out[31] == 0 && isnan(out[32]));
        kernels->elementwise->blend(out, small, small, zero, zero, 33);
        assert_true(out[0] == 0 && out[31] == 0 && isnan(out[32]));
        kernels->elementwise->interpolate(out, z, tiny, zero, 33);
        assert_true(out[0] == 0 && out[32] == 0);
        memset(out, 0, sizeof out);
        kernels->elementwise->add(out, tiny, 33);
        assert_true(out[0] == 0 && out[32] == 0);
        kernels->elementwise->interpolate_backward(out, out, out, tiny, z, z, zero, 33);
        assert_true(out[0] == 0 && out[32] == 0);
    }
}

/* ---- whole cells ------------------------------------------------------------------------------------------------ */

enum { ARRAYS = 11 };
struct arrays {
    float v[ARRAYS][GATES];
};

/* A kernel on some arrays, and the same for one element in double: v holds what enters and becomes what comes out.
 * Array k lies at `place`: of those at one place, what comes out is the last.  `large`: of what enters. */
struct cell {
    const char *name;
    void (*run)(const struct rnni_kernels *kernels, float **v, size_t n);
    void (*formula)(double *v);
    float large;
    size_t place[ARRAYS];
};

static double settled(double v)
{
    return fabs(v) < 1e-30 ? 0 : v;
}

static double settled_sigmoid(double x)
{
    return settled(exact_sigmoid(x));
}

/* i f g o, before, cell, out */
static void run_lstm(const struct rnni_kernels *kernels, float **v, size_t n)
{
    kernels->gates->lstm(v[0], v[1], v[2], v[3], v[4], v[5], v[6], n);
}

static void lstm_formula(double *v)
{
    double i = settled_sigmoid(v[0]), f = settled_sigmoid(v[1]), g = tanh(settled(v[2])), o = settled_sigmoid(v[3]);
    double c = settled(f * v[4] + i * g), after[] = {i, f, g, o, v[4], c, settled(o * tanh(c))};
    memcpy(v, after, sizeof after);
}

/* i f g o, before, dh, dcell, di df dg do */
static void run_lstm_backward(const struct rnni_kernels *kernels, float **v, size_t n)
{
    kernels->gates->lstm_backward(&(struct rnni_lstm_gates){v[0], v[1], v[2], v[3]},
                                  &(struct rnni_lstm_gradients){v[7], v[8], v[9], v[10]}, v[4], v[5], v[6], n);
}

static void lstm_backward_formula(double *v)
{
    double i = v[0], f = v[1], g = v[2], o = v[3], t = tanh(settled(f * v[4] + i * g)), dh = settled(v[5]);
    double dc = settled(v[6] + dh * o * (1 - t * t));
    double d[] = {settled(dc * f), dc * g * i * (1 - i), dc * v[4] * f * (1 - f), dc * i * (1 - g * g),
                  dh * t * o * (1 - o)};
    memcpy(v + 6, d, sizeof d);
}

/* r z n, q, before, out */
static void run_gru(const struct rnni_kernels *kernels, float **v, size_t n)
{
    kernels->gates->gru(v[0], v[1], v[2], v[3], v[4], v[5], n);
}

static void gru_formula(double *v)
{
    double r = settled_sigmoid(v[0]), z = settled_sigmoid(v[1]), n = tanh(settled(v[2] + r * v[3]));
    double after[] = {r, z, n, v[3], v[4], settled(z * v[4] + (1 - z) * n)};
    memcpy(v, after, sizeof after);
}

/* r z n, q, before, dh, dr dz dn */
static void run_gru_backward(const struct rnni_kernels *kernels, float **v, size_t n)
{
    kernels->gates->gru_backward(&(struct rnni_gru_gates){v[0], v[1], v[2]},
                                 &(struct rnni_gru_gradients){v[6], v[7], v[8]}, v[4], v[3], v[5], n);
}

static void gru_backward_formula(double *v)
{
    double r = v[0], z = v[1], n = v[2], q = v[3], dh = settled(v[5]), dn = dh * (1 - z) * (1 - n * n);
    double d[] = {dn * r, v[4], dh * z, dn * q * r * (1 - r), dh * (v[4] - n) * z * (1 - z), dn};
    memcpy(v + 3, d, sizeof d);
}

static const struct cell cells[] = {
    {"lstm", run_lstm, lstm_formula, 100, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
    {"lstm, cell in place", run_lstm, lstm_formula, 100, {0, 1, 2, 3, 4, 4, 6, 7, 8, 9, 10}},
    {"lstm_backward", run_lstm_backward, lstm_backward_formula, 1, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
    {"lstm_backward in place", run_lstm_backward, lstm_backward_formula, 1, {0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3}},
    {"gru", run_gru, gru_formula, 100, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
    {"gru_backward", run_gru_backward, gru_backward_formula, 1, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
};
#define CELLS (sizeof cells / sizeof *cells)

static void run_cell(const struct rnni_kernels *kernels, const struct cell *cell, struct arrays *x, size_t at, size_t n)
{
    float *v[ARRAYS];
    for (size_t k = 0; k < ARRAYS; k++)
        v[k] = x->v[cell->place[k]] + at;
    cell->run(kernels, v, n);
}

/* Infinities, NaN and 0 are the same, all else is near. */
static int as_expected(float actual, double expected)
{
    if (isfinite(expected) && expected != 0)
        return close_enough((double)actual, expected, 4e-6);
    return isnan(expected) ? isnan(actual) : (double)actual == expected;
}

/* Array k of element j: as expected, and the same bits as when the kernel made this element alone. */
static void check_element(float actual, float alone, double expected, const struct cell *cell, size_t k, size_t j)
{
    int same = memcmp(&actual, &alone, sizeof actual) == 0 || (isnan(actual) && isnan(alone));
    if (same && as_expected(actual, expected))
        return;
    print_error("%s: array %zu, element %zu is %.9g, alone %.9g, expected %.9g\n", cell->name, k, j, (double)actual,
                (double)alone, expected);
    fail();
}

/* Elements `at` .. `at + n` become what the formula says; others stay. */
static void check_cell(const struct rnni_kernels *kernels, const struct cell *cell, const struct arrays *x, size_t at,
                       size_t n)
{
    struct arrays whole = *x, alone = *x;
    run_cell(kernels, cell, &whole, at, n);
    for (size_t j = 0; j < GATES; j++) {
        double v[ARRAYS], expected[ARRAYS];
        for (size_t k = 0; k < ARRAYS; k++) {
            expected[k] = (double)x->v[k][j];
            v[k] = (double)x->v[cell->place[k]][j];
        }
        if (j >= at && j < at + n) {
            cell->formula(v);
            run_cell(kernels, cell, &alone, j, 1);
        }
        for (size_t k = 0; k < ARRAYS; k++)
            expected[cell->place[k]] = v[k];
        for (size_t k = 0; k < ARRAYS; k++)
            check_element(whole.v[k][j], alone.v[k][j], expected[k], cell, k, j);
    }
}

static void cells_equal_formulas(void **state)
{
    (void)state;
    uint64_t seed = 6;
    struct arrays x;
    for (size_t i = 0; rnni_kernels_available(i); i++)
        for (size_t c = 0; c < CELLS; c++)
            for (size_t n = 0; n < GATES; n++)
                for (size_t at = 0; at + n <= GATES && at < 4; at++) {
                    fill_uniform(x.v[0], sizeof x / sizeof(float), &seed);
                    check_cell(rnni_kernels_available(i), &cells[c], &x, at, n);
                }
}

/* What is special, in any two arrays; the others hold numbers, or 0, so that what comes out may be small. */
static void check_special_values(const struct rnni_kernels *kernels, const struct cell *cell, int zero, uint64_t *seed)
{
    const float values[] = {-cell->large, cell->large, NAN,    INFINITY, -INFINITY, 0,
                            -0.0f,        0.9e-30f,    1e-35f, 1e-20f,   3e-30f};
    const size_t count = sizeof values / sizeof *values;
    for (size_t pair = 0; pair < ARRAYS * ARRAYS * count * count; pair += GATES) {
        struct arrays x = {0};
        if (!zero)
            fill_uniform(x.v[0], sizeof x / sizeof(float), seed);
        for (size_t j = 0; j < GATES; j++) {
            size_t arrays = (pair + j) / (count * count), which = (pair + j) % (count * count);
            x.v[arrays % ARRAYS][j] = values[which % count];
            x.v[arrays / ARRAYS % ARRAYS][j] = values[which / count];
        }
        check_cell(kernels, cell, &x, 0, GATES);
    }
}

static void cells_treat_special_values_as_formulas_do(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (size_t i = 0; rnni_kernels_available(i); i++)
        for (size_t c = 0; c < 2 * CELLS; c++)
            check_special_values(rnni_kernels_available(i), &cells[c / 2], c % 2, &seed);
}

/* A stream that hears nothing must not fade into subnormal numbers, nor a gradient on its long way back. */
static void nothing_becomes_subnormal(void **state)
{
    (void)state;
    for (size_t i = 0; rnni_kernels_available(i); i++) {
        float h[33], d[33];
        for (size_t j = 0; j < 33; j++)
            h[j] = d[j] = 1;
        for (int step = 0; step < 400; step++) {
            for (size_t j = 0; j < 33; j++) {
                h[j] *= 0.5f;
                d[j] *= -0.5f;
            }
            rnni_kernels_available(i)->elementwise->tanh(h, 33);
            rnni_kernels_available(i)->elementwise->tanh_backward(d, h, 33);
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
    for (size_t i = 0; rnni_kernels_available(i); i++)
        for (size_t n = 1; n < 70; n++) {
            const struct rnni_kernels *kernels = rnni_kernels_available(i);
            float o[70], p[70];
            fill_uniform(o, 70, &seed);
            double most = -1e9, sum = 0;
            for (size_t j = 0; j < n; j++)
                most = (double)(o[j] *= 100) > most ? (double)o[j] : most;
            float top = kernels->softmax->largest(o, n);
            assert_true((double)top == most);
            double found = kernels->softmax->exp_shifted(p, o, top, n);
            for (size_t j = 0; j < n; j++) {
                double exact = exp((double)(o[j] - top));
                sum += exact;
                assert_true(error_in_ulp(p[j], exact) < 3 || exact < 1.7e-38);
            }
            assert_close(found, sum, 1e-6);
            assert_true(kernels->softmax->exp_shifted(NULL, o, top, n) == found);
        }
}

static void sum_of_many_exponentials_stays_exact(void **state)
{
    (void)state;
    enum { MANY = (1 << 22) + 3 };
    const double tolerance = 1e-5; /* 256 terms, each rounded by at most 2^-25 of the sum; one float: off by 1e-2 */
    float *o = malloc(MANY * sizeof *o);
    assert_non_null(o);
    for (size_t i = 0; i < MANY; i++)
        o[i] = -0.1f;
    for (size_t i = 0; rnni_kernels_available(i); i++)
        assert_close(rnni_kernels_available(i)->softmax->exp_shifted(NULL, o, 0, MANY), MANY * exp((double)-0.1f),
                     tolerance);
    free(o);
}

static void arithmetic_on_blocks(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (size_t i = 0; rnni_kernels_available(i); i++)
        for (size_t n = 0; n < 70; n++) {
            const struct rnni_kernels *kernels = rnni_kernels_available(i);
            float a[70], b[70], before[70];
            double squares = 0;
            fill_uniform(a, 70, &seed);
            fill_uniform(b, 70, &seed);
            memcpy(before, a, sizeof a);
            for (size_t j = 0; j < n; j++)
                squares += (double)a[j] * (double)a[j];
            assert_close(kernels->updates->sum_of_squares(a, n), squares, 1e-12);
            kernels->updates->descend(a, b, 0.5f, n);
            for (size_t j = 0; j < n; j++)
                assert_close((double)a[j], (double)before[j] - 0.5 * (double)b[j], 1e-6);
            kernels->elementwise->scale(b, 2, n);
            kernels->elementwise->clip(b, 0.75f, n);
            for (size_t j = 0; j < n; j++)
                assert_true(fabsf(b[j]) <= 0.75f);
            for (size_t j = n; j < 70; j++)
                assert_true(a[j] == before[j]);
        }
}

static void what_is_not_finite_is_seen(void **state)
{
    (void)state;
    const float values[] = {FLT_MAX, -FLT_MAX, NAN, -NAN, INFINITY, -INFINITY};
    for (size_t i = 0; rnni_kernels_available(i); i++)
        for (size_t k = 0; k < 37 * 6; k++) {
            float a[37] = {0};
            a[k / 6] = values[k % 6];
            assert_int_equal(isfinite(rnni_kernels_available(i)->updates->sum_of_squares(a, 37)) != 0, k % 6 < 2);
            assert_true(rnni_kernels_available(i)->updates->magnitude(a, 37) == (k % 6 < 2 ? FLT_MAX : INFINITY));
            a[k / 6] = k % 2 ? 1.5f : -1.5f;
            assert_true(rnni_kernels_available(i)->updates->magnitude(a, 37) == 1.5f);
        }
}

static void the_best_is_in_use_and_can_be_changed(void **state)
{
    (void)state;
    size_t count = 0;
    while (rnni_kernels_available(count) != NULL)
        count++;
    assert_true(count >= 1);
    assert_ptr_equal(rnni_kernels(), rnni_kernels_available(count - 1));
    rnni_kernels_select(rnni_kernels_available(0));
    assert_ptr_equal(rnni_kernels(), &rnni_kernels_baseline);
    assert_non_null(strstr(rnn_build_info(), "baseline"));
    rnni_kernels_select(rnni_kernels_available(count - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_are_within_3_ulp),
        cmocka_unit_test(derivatives_equal_formulas),
        cmocka_unit_test(functions_of_special_values),
        cmocka_unit_test(gates_equal_formulas),
        cmocka_unit_test(gates_settle),
        cmocka_unit_test(cells_equal_formulas),
        cmocka_unit_test(cells_treat_special_values_as_formulas_do),
        cmocka_unit_test(nothing_becomes_subnormal),
        cmocka_unit_test(exp_and_largest),
        cmocka_unit_test(sum_of_many_exponentials_stays_exact),
        cmocka_unit_test(arithmetic_on_blocks),
        cmocka_unit_test(what_is_not_finite_is_seen),
        cmocka_unit_test(the_best_is_in_use_and_can_be_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
