/* No CBLAS. */
#include "math/blas.h"

#include <stddef.h>

const struct rnni_blas *rnni_blas(const char **reason)
{
    if (reason)
        *reason = "this build of the library has none";
    return NULL;
}
