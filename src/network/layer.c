#include "network/layer.h"

#include "math/matrix.h"

#include <string.h>

void rnni_layer_step(const struct rnni_layer *layer, float *next, const float *h, size_t batch)
{
    rnni_matrix_multiply(next, h, layer->packed, batch, layer->hidden, layer->hidden, 1);
    layer->cell->forward(next, batch * layer->hidden);
}

/* The rows h(t-1) before step t: those of the step before, of which the first active(t) go on, or the initial ones. */
static const float *states_before(const struct rnni_layer *layer, const float *h, const float *initial,
                                  const struct rnni_schedule *s, size_t t)
{
    return t ? h + s->first[t - 1] * layer->hidden : initial;
}

void rnni_layer_forward(const struct rnni_layer *layer, float *h, const float *initial, const struct rnni_schedule *s)
{
    for (size_t t = 0; t < s->steps && s->active[t]; t++)
        rnni_layer_step(layer, h + s->first[t] * layer->hidden, states_before(layer, h, initial, s, t), s->active[t]);
}

const float *rnni_layer_final_state(const struct rnni_layer *layer, const float *h, const float *initial,
                                    const struct rnni_schedule *s, size_t place)
{
    return states_before(layer, h, initial, s, s->length[place]) + place * layer->hidden;
}

/* delta(t) = (from outside) + W' a(t+1) for the sequences that go on after t, dL/d(final state) for those that end. */
void rnni_layer_backward(const struct rnni_layer *layer, float *d, float *dstate, const float *h,
                         const struct rnni_schedule *s)
{
    size_t hidden = layer->hidden;
    for (size_t t = s->steps; t-- > 0;) {
        size_t going_on = s->active[t + 1], count = s->active[t];
        float *now = d + s->first[t] * hidden; /* [active(t),H] */
        if (going_on)
            rnni_matrix_multiply(now, d + s->first[t + 1] * hidden, layer->weight, going_on, hidden, hidden, 1);
        for (size_t i = going_on * hidden; i < count * hidden; i++)
            now[i] += dstate[i];
        layer->cell->backward(now, h + s->first[t] * hidden, count * hidden);
    }
    if (s->active[0]) /* sequences of length 0 hand their dstate through */
        rnni_matrix_multiply(dstate, d, layer->weight, s->active[0], hidden, hidden, 0);
}

/* Where all sequences go on to the end, the rows h(t-1) are the states themselves. */
void rnni_layer_weight_gradient(const struct rnni_layer *layer, float *dweight, float *before, const float *d,
                                const float *states, const struct rnni_schedule *s)
{
    size_t hidden = layer->hidden;
    const float *h = states + s->batch * hidden, *rows = states; /* [N,H] */
    if (!s->plain) {
        for (size_t t = 0; t < s->steps; t++)
            memcpy(before + s->first[t] * hidden, states_before(layer, h, states, s, t),
                   s->active[t] * hidden * sizeof *before);
        rows = before;
    }
    rnni_matrix_add_outer(dweight, d, rows, s->rows, hidden, hidden);
}
