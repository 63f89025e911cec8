#include "math/kernels_template.h"

KERNELS(baseline, &rnni_narrow_baseline);
#if defined(RNNI_DOTS) && !defined(RNNI_X86)
KERNELS(dotprod, &rnni_narrow_dotprod);
#endif
