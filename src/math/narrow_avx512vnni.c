#define RNNI_NARROW_NAME avx512vnni
#include "math/narrow_kernels_template.h"
