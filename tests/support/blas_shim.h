/* The interface of blas_shim.c, a preloaded CBLAS that counts its calls. */
#ifndef RNN_TESTS_BLAS_SHIM_H
#define RNN_TESTS_BLAS_SHIM_H

#include <stddef.h>

struct blas_calls {
    size_t sgemv, sger, sgemm;
};

/* The number of calls of each function since the last call of this one. */
typedef struct blas_calls blas_shim_take(void);
#define BLAS_SHIM_TAKE "rnn_blas_shim_take" /* its name, for dlsym */

#endif
