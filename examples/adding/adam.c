/* Adam (Kingma and Ba 2015, algorithm 1), over the flat blocks of parameters and gradients.  Plain gradient descent,
 * which is all that the library has so far, does not get away from the baseline here; its own optimisers come later. */
#include "adding.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MEAN_DECAY   0.9
#define SQUARE_DECAY 0.999
#define EPSILON      1e-8

adam adam_create(const rnn_model *model)
{
    const float *values;
    adam a = {0};

    check(rnn_parameters(model, &values, &a.count));
    a.values = allocate(a.count, sizeof *a.values);
    a.mean = allocate(a.count, sizeof *a.mean);
    a.square = allocate(a.count, sizeof *a.square);
    memcpy(a.values, values, a.count * sizeof *values);
    return a;
}

void adam_release(adam *a)
{
    free(a->values);
    free(a->mean);
    free(a->square);
}

void adam_step(adam *a, rnn_model *model, rnn_session *session, double rate)
{
    const float mean_decay = (float)MEAN_DECAY, square_decay = (float)SQUARE_DECAY;
    float *gradients;
    size_t count;

    check(rnn_gradients(session, &gradients, &count));
    a->steps++;
    double unbiased_mean = 1 - pow(MEAN_DECAY, (double)a->steps);
    double unbiased_square = 1 - pow(SQUARE_DECAY, (double)a->steps);
    const float step = (float)(rate / unbiased_mean), scale = (float)(1 / sqrt(unbiased_square));
    for (size_t i = 0; i < count; i++) {
        float gradient = gradients[i];
        a->mean[i] = mean_decay * a->mean[i] + (1 - mean_decay) * gradient;
        a->square[i] = square_decay * a->square[i] + (1 - square_decay) * gradient * gradient;
        a->values[i] -= step * a->mean[i] / (scale * sqrtf(a->square[i]) + (float)EPSILON);
    }
    check(rnn_set_parameters(model, a->values, count));
}
