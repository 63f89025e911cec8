#define RNNI_NARROW_NAME baseline
#include "math/narrow_kernels_template.h"
