/* What blas_shim.c, a CBLAS that is preloaded, tells the program. */
#ifndef RNN_TESTS_BLAS_SHIM_H
#define RNN_TESTS_BLAS_SHIM_H

#include <stddef.h>

struct blas_calls {
    size_t sgemv, sger, sgemm;
};

/* How often each function was called since the last of these calls. */
typedef struct blas_calls blas_shim_take(void);
#define BLAS_SHIM_TAKE "rnn_blas_shim_take" /* its name, for dlsym */

#endif
