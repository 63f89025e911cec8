#include "oracle/narrow_bound.h"

#include <math.h>

#include "math/narrow_kernels.h"
#include "rnn.h"

double narrow_bound(int64_t precision, const float *a, const float *w, size_t k)
{
    double largest_a = 0, largest_w = 0, sizes = 0, sum_a = 0, sum_w = 0;
    for (size_t q = 0; q < k; q++) {
        double size_a = fabs((double)a[q]), size_w = fabs((double)w[q]);
        largest_a = size_a > largest_a ? size_a : largest_a;
        largest_w = size_w > largest_w ? size_w : largest_w;
        sizes += size_a * size_w;
        sum_a += size_a;
        sum_w += size_w;
    }
    double sums = sizes * ((double)k + 4) * ldexp(1, -23), s = largest_a / 63, v = largest_w / 127;
    if (precision == RNN_PRECISION_INT8)
        return sums + 1.001 * (sum_a * v / 2 + sum_w * s / 2 + (double)k * s * v / 4);
    double rounded = rnni_narrow_kernels()->rounds_rows ? 2.01 : 1; /* rows too, or the weights alone */
    return sums + rounded * sizes * ldexp(1, -8);
}
