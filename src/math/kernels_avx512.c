#define RNNI_KERNELS_NAME avx512
#include "math/kernels_template.h"
