#define RNNI_KERNELS_NAME baseline
#include "math/kernels_template.h"
