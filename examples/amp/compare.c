/* Errors, and models without a network: what can be had by least squares. */
#include "amp.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define TAPS   32 /* of the FIR filter */
#define POINTS 33 /* of the curve, from -1 to 1, straight lines between them */

double energy(const float *a, const float *b, size_t count, double emphasis)
{
    double sum = 0, last = 0;

    for (size_t t = 0; t < count; t++) {
        double x = (double)a[t] - (b ? (double)b[t] : 0), p = x - emphasis * last;
        sum += p * p;
        last = x;
    }
    return sum;
}

/* ---- linear combinations of features of the input --------------------------------------------------------------- */

/* The output of a model is a sum of `count` features of a sample and those before it, each with a weight. */
typedef struct {
    size_t count;
    void (*write)(double *features /* [count] */, size_t count, const float *x, size_t t);
} family;

static void write_taps(double *features, size_t count, const float *x, size_t t)
{
    for (size_t k = 0; k < count; k++)
        features[k] = t >= k ? (double)x[t - k] : 0;
}

/* How near the sample is to each point: 1 at the point, 0 at its neighbours. */
static void write_points(double *features, size_t count, const float *x, size_t t)
{
    double place = ((double)x[t] + 1) / 2 * (double)(count - 1);

    for (size_t k = 0; k < count; k++)
        features[k] = fmax(0, 1 - fabs(place - (double)k));
}

static const family gain = {1, write_taps}, filter = {TAPS, write_taps}, curve = {POINTS, write_points};

/* Solves A w = b by the Cholesky factor of A [n,n], symmetric; w replaces b. */
static void solve(double *a, double *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = a[i * n + j];
            for (size_t k = 0; k < j; k++)
                sum -= a[i * n + k] * a[j * n + k];
            a[i * n + j] = i == j ? sqrt(sum) : sum / a[j * n + j];
        }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            b[i] -= a[i * n + k] * b[k];
        b[i] /= a[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            b[i] -= a[k * n + i] * b[k];
        b[i] /= a[i * n + i];
    }
}

/* The weights with the least error to signal, with emphasis, on the part for training; to be freed. */
static double *fit(const family *f, const float *x, const recording *r)
{
    size_t n = f->count;
    double *a = allocate(n * n, sizeof *a), *b = allocate(n, sizeof *b);
    double *features = allocate(3 * n, sizeof *features), *last = features + n, *column = last + n;

    for (size_t t = 0; t < r->validation; t++) {
        double y = (double)r->y[t] - (t ? EMPHASIS * (double)r->y[t - 1] : 0);
        f->write(features, n, x, t);
        for (size_t i = 0; i < n; i++) {
            column[i] = features[i] - EMPHASIS * last[i];
            last[i] = features[i];
        }
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j <= i && column[i] != 0; j++)
                a[i * n + j] += column[i] * column[j];
            b[i] += column[i] * y;
        }
    }
    double trace = 0;
    for (size_t i = 0; i < n; i++)
        trace += a[i * n + i];
    for (size_t i = 0; i < n; i++)
        a[i * n + i] += 1e-10 * trace; /* no sample may be near a point */
    solve(a, b, n);
    free(a);
    free(features);
    return b;
}

/* The output of that model for x [count], fitted to what it gives for the part for training; to be freed. */
static float *fitted(const family *f, const float *x, const recording *r)
{
    double *weights = fit(f, x, r), *features = allocate(f->count, sizeof *features);
    float *y = allocate(r->count, sizeof *y);

    for (size_t t = 0; t < r->count; t++) {
        double sum = 0;
        f->write(features, f->count, x, t);
        for (size_t i = 0; i < f->count; i++)
            sum += weights[i] * features[i];
        y[t] = (float)sum;
    }
    free(features);
    free(weights);
    return y;
}

/* ---- the table -------------------------------------------------------------------------------------------------- */

static void print_row(const char *name, const recording *r, const float *y)
{
    const float *target = r->y + r->held_out;
    size_t count = r->count - r->held_out;

    printf("%-24s", name);
    for (int i = 0; i < 2; i++) {
        double emphasis = i == 0 ? EMPHASIS : 0;
        double ratio = energy(y + r->held_out, target, count, emphasis) / energy(target, NULL, count, emphasis);
        printf(" %10.2f %% %8.2f dB", 100 * ratio, decibels(ratio));
    }
    printf("\n");
}

void compare(const recording *r, const float *y)
{
    float *curved = fitted(&curve, r->x, r);
    struct {
        const char *name;
        float *y;
    } others[] = {{"gain", fitted(&gain, r->x, r)},
                  {"filter of 32 taps", fitted(&filter, r->x, r)},
                  {"curve", curved},
                  {"curve, then filter", fitted(&filter, curved, r)}};

    printf("\nheld out, %.1f s: error to signal, with pre-emphasis and without\n",
           (double)(r->count - r->held_out) / r->rate);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        print_row(others[i].name, r, others[i].y);
        free(others[i].y);
    }
    print_row("network", r, y);
}
