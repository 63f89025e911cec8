/* The arithmetic of whole cells.
 *
 * Why it is fast: few passes over memory for all gates of a unit, where a kernel for each operation would read and
 * write the rows once each.  Most of the time is that of exponentials and divisions: five of each for a unit of an
 * LSTM, three for one of a GRU.  Backward takes one of each for an LSTM and none for a GRU.  What waits for a gate is
 * computed in a second pass: a CPU looks ahead by about 250 instructions, and in one pass the next units would not
 * begin before the last tanh of these (Zen 3, LSTM: 96 cycles for 8 units in one pass, 84 in two).  There are no
 * parameters but WIDTH. */
#include "math/gates.h"

/* Units that fill no vector go through room of one: a loop over single units would take as long for each as for a
 * vector.  With AVX2 four units are half of one, and the compiler makes them so. */
#define FULL (WIDTH == 8 ? 4 : WIDTH)

/* Compiled once: clang joins products and sums by what stands around a loop, and the bits of a unit must not depend on
 * whether it is one of the last. */
#define ONE __attribute__((noinline))

INLINE void take_last(float *room, const float *from, some last)
{
    *(vector *)room = load_some(from, last);
}

INLINE void give_last(float *to, const float *room, some last)
{
    store_some(to, last, *(const vector *)room);
}

INLINE void lstm_gates(float *i, float *f, float *g, float *o, const float *before, float *cell, float *out, size_t n)
{
    SIMD
    for (size_t j = 0; j < n; j++) {
        float input = sigmoid_of(i[j]), forget = sigmoid_of(f[j]), candidate = tanh_of(g[j]);
        i[j] = input;
        f[j] = forget;
        g[j] = candidate;
        cell[j] = rnni_elementwise_settled(forget * before[j] + input * candidate);
    }
    SIMD
    for (size_t j = 0; j < n; j++) {
        float output = sigmoid_of(o[j]);
        o[j] = output;
        out[j] = rnni_elementwise_settled(output * tanh_of(cell[j]));
    }
}

static ONE void lstm_vectors(float *i, float *f, float *g, float *o, const float *before, float *cell, float *out,
                             size_t n)
{
    lstm_gates(i, f, g, o, before, cell, out, n);
}

static void lstm_kernel(float *i, float *f, float *g, float *o, const float *before, float *cell, float *out, size_t n)
{
    size_t left = n % FULL, at = n - left;
    some last = some_of(left);
    float a[4][WIDTH], old[WIDTH], c[WIDTH], h[WIDTH];
    lstm_vectors(i, f, g, o, before, cell, out, at);
    if (left == 0)
        return;
    take_last(a[0], i + at, last);
    take_last(a[1], f + at, last);
    take_last(a[2], g + at, last);
    take_last(a[3], o + at, last);
    take_last(old, before + at, last);
    lstm_vectors(a[0], a[1], a[2], a[3], old, c, h, WIDTH);
    give_last(i + at, a[0], last);
    give_last(f + at, a[1], last);
    give_last(g + at, a[2], last);
    give_last(o + at, a[3], last);
    give_last(cell + at, c, last);
    give_last(out + at, h, last);
}

static ONE void lstm_gates_backward(const struct rnni_lstm_gates *gate, const struct rnni_lstm_gradients *d,
                                    const float *before, const float *dh, float *dcell, size_t n)
{
    const float *i = gate->i, *f = gate->f, *g = gate->g, *o = gate->o;
    float *di = d->i, *df = d->f, *dg = d->g, *dout = d->o;
    SIMD
    for (size_t j = 0; j < n; j++) {
        float input = i[j], forget = f[j], candidate = g[j], output = o[j], old = before[j];
        float t = tanh_of(rnni_elementwise_settled(forget * old + input * candidate)),
              d_h = rnni_elementwise_settled(dh[j]);
        float d_c = rnni_elementwise_settled(dcell[j] + d_h * output * (1 - t * t));
        di[j] = d_c * candidate * (input * (1 - input));
        df[j] = d_c * old * (forget * (1 - forget));
        dg[j] = d_c * input * (1 - candidate * candidate);
        dout[j] = d_h * t * (output * (1 - output));
        dcell[j] = rnni_elementwise_settled(d_c * forget);
    }
}

static void lstm_backward_kernel(const struct rnni_lstm_gates *gate, const struct rnni_lstm_gradients *d,
                                 const float *before, const float *dh, float *dcell, size_t n)
{
    size_t left = n % FULL, at = n - left;
    some last = some_of(left);
    float a[4][WIDTH], da[4][WIDTH], old[WIDTH], d_h[WIDTH], d_c[WIDTH];
    lstm_gates_backward(gate, d, before, dh, dcell, at);
    if (left == 0)
        return;
    take_last(a[0], gate->i + at, last);
    take_last(a[1], gate->f + at, last);
    take_last(a[2], gate->g + at, last);
    take_last(a[3], gate->o + at, last);
    take_last(old, before + at, last);
    take_last(d_h, dh + at, last);
    take_last(d_c, dcell + at, last);
    lstm_gates_backward(&(struct rnni_lstm_gates){a[0], a[1], a[2], a[3]},
                        &(struct rnni_lstm_gradients){da[0], da[1], da[2], da[3]}, old, d_h, d_c, WIDTH);
    give_last(d->i + at, da[0], last);
    give_last(d->f + at, da[1], last);
    give_last(d->g + at, da[2], last);
    give_last(d->o + at, da[3], last);
    give_last(dcell + at, d_c, last);
}

INLINE void gru_gates(float *r, float *z, float *n, const float *q, const float *before, float *out, size_t count)
{
    SIMD
    for (size_t j = 0; j < count; j++) {
        float reset = sigmoid_of(r[j]);
        r[j] = reset;
        n[j] = n[j] + reset * q[j];
    }
    SIMD
    for (size_t j = 0; j < count; j++) {
        float update = sigmoid_of(z[j]), candidate = tanh_of(n[j]);
        z[j] = update;
        n[j] = candidate;
        out[j] = rnni_elementwise_settled(interpolation_of(update, before[j], candidate));
    }
}

static ONE void gru_vectors(float *r, float *z, float *n, const float *q, const float *before, float *out, size_t count)
{
    gru_gates(r, z, n, q, before, out, count);
}

static void gru_kernel(float *r, float *z, float *n, const float *q, const float *before, float *out, size_t count)
{
    size_t left = count % FULL, at = count - left;
    some last = some_of(left);
    float a[3][WIDTH], product[WIDTH], old[WIDTH], h[WIDTH];
    gru_vectors(r, z, n, q, before, out, at);
    if (left == 0)
        return;
    take_last(a[0], r + at, last);
    take_last(a[1], z + at, last);
    take_last(a[2], n + at, last);
    take_last(product, q + at, last);
    take_last(old, before + at, last);
    gru_vectors(a[0], a[1], a[2], product, old, h, WIDTH);
    give_last(r + at, a[0], last);
    give_last(z + at, a[1], last);
    give_last(n + at, a[2], last);
    give_last(out + at, h, last);
}

static ONE void gru_gates_backward(const struct rnni_gru_gates *gate, const struct rnni_gru_gradients *d,
                                   const float *before, float *q, float *dh, size_t count)
{
    const float *r = gate->r, *z = gate->z, *n = gate->n;
    float *dr = d->r, *dz = d->z, *dn = d->n;
    SIMD
    for (size_t j = 0; j < count; j++) {
        float reset = r[j], update = z[j], candidate = n[j], d_h = rnni_elementwise_settled(dh[j]);
        float d_n = d_h * (1 - update) * (1 - candidate * candidate);
        dr[j] = d_n * q[j] * (reset * (1 - reset));
        dz[j] = d_h * (before[j] - candidate) * (update * (1 - update));
        dn[j] = d_n;
        q[j] = d_n * reset;
        dh[j] = d_h * update;
    }
}

static void gru_backward_kernel(const struct rnni_gru_gates *gate, const struct rnni_gru_gradients *d,
                                const float *before, float *q, float *dh, size_t count)
{
    size_t left = count % FULL, at = count - left;
    some last = some_of(left);
    float a[3][WIDTH], da[3][WIDTH], product[WIDTH], old[WIDTH], d_h[WIDTH];
    gru_gates_backward(gate, d, before, q, dh, at);
    if (left == 0)
        return;
    take_last(a[0], gate->r + at, last);
    take_last(a[1], gate->z + at, last);
    take_last(a[2], gate->n + at, last);
    take_last(old, before + at, last);
    take_last(product, q + at, last);
    take_last(d_h, dh + at, last);
    gru_gates_backward(&(struct rnni_gru_gates){a[0], a[1], a[2]}, &(struct rnni_gru_gradients){da[0], da[1], da[2]},
                       old, product, d_h, WIDTH);
    give_last(d->r + at, da[0], last);
    give_last(d->z + at, da[1], last);
    give_last(d->n + at, da[2], last);
    give_last(q + at, product, last);
    give_last(dh + at, d_h, last);
}
