/* Little-endian numbers in memory as floats, on machines of either byte order.  All is done on the bits of the numbers:
 * no floating-point mode of the caller plays a part. */
#ifndef RNNI_DTYPE_H
#define RNNI_DTYPE_H

#include <stddef.h>

/* `in` may lie at any address. */
void rnni_dtype_f32(float *out, const unsigned char *in /* [4*count] */, size_t count);
/* IEEE 754 binary16.  NaNs become quiet ones and keep their sign and payload, as the instructions of processors do. */
void rnni_dtype_f16(float *out, const unsigned char *in /* [2*count] */, size_t count);
/* The upper half of a float. */
void rnni_dtype_bf16(float *out, const unsigned char *in /* [2*count] */, size_t count);
/* IEEE 754 binary64, rounded to the nearest float, of two to the even one; above the largest to infinity.  NaNs as for
 * binary16. */
void rnni_dtype_f64(float *out, const unsigned char *in /* [8*count] */, size_t count);

#endif
