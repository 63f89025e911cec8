/* What weights of fewer bits can do to a product. */
#ifndef RNN_TESTS_NARROW_BOUND_H
#define RNN_TESTS_NARROW_BOUND_H

#include <stddef.h>
#include <stdint.h>

/* The most by which a row times weights, a w for k numbers each, can differ from the exact sum, with the kernels in
 * use. bf16 moves a number by at most 2^-8 of its size; int8 a weight by v / 2 and an element of a row by s / 2, v =
 * max |w| / 127 and s = max |a| / 63 being the scales.  The sums of float32 add k * 2^-23 of the sum of sizes. */
double narrow_bound(int64_t precision, const float *a, const float *w, size_t k);

#endif
