#define RNNI_NARROW_NAME avx512bf16
#include "math/narrow_kernels_template.h"
