#include "network/layer.h"

#include "math/matrix.h"

#include <string.h>

void rnni_layer_step(const struct rnni_layer *layer, float *next, const float *h, size_t batch)
{
    rnni_matrix_multiply(next, h, layer->packed, batch, layer->hidden, layer->hidden, 1);
    layer->cell->forward(next, batch * layer->hidden);
}

void rnni_layer_forward(const struct rnni_layer *layer, float *h, const struct rnni_schedule *s)
{
    size_t hidden = layer->hidden;
    for (size_t t = 0; t < s->steps && s->active[t]; t++) {
        float *now = h + (s->batch + s->first[t]) * hidden;                   /* [active(t),H] */
        const float *before = h + rnni_schedule_row_before(s, t, 0) * hidden; /* [active(t) or more,H] */
        rnni_layer_step(layer, now, before, s->active[t]);
    }
}

/* delta(t) = (from outside) + W' a(t+1) for the sequences that go on after t, + dL/d(final state) for those that end.
 */
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
        layer->cell->backward(now, h + (s->batch + s->first[t]) * hidden, count * hidden);
    }
    if (s->active[0]) /* sequences of length 0 hand their dstate through */
        rnni_matrix_multiply(dstate, d, layer->weight, s->active[0], hidden, hidden, 0);
}

/* Where all sequences go on to the end, the rows h(t-1) are h itself, B rows earlier. */
void rnni_layer_weight_gradient(const struct rnni_layer *layer, float *dweight, float *before, const float *d,
                                const float *h, const struct rnni_schedule *s)
{
    size_t hidden = layer->hidden;
    if (!s->plain) {
        for (size_t t = 0; t < s->steps; t++)
            memcpy(before + s->first[t] * hidden, h + rnni_schedule_row_before(s, t, 0) * hidden,
                   s->active[t] * hidden * sizeof *h);
        h = before;
    }
    rnni_matrix_add_outer(dweight, d, h, s->rows, hidden, hidden);
}
