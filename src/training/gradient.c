#include "training/gradient.h"

#include "base/assertion.h"
#include "math/elementwise.h"
#include "math/updates.h"

#include <float.h>

double rnni_gradient_sum_of_squares(const float *gradients, size_t count)
{
    return rnni_updates()->sum_of_squares(gradients, count);
}

double rnni_gradient_largest(const float *gradients, size_t count)
{
    return (double)rnni_updates()->magnitude(gradients, count);
}

void rnni_gradient_scale(float *gradients, double factor, size_t count)
{
    if (factor >= (double)FLT_MIN)
        rnni_elementwise()->scale(gradients, (float)factor, count);
    else /* it would have few digits as a float, or none, though the products may have all of theirs */
        for (size_t i = 0; i < count; i++)
            gradients[i] = (float)((double)gradients[i] * factor);
}

void rnni_gradient_clip(float *gradients, double most, size_t count)
{
    RNNI_ASSERT(most >= 0);
    if (most < FLT_MAX)
        rnni_elementwise()->clip(gradients, (float)most, count);
}

void rnni_gradient_descend(float *parameters, const float *gradients, double rate, size_t count)
{
    rnni_updates()->descend(parameters, gradients, (float)rate, count);
}
