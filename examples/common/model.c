#include "model.h"
#include "die.h"

size_t parameter_count(const rnn_model *model)
{
    const float *values;
    size_t count;

    check(rnn_model_parameters(model, &values, &count));
    return count;
}

int32_t likeliest(const float *values, size_t count)
{
    size_t best = 0;

    for (size_t i = 1; i < count; i++)
        best = values[i] > values[best] ? i : best;
    return (int32_t)best;
}
