/* The softmax.
 *
 * Why it is fast: WIDTH maxima side by side, which do not wait for one another, and exponentials that are summed where
 * they are made.
 *
 * Parameters:
 *
 *     WIDTH          maxima side by side, one in each place of a vector
 *     SUMMED   256   exponentials that a float sums (kernels_template.h); also the floats on the stack that take those
 *                    that nobody wants */
#include "base/assertion.h"
#include "math/softmax.h"

static float largest_kernel(const float *o, size_t n)
{
    RNNI_ASSERT(n >= 1);
    float lanes[WIDTH], top = o[0];
    for (size_t j = 0; j < WIDTH; j++)
        lanes[j] = top;
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) {
        SIMD
        for (size_t j = 0; j < WIDTH; j++)
            lanes[j] = o[i + j] > lanes[j] ? o[i + j] : lanes[j];
    }
    for (; i < n; i++)
        top = o[i] > top ? o[i] : top;
    for (size_t j = 0; j < WIDTH; j++)
        top = lanes[j] > top ? lanes[j] : top;
    return top;
}

static float exp_shifted_piece(float *p, const float *o, float top, size_t n)
{
    float sum = 0;
    SIMD_SUM(sum)
    for (size_t i = 0; i < n; i++)
        sum += p[i] = exp_of(o[i] - top);
    return sum;
}

static double exp_shifted_kernel(float *p, const float *o, float top, size_t n)
{
    float unwanted[SUMMED];
    double sum = 0;
    for (size_t i = 0; i < n; i += SUMMED)
        sum += (double)exp_shifted_piece(p ? p + i : unwanted, o + i, top, n - i < SUMMED ? n - i : SUMMED);
    return sum;
}

static void softmax_backward_kernel(float *d, const float *p, size_t n)
{
    double mean = 0;
    SIMD_SUM(mean)
    for (size_t i = 0; i < n; i++)
        mean += (double)p[i] * (double)d[i];
    float m = (float)mean;
    SIMD
    for (size_t i = 0; i < n; i++)
        d[i] = rnni_elementwise_settled(p[i] * (d[i] - m));
}

static const struct rnni_softmax_kernels softmax_kernels = {
    .largest = largest_kernel,
    .exp_shifted = exp_shifted_kernel,
    .backward = softmax_backward_kernel,
};
