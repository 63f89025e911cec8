/* The arithmetic of whole cells.
 *
 * Why it is fast: few passes over memory for all gates of a unit, where a kernel for each operation would read and
 * write the rows once each.  Most of the time is that of exponentials and divisions: five of each for a unit of an
 * LSTM, three for one of a GRU.  Backward takes one of each for an LSTM and none for a GRU.  What depends on a gate is
 * computed in a second pass: a CPU has some 250 instructions in flight, fewer than one pass has for 16 units of an
 * LSTM, so each vector of units would wait for the last tanh of the one before (Zen 3, LSTM: 96 cycles for 8 units in
 * one pass, 84 in two).  There are no parameters but WIDTH. */
#include "math/gates.h"

/* Units that do not fill a vector are copied to one: a loop over single units would take as long for each as for a
 * vector.  With AVX2, four units are a vector of half the width, and the compiler makes them so. */
#define FULL (WIDTH == 8 ? 4 : WIDTH)

/* Compiled once: whether clang fuses a product and a sum depends on the code around a loop, and the bits of a unit must
 * not depend on whether it is one of the last. */
#define ONE __attribute__((noinline))

/* room [count] = the last units of `count` arrays, from unit `at` on. */
INLINE void take_last(float (*room)[WIDTH], const float *const *from, size_t count, size_t at, some last)
{
    for (size_t i = 0; i < count; i++)
        *(vector *)room[i] = load_some(from[i] + at, last);
}

INLINE void give_last(float *const *to, float (*room)[WIDTH], size_t count, size_t at, some last)
{
    for (size_t i = 0; i < count; i++)
        store_some(to[i] + at, last, *(const vector *)room[i]);
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
    float room[6][WIDTH];
    lstm_vectors(i, f, g, o, before, cell, out, at);
    if (left == 0)
        return;
    take_last(room, (const float *const[]){i, f, g, o, before}, 5, at, last);
    lstm_vectors(room[0], room[1], room[2], room[3], room[4], room[4], room[5], WIDTH);
    give_last((float *const[]){i, f, g, o, cell, out}, room, 6, at, last);
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
    float room[7][WIDTH];
    lstm_gates_backward(gate, d, before, dh, dcell, at);
    if (left == 0)
        return;
    take_last(room, (const float *const[]){gate->i, gate->f, gate->g, gate->o, dcell, before, dh}, 7, at, last);
    lstm_gates_backward(&(struct rnni_lstm_gates){room[0], room[1], room[2], room[3]},
                        &(struct rnni_lstm_gradients){room[0], room[1], room[2], room[3]}, room[5], room[6], room[4],
                        WIDTH);
    give_last((float *const[]){d->i, d->f, d->g, d->o, dcell}, room, 5, at, last);
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
    float room[6][WIDTH];
    gru_vectors(r, z, n, q, before, out, at);
    if (left == 0)
        return;
    take_last(room, (const float *const[]){r, z, n, q, before}, 5, at, last);
    gru_vectors(room[0], room[1], room[2], room[3], room[4], room[5], WIDTH);
    give_last((float *const[]){r, z, n}, room, 3, at, last);
    give_last(&out, &room[5], 1, at, last);
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
    float room[6][WIDTH];
    gru_gates_backward(gate, d, before, q, dh, at);
    if (left == 0)
        return;
    take_last(room, (const float *const[]){gate->r, gate->z, gate->n, q, dh, before}, 6, at, last);
    gru_gates_backward(&(struct rnni_gru_gates){room[0], room[1], room[2]},
                       &(struct rnni_gru_gradients){room[0], room[1], room[2]}, room[5], room[3], room[4], WIDTH);
    give_last((float *const[]){d->r, d->z, d->n, q, dh}, room, 5, at, last);
}
