#define RNNI_VECTOR_NAME avx512
#include "math/vector_template.h"
