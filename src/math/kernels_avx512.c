#include "math/kernels_template.h"

KERNELS(avx512, &rnni_narrow_avx2);
#ifdef RNNI_DOTS
KERNELS(avx512vnni, &rnni_narrow_avx512vnni);
KERNELS(avx512bf16, &rnni_narrow_avx512bf16);
#endif
