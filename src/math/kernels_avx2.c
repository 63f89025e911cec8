#define RNNI_KERNELS_NAME avx2
#include "math/kernels_template.h"
