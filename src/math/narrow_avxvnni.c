#define RNNI_NARROW_NAME avxvnni
#include "math/narrow_kernels_template.h"
