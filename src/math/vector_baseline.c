#define RNNI_VECTOR_NAME baseline
#include "math/vector_template.h"
