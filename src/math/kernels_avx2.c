#include "math/kernels_template.h"

KERNELS(avx2, &rnni_narrow_avx2);
#ifdef RNNI_DOTS
KERNELS(avxvnni, &rnni_narrow_avxvnni);
#endif
