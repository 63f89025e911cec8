#define RNNI_NARROW_NAME dotprod
#include "math/narrow_kernels_template.h"
