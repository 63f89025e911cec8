#define RNNI_VECTOR_NAME avx2
#include "math/vector_template.h"
