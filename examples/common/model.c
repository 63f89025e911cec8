#include "model.h"
#include "die.h"

size_t parameter_count(const rnn_model *model)
{
    const float *values;
    size_t count;

    check(rnn_parameters(model, &values, &count));
    return count;
}
