#include "reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

const char *fault_name(int fault)
{
#define FAULT_TEXT(name)                                                                                               \
    case FAULT_##name:                                                                                                 \
        return #name;
    switch (fault) {
        BACKWARD_FAULTS(FAULT_TEXT)
        FORWARD_FAULTS(FAULT_TEXT)
    default:
        return "none";
    }
#undef FAULT_TEXT
}

/* ---- where things are ------------------------------------------------------------------------------------------- */

static size_t max_size(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* How many numbers enter layer l at one step. */
static size_t width(const struct reference *r, size_t l)
{
    if (l > 0)
        return r->hidden;
    if (!r->vocabulary)
        return r->inputs;
    return r->embedding ? r->embedding : r->vocabulary;
}

size_t reference_outputs(const struct reference *r)
{
    return r->classes ? r->classes : r->hidden;
}

size_t reference_states(const struct reference *r)
{
    return r->layers * r->batch * r->hidden;
}

/* Positions in the flat block: embedding, then for every layer U [H,K], W [H,H], bias_ih [H], bias_hh [H], then the
 * head's V [C,H] and c [C]. */
static size_t embedding_at(const struct reference *r, size_t token, size_t k)
{
    return token * r->embedding + k;
}

static size_t u_at(const struct reference *r, size_t l, size_t i, size_t k)
{
    size_t at = r->vocabulary * r->embedding;
    for (size_t below = 0; below < l; below++)
        at += r->hidden * (width(r, below) + r->hidden + 2);
    return at + i * width(r, l) + k;
}

static size_t w_at(const struct reference *r, size_t l, size_t i, size_t j)
{
    if (r->fault == FAULT_LAYERS_SWAPPED)
        l = r->layers - 1 - l;
    return u_at(r, l, r->hidden, 0) + i * r->hidden + j;
}

static size_t bias_ih_at(const struct reference *r, size_t l, size_t i)
{
    return u_at(r, l, r->hidden, 0) + r->hidden * r->hidden + i;
}

static size_t bias_hh_at(const struct reference *r, size_t l, size_t i)
{
    return bias_ih_at(r, l, r->hidden) + i;
}

static size_t v_at(const struct reference *r, size_t c, size_t i)
{
    return bias_hh_at(r, r->layers - 1, r->hidden) + c * r->hidden + i;
}

static size_t c_at(const struct reference *r, size_t c)
{
    return v_at(r, r->classes, 0) + c;
}

/* Positions in h [L,T+1,B,H], where slot t+1 is h after step t, and in states [L,B,H]. */
static size_t h_at(const struct reference *r, size_t l, size_t slot, size_t b, size_t i)
{
    return ((l * (r->steps + 1) + slot) * r->batch + b) * r->hidden + i;
}

static size_t state_at(const struct reference *r, size_t l, size_t b, size_t i)
{
    return (l * r->batch + b) * r->hidden + i;
}

/* The number of valid steps of sequence b. */
static size_t valid_steps(const struct reference *r, size_t b)
{
    size_t length = (size_t)r->lengths[r->fault == FAULT_LENGTHS_MIXED_UP ? r->batch - 1 - b : b];
    return r->fault == FAULT_PADDED_STEP_COUNTED && length < r->steps ? length + 1 : length;
}

/* Number k of what enters layer l at step t: h of the layer below, x, a one-hot token or its row of the embedding. */
static double input(const struct reference *r, size_t l, size_t t, size_t b, size_t k)
{
    if (l > 0)
        return r->h[h_at(r, l - 1, t + 1, b, k)];
    if (r->fault == FAULT_INPUT_LATE && t > 0)
        t--;
    if (!r->vocabulary)
        return r->x[(t * r->batch + b) * r->inputs + k];
    size_t token = (size_t)r->tokens[t * r->batch + b];
    if (!r->embedding)
        return token == k ? 1 : 0;
    return r->parameters[embedding_at(r, token, k)];
}

/* ---- the layer: h(t) = tanh(U x(t) + W h(t-1) + b) -------------------------------------------------------------- */

static void layer_forward(struct reference *r, size_t l, size_t t, size_t b)
{
    const double *p = r->parameters;
    for (size_t i = 0; i < r->hidden; i++) {
        double a = p[bias_ih_at(r, l, i)];
        if (r->fault != FAULT_BIAS_HH_NOT_ADDED)
            a += p[bias_hh_at(r, l, i)];
        for (size_t k = 0; k < width(r, l); k++)
            a += p[u_at(r, l, i, k)] * input(r, l, t, b, k);
        for (size_t j = 0; j < r->hidden; j++)
            a += p[w_at(r, l, i, j)] * r->h[h_at(r, l, t, b, j)];
        r->h[h_at(r, l, t + 1, b, i)] = tanh(a);
    }
}

/* From delta = dL/dh(t) [H] to the gradients of the parameters, to below = dL/dinput [K] and, added to dearlier, to
 * dL/dh(t-1) [H]. */
static void layer_backward(struct reference *r, size_t l, size_t t, size_t b, const double *delta, double *below,
                           double *dearlier)
{
    const double *p = r->parameters;
    size_t derivative_slot = r->fault == FAULT_DERIVATIVE_EARLY ? t : t + 1;
    size_t dw_slot = r->fault == FAULT_DW_SAME_STEP ? t + 1 : t;
    int no_dw = r->fault == FAULT_DW_WITHOUT_H0 && t == 0;
    memset(below, 0, width(r, l) * sizeof *below);
    for (size_t i = 0; i < r->hidden; i++) {
        double h = r->h[h_at(r, l, derivative_slot, b, i)];
        double a = (1 - h * h) * delta[i];
        r->gradients[bias_ih_at(r, l, i)] += a;
        r->gradients[bias_hh_at(r, l, i)] += r->fault == FAULT_BIAS_HH_LEFT_OUT ? 0 : a;
        for (size_t k = 0; k < width(r, l); k++) {
            r->gradients[u_at(r, l, i, k)] += a * input(r, l, t, b, k);
            below[k] += p[u_at(r, l, i, k)] * (r->fault == FAULT_DX_WITHOUT_DERIVATIVE ? delta[i] : a);
        }
        for (size_t j = 0; j < r->hidden; j++) {
            r->gradients[w_at(r, l, i, j)] += no_dw ? 0 : a * r->h[h_at(r, l, dw_slot, b, j)];
            if (r->fault != FAULT_NO_RECURRENT_TERM)
                dearlier[j] += p[r->fault == FAULT_W_NOT_TRANSPOSED ? w_at(r, l, j, i) : w_at(r, l, i, j)] * a;
        }
    }
}

/* ---- the head: o(t) = V h(t) + c -------------------------------------------------------------------------------- */

static void head_forward(struct reference *r, size_t t, size_t b)
{
    double *y = &r->y[(t * r->batch + b) * reference_outputs(r)]; /* [Y] */
    const double *h = &r->h[h_at(r, r->layers - 1, r->fault == FAULT_OUTPUT_LATE ? t : t + 1, b, 0)];
    if (!r->classes) {
        memcpy(y, h, r->hidden * sizeof *y);
        return;
    }
    for (size_t c = 0; c < r->classes; c++) {
        y[c] = r->parameters[c_at(r, c)];
        for (size_t i = 0; i < r->hidden; i++)
            y[c] += r->parameters[v_at(r, c, i)] * h[i];
    }
}

/* below [H] is dL/dh(t) of the top layer, as far as it comes from the output. */
static void head_backward(struct reference *r, size_t t, size_t b, double *below)
{
    const double *dy = &r->dy[(t * r->batch + b) * reference_outputs(r)]; /* [Y] */
    const double *h = &r->h[h_at(r, r->layers - 1, t + 1, b, 0)];
    if (!r->classes) {
        memcpy(below, dy, r->hidden * sizeof *below);
        return;
    }
    memset(below, 0, r->hidden * sizeof *below);
    for (size_t c = 0; c < r->classes; c++) {
        r->gradients[c_at(r, c)] += dy[c];
        for (size_t i = 0; i < r->hidden; i++) {
            r->gradients[v_at(r, c, i)] += dy[c] * h[i];
            below[i] += r->parameters[v_at(r, c, i)] * dy[c];
        }
    }
}

/* ---- one sequence after the other ------------------------------------------------------------------------------- */

static void initial_state(struct reference *r, size_t b)
{
    for (size_t l = 0; l < r->layers; l++) {
        size_t from = r->fault == FAULT_STATES_SWAPPED ? r->layers - 1 - l : l;
        for (size_t i = 0; i < r->hidden; i++)
            r->h[h_at(r, l, 0, b, i)] = r->fault == FAULT_STATE_RESET ? 0 : r->h0[state_at(r, from, b, i)];
    }
}

static void final_state(struct reference *r, size_t b)
{
    size_t slot = r->fault == FAULT_FINAL_STATE_AT_T ? r->steps : valid_steps(r, b);
    int reset = r->fault == FAULT_ZERO_LENGTH_RESET && slot == 0;
    for (size_t l = 0; l < r->layers; l++)
        for (size_t i = 0; i < r->hidden; i++)
            r->final[state_at(r, l, b, i)] = reset ? 0 : r->h[h_at(r, l, slot, b, i)];
}

static void padded_output(struct reference *r, size_t t, size_t b)
{
    for (size_t c = 0; c < reference_outputs(r); c++) {
        int bias = r->fault == FAULT_OUTPUT_PAST_END && r->classes;
        r->y[(t * r->batch + b) * reference_outputs(r) + c] = bias ? r->parameters[c_at(r, c)] : 0;
    }
}

void reference_forward(struct reference *r)
{
    memset(r->h, 0, r->layers * (r->steps + 1) * r->batch * r->hidden * sizeof *r->h);
    for (size_t b = 0; b < r->batch; b++) {
        initial_state(r, b);
        for (size_t t = 0; t < valid_steps(r, b); t++) {
            for (size_t l = 0; l < r->layers; l++)
                layer_forward(r, l, t, b);
            head_forward(r, t, b);
        }
        for (size_t t = valid_steps(r, b); t < r->steps; t++)
            padded_output(r, t, b);
        final_state(r, b);
    }
}

/* Where dL/dinput of the first layer goes. */
static void input_backward(struct reference *r, size_t t, size_t b, const double *below)
{
    for (size_t k = 0; k < width(r, 0); k++) {
        if (!r->vocabulary) {
            r->dx[(t * r->batch + b) * r->inputs + k] = below[k];
        } else if (r->embedding) {
            double *gradient = &r->gradients[embedding_at(r, (size_t)r->tokens[t * r->batch + b], k)];
            *gradient = r->fault == FAULT_EMBEDDING_OVERWRITTEN ? below[k] : *gradient + below[k];
        }
    }
}

/* dh0 [L,B,H] is dL/dh(t) as far as it comes from later steps, on its way from the final to the initial state. */
static void step_backward(struct reference *r, size_t t, size_t b)
{
    head_backward(r, t, b, r->above);
    for (size_t l = r->layers; l-- > 0;) {
        double *later = &r->dh0[state_at(r, l, b, 0)]; /* [H] */
        for (size_t i = 0; i < r->hidden; i++)
            r->above[i] += later[i];
        memset(later, 0, r->hidden * sizeof *later);
        layer_backward(r, l, t, b, r->above, r->below, later);
        memcpy(r->above, r->below, width(r, l) * sizeof *r->above);
        if (r->fault == FAULT_LAYERS_CUT && l > 0)
            memset(r->above, 0, r->hidden * sizeof *r->above);
    }
    input_backward(r, t, b, r->above);
}

static void final_state_backward(struct reference *r, size_t b)
{
    int lost = r->fault == FAULT_FINAL_LEFT_OUT || (r->fault == FAULT_FINAL_AT_T && valid_steps(r, b) < r->steps);
    for (size_t l = 0; l < r->layers; l++)
        for (size_t i = 0; i < r->hidden; i++)
            r->dh0[state_at(r, l, b, i)] = lost ? 0 : r->dfinal[state_at(r, l, b, i)];
}

void reference_backward(struct reference *r)
{
    memset(r->dx, 0, r->steps * r->batch * r->inputs * sizeof *r->dx);
    for (size_t b = 0; b < r->batch; b++) {
        if (r->fault == FAULT_LAST_SEQUENCE_ONLY)
            reference_zero_gradients(r);
        final_state_backward(r, b);
        for (size_t t = valid_steps(r, b); t-- > 0;)
            step_backward(r, t, b);
    }
    if (r->fault == FAULT_DH0_LEFT_OUT)
        memset(r->dh0, 0, reference_states(r) * sizeof *r->dh0);
}

/* ---- the loss: L = -log p[target], p = softmax(o) --------------------------------------------------------------- */

/* One row: returns its loss, overwrites dlogits [C] by p - onehot(target). */
static double row_loss(const struct reference *r, double *dlogits, const double *logits, size_t target)
{
    double largest = logits[0], sum = 0;
    for (size_t c = 1; c < r->classes; c++)
        largest = fmax(largest, logits[c]);
    for (size_t c = 0; c < r->classes; c++)
        sum += exp(logits[c] - largest);
    for (size_t c = 0; c < r->classes; c++)
        dlogits[c] = exp(logits[c] - largest) / sum;
    if (r->fault != FAULT_TARGET_LEFT_OUT)
        dlogits[target] -= 1;
    return largest + log(sum) - logits[target];
}

double reference_loss(struct reference *r, int mean)
{
    double loss = 0, count = 0;
    size_t n = r->steps * r->batch;
    memset(r->dy, 0, n * r->classes * sizeof *r->dy);
    for (size_t t = 0; t < r->steps; t++)
        for (size_t b = 0; b < r->batch; b++)
            if (t < valid_steps(r, b)) {
                size_t row = t * r->batch + b;
                loss += row_loss(r, &r->dy[row * r->classes], &r->y[row * r->classes], (size_t)r->targets[row]);
                count++;
            }
    if (!mean || count < 1)
        return loss;
    if (r->fault == FAULT_MEAN_OVER_PADDING)
        count = (double)n;
    for (size_t i = 0; i < n * r->classes; i++)
        r->dy[i] /= count;
    return loss / count;
}

/* ---- gradient descent ------------------------------------------------------------------------------------------- */

void reference_zero_gradients(struct reference *r)
{
    memset(r->gradients, 0, r->parameter_count * sizeof *r->gradients);
}

double reference_clip_norm(struct reference *r, double max_norm)
{
    double squares = 0;
    for (size_t i = 0; i < r->parameter_count; i++)
        squares += r->gradients[i] * r->gradients[i];
    double norm = sqrt(squares);
    for (size_t i = 0; i < r->parameter_count && norm > max_norm; i++)
        r->gradients[i] *= max_norm / norm;
    return norm;
}

void reference_sgd_step(struct reference *r, double rate)
{
    for (size_t i = 0; i < r->parameter_count; i++)
        r->parameters[i] -= rate * r->gradients[i];
}

/* ---- memory and data -------------------------------------------------------------------------------------------- */

static void *zeros(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory)
        abort();
    return memory;
}

static double *doubles(size_t count)
{
    return zeros(count, sizeof(double));
}

void reference_open(struct reference *r)
{
    size_t widest = max_size(max_size(r->inputs, r->vocabulary), max_size(r->embedding, r->hidden));
    r->parameter_count = r->classes ? c_at(r, r->classes) : bias_hh_at(r, r->layers - 1, r->hidden);
    r->parameters = doubles(r->parameter_count);
    r->gradients = doubles(r->parameter_count);
    r->above = doubles(widest);
    r->below = doubles(widest);
}

static void free_run(struct reference *r)
{
    free(r->lengths);
    free(r->tokens);
    free(r->targets);
    double *arrays[] = {r->x, r->h0, r->h, r->final, r->y, r->dy, r->dfinal, r->dx, r->dh0};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
}

void reference_resize(struct reference *r, size_t steps, size_t batch)
{
    free_run(r);
    r->steps = steps;
    r->batch = batch;
    r->lengths = zeros(batch, sizeof *r->lengths);
    r->tokens = zeros(steps * batch, sizeof *r->tokens);
    r->targets = zeros(steps * batch, sizeof *r->targets);
    r->x = doubles(steps * batch * r->inputs);
    r->dx = doubles(steps * batch * r->inputs);
    r->y = doubles(steps * batch * reference_outputs(r));
    r->dy = doubles(steps * batch * reference_outputs(r));
    r->h = doubles(r->layers * (steps + 1) * batch * r->hidden);
    r->h0 = doubles(reference_states(r));
    r->dh0 = doubles(reference_states(r));
    r->final = doubles(reference_states(r));
    r->dfinal = doubles(reference_states(r));
    for (size_t b = 0; b < batch; b++)
        r->lengths[b] = (int32_t)steps;
}

void reference_close(struct reference *r)
{
    free_run(r);
    free(r->parameters);
    free(r->gradients);
    free(r->above);
    free(r->below);
}

static void fill(double *values, size_t count, double scale, uint64_t *state)
{
    for (size_t i = 0; i < count; i++)
        values[i] = (float)(scale * uniform(state));
}

static int32_t integer_below(size_t end, uint64_t *state)
{
    return (int32_t)((uniform(state) + 1) / 2 * (double)end);
}

/* Of the size with which PyTorch begins, so that tanh works in its curved part and does not saturate. */
void reference_fill_parameters(struct reference *r, uint64_t *state)
{
    fill(r->parameters, r->parameter_count, 1 / sqrt((double)r->hidden), state);
}

void reference_fill_data(struct reference *r, uint64_t *state)
{
    size_t rows = r->steps * r->batch;
    fill(r->x, rows * r->inputs, 1, state);
    fill(r->h0, reference_states(r), 1, state);
    fill(r->dy, rows * reference_outputs(r), 1, state);
    fill(r->dfinal, reference_states(r), 1, state);
    for (size_t i = 0; i < rows && r->vocabulary; i++)
        r->tokens[i] = integer_below(r->vocabulary, state);
    for (size_t i = 0; i < rows && r->classes; i++)
        r->targets[i] = integer_below(r->classes, state);
}

void reference_fill_lengths(struct reference *r, uint64_t *state)
{
    for (size_t b = 0; b < r->batch; b++)
        r->lengths[b] = integer_below(r->steps + 1, state);
    if (r->batch < 2)
        return;
    size_t empty = (size_t)integer_below(r->batch, state);
    r->lengths[empty] = 0;
    r->lengths[(empty + 1) % r->batch] = (int32_t)r->steps;
}
