#include "decoding/logits.h"

#include "base/assertion.h"
#include "math/softmax.h"

#include <float.h>
#include <math.h>

static double log_of_infinite(const float *o, size_t classes)
{
    size_t count = 0;
    for (size_t c = 0; c < classes; c++)
        count += o[c] > 0 && isinf(o[c]);
    return log((double)count);
}

struct rnni_logits rnni_logits_of(const float *o, size_t classes)
{
    RNNI_ASSERT(rnni_logits_find_bad(o, classes, 0) == classes);
    float top = rnni_softmax()->largest(o, classes);
    if (!isinf(top))
        return (struct rnni_logits){(double)top, log(rnni_softmax()->exp_shifted(NULL, o, top, classes))};
    return (struct rnni_logits){(double)top, top > 0 ? log_of_infinite(o, classes) : HUGE_VAL};
}

float rnni_logits_score(double log_p)
{
    return log_p < -(double)FLT_MAX ? -FLT_MAX : (float)log_p;
}

int32_t rnni_logits_likeliest(const float *o, size_t classes)
{
    float top = rnni_softmax()->largest(o, classes);
    size_t c = 0;
    while (o[c] < top)
        c++;
    return (int32_t)c;
}

size_t rnni_logits_find_bad(const float *o, size_t n, int infinity)
{
    float limit = infinity ? INFINITY : NAN; /* nothing equals NAN */
    size_t i = 0;
    while (i < n && !isnan(o[i]) && !(o[i] >= limit))
        i++;
    return i;
}
