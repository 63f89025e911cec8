#define RNNI_NARROW_NAME avx2
#include "math/narrow_kernels_template.h"
