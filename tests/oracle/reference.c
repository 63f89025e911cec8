/* The network around the cells: layers, directions, the features passed between layers, the head, the loss, descent. */
#include "oracle/reference.h"

#include <math.h>
#include <string.h>

#include "base/random_mask.h"
#include "support/support.h"

/* The number of valid steps of sequence b. */
static size_t valid_steps(const struct reference *r, size_t b)
{
    size_t length = (size_t)r->lengths[r->fault == FAULT_LENGTHS_MIXED_UP ? r->batch - 1 - b : b];
    return r->fault == FAULT_PADDED_STEP_COUNTED && length < r->steps ? length + 1 : length;
}

/* Where direction d of sequence b ends, counted from t = 0; the reverse one begins there. */
static size_t end_of(const struct reference *r, size_t d, size_t b)
{
    if (r->fault == FAULT_REVERSE_AT_T && reference_is_reverse(r, d))
        return r->steps;
    return valid_steps(r, b);
}

void reference_draw(struct reference *r, int kind, size_t l, size_t d, size_t t, size_t b, size_t n, double p)
{
    uint64_t run = r->fault == FAULT_RUN_NOT_COUNTED ? 0 : r->run;
    if (p <= 0)
        memset(r->mask, 0, n * sizeof *r->mask);
    else
        rnni_random_mask_fill(r->mask, n,
                              rnni_random_mask_key(r->mask_seed, run, (enum rnni_random_mask_kind)kind, l, d), t, b, p);
}

/* ---- what a layer sees and what it hands on ---------------------------------------------------------------------- */

/* Index in passed [L,T,B,F]. */
static size_t passed_at(const struct reference *r, size_t l, size_t t, size_t b, size_t f)
{
    return ((l * r->steps + t) * r->batch + b) * reference_features(r) + f;
}

/* The input of layer l: the features passed by the layer below, or x, a one-hot token or its row of the embedding. */
double reference_input(const struct reference *r, size_t l, size_t t, size_t b, size_t k)
{
    if (l > 0)
        return r->passed[passed_at(r, l - 1, t, b, k)];
    if (r->fault == FAULT_INPUT_LATE && t > 0)
        t--;
    if (!r->vocabulary)
        return r->x[(t * r->batch + b) * r->inputs + k];
    size_t token = (size_t)r->tokens[t * r->batch + b];
    if (!r->embedding)
        return token == k ? 1 : 0;
    return r->parameters[reference_embedding_at(r, token, k)];
}

static void input_backward(struct reference *r, size_t l, size_t t, size_t b, size_t k, double d)
{
    if (l > 0) {
        r->dpassed[passed_at(r, l - 1, t, b, k)] += r->fault == FAULT_LAYERS_CUT ? 0 : d;
    } else if (!r->vocabulary) {
        r->dx[(t * r->batch + b) * r->inputs + k] += d;
    } else if (r->embedding) {
        double *gradient = &r->gradients[reference_embedding_at(r, (size_t)r->tokens[t * r->batch + b], k)];
        *gradient = r->fault == FAULT_EMBEDDING_OVERWRITTEN ? d : *gradient + d;
    }
}

/* h of direction d after step t. */
static double h_after(const struct reference *r, size_t l, size_t d, size_t t, size_t b, size_t j)
{
    size_t slot = reference_is_reverse(r, d) ? t : t + 1;
    return r->state[STATE_H][reference_slot_at(r, STATE_H, l, d, slot, b, j)];
}

/* Index in dh [L*D,T,B,R]. */
static size_t dh_at(const struct reference *r, size_t l, size_t d, size_t t, size_t b, size_t j)
{
    size_t width = reference_recurrent(r);
    return (((l * reference_directions(r) + d) * r->steps + t) * r->batch + b) * width + j;
}

/* Feature f of layer l from its directions, the forward one at step when[0] and the reverse one of two at step when[1],
 * with its residual and before any dropout. */
static double feature(const struct reference *r, size_t l, const size_t when[2], size_t b, size_t f)
{
    size_t width = reference_recurrent(r), d = f / width;
    int add_input = r->residual && l > 0 && r->fault != FAULT_RESIDUAL_LEFT_OUT;
    double residual = add_input ? reference_input(r, l, when[d], b, f) : 0;
    if (r->merge == RNN_MERGE_SUM)
        return h_after(r, l, 0, when[0], b, f) + h_after(r, l, 1, when[1], b, f) + residual;
    if (r->fault == FAULT_HALVES_SWAPPED)
        d = reference_directions(r) - 1 - d;
    return h_after(r, l, d, when[d], b, f % width) + residual;
}

static void feature_backward(struct reference *r, size_t l, const size_t when[2], size_t b, size_t f, double df)
{
    size_t width = reference_recurrent(r), d = f / width;
    if (r->residual && l > 0 && r->fault != FAULT_RESIDUAL_NOT_BACK)
        input_backward(r, l, when[d], b, f, df);
    r->dh[dh_at(r, l, d, when[d], b, f % width)] += df;
    if (r->merge == RNN_MERGE_SUM && r->fault != FAULT_MERGE_ONE_HALF)
        r->dh[dh_at(r, l, 1, when[1], b, f)] += df;
}

/* The factor of dropout for feature f, passed to the next layer; the mask has been drawn. */
static double dropout_factor(const struct reference *r, size_t f)
{
    if (!r->training || r->dropout <= 0)
        return 1;
    if (r->mask[f] > 0)
        return 0;
    return r->fault == FAULT_DROPOUT_NOT_RESCALED ? 1 : 1 / (1 - r->dropout);
}

static void hand_on(struct reference *r, size_t l, size_t t, size_t b)
{
    const size_t when[2] = {t, t};
    reference_draw(r, RNNI_RANDOM_MASK_DROPOUT, l, 0, t, b, reference_features(r), r->dropout);
    for (size_t f = 0; f < reference_features(r); f++)
        r->passed[passed_at(r, l, t, b, f)] = dropout_factor(r, f) * feature(r, l, when, b, f);
}

static void hand_on_backward(struct reference *r, size_t l, size_t t, size_t b)
{
    const size_t when[2] = {t, t};
    reference_draw(r, RNNI_RANDOM_MASK_DROPOUT, l, 0, t, b, reference_features(r), r->dropout);
    for (size_t f = 0; f < reference_features(r); f++) {
        double factor = r->fault == FAULT_DROPOUT_NOT_BACK ? 1 : dropout_factor(r, f);
        feature_backward(r, l, when, b, f, factor * r->dpassed[passed_at(r, l, t, b, f)]);
    }
}

/* ---- the output: the top layer's features, of one step or pooled, and the head o = V h + c ---------------------- */

/* The last steps of a sequence's directions. */
static void last_steps(const struct reference *r, size_t when[2], size_t b)
{
    size_t last = r->fault == FAULT_LAST_STEP_AT_T ? r->steps - 1 : valid_steps(r, b) - 1;
    size_t reverse = r->fault == FAULT_REVERSE_LAST_AT_END ? last : 0;
    when[0] = reference_is_reverse(r, 0) ? reverse : last;
    when[1] = reverse;
}

/* Feature f of the top layer that makes the row of sequence b in y: [T,B,Y] at step t, or the one in [B,Y]. */
static double top_feature(struct reference *r, size_t t, size_t b, size_t f)
{
    size_t when[2] = {t, t}, top = r->layers - 1;
    double sum = 0;
    if (r->output == RNN_OUTPUT_LAST_STEP)
        last_steps(r, when, b);
    if (r->fault == FAULT_OUTPUT_LATE && t == 0)
        return 0;
    if (r->fault == FAULT_OUTPUT_LATE)
        when[0] = when[1] = t - 1;
    if (r->output != RNN_OUTPUT_MEAN)
        return feature(r, top, when, b, f);
    for (size_t step = 0; step < valid_steps(r, b); step++) {
        when[0] = when[1] = step;
        sum += feature(r, top, when, b, f);
    }
    return sum / (double)(r->fault == FAULT_POOL_MEAN_OVER_T ? r->steps : valid_steps(r, b));
}

static void top_feature_backward(struct reference *r, size_t t, size_t b, size_t f, double df)
{
    size_t when[2] = {t, t}, top = r->layers - 1;
    if (r->output == RNN_OUTPUT_LAST_STEP)
        last_steps(r, when, b);
    if (r->output != RNN_OUTPUT_MEAN)
        feature_backward(r, top, when, b, f, df);
    for (size_t step = 0; step < valid_steps(r, b) && r->output == RNN_OUTPUT_MEAN; step++) {
        double share = r->fault == FAULT_MEAN_NOT_DIVIDED_BACK ? 1 : 1 / (double)valid_steps(r, b);
        when[0] = when[1] = step;
        feature_backward(r, top, when, b, f, df * share);
    }
}

/* Whether a row of y counts: it is of a valid step, or of a sequence that has one. */
static int row_is_valid(const struct reference *r, size_t row)
{
    return row / r->batch < valid_steps(r, row % r->batch);
}

static void drop_top(struct reference *r, double *h, size_t row)
{
    size_t n = reference_features(r);
    reference_draw(r, RNNI_RANDOM_MASK_DROPOUT, r->layers - 1, 0, row / r->batch, row % r->batch, n, r->dropout);
    for (size_t f = 0; f < n; f++)
        h[f] *= dropout_factor(r, f);
}

static void row_forward(struct reference *r, size_t row)
{
    double *y = &r->y[row * reference_outputs(r)]; /* [Y] */
    double *h = r->scratch;                        /* [F] */
    for (size_t f = 0; f < reference_features(r); f++)
        h[f] = top_feature(r, row / r->batch, row % r->batch, f);
    if (r->fault == FAULT_DROPOUT_ON_TOP)
        drop_top(r, h, row);
    if (!r->classes)
        memcpy(y, h, reference_features(r) * sizeof *y);
    const double *v = &r->parameters[reference_head_at(r, 0, 0)]; /* [C,F] */
    const double *bias = v + r->classes * reference_features(r);  /* [C] */
    for (size_t c = 0; c < r->classes; c++) {
        y[c] = bias[c];
        for (size_t f = 0; f < reference_features(r); f++)
            y[c] += v[c * reference_features(r) + f] * h[f];
    }
}

static void row_backward(struct reference *r, size_t row)
{
    const double *dy = &r->dy[row * reference_outputs(r)];        /* [Y] */
    const double *v = &r->parameters[reference_head_at(r, 0, 0)]; /* [C,F] */
    double *dv = &r->gradients[reference_head_at(r, 0, 0)];       /* [C,F] */
    for (size_t f = 0; f < reference_features(r); f++) {
        double h = top_feature(r, row / r->batch, row % r->batch, f), dh = r->classes ? 0 : dy[f];
        for (size_t c = 0; c < r->classes; c++) {
            dv[c * reference_features(r) + f] += dy[c] * h;
            dh += v[c * reference_features(r) + f] * dy[c];
        }
        top_feature_backward(r, row / r->batch, row % r->batch, f, dh);
    }
    for (size_t c = 0; c < r->classes; c++)
        dv[r->classes * reference_features(r) + c] += dy[c];
}

static void invalid_row(struct reference *r, size_t row)
{
    int bias = r->fault == (r->output == RNN_OUTPUT_EVERY_STEP ? FAULT_OUTPUT_PAST_END : FAULT_EMPTY_GETS_BIAS);
    for (size_t c = 0; c < reference_outputs(r); c++)
        r->y[row * reference_outputs(r) + c] =
            bias && r->classes ? r->parameters[reference_head_at(r, r->classes, c)] : 0;
}

/* ---- a direction of a layer over one sequence ------------------------------------------------------------------- */

static void initial_state(struct reference *r, size_t l, size_t d, size_t b)
{
    size_t from = r->fault == FAULT_STATES_SWAPPED ? r->layers - 1 - l : l;
    size_t slot = reference_is_reverse(r, d) ? end_of(r, d, b) : 0;
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        for (size_t i = 0; i < reference_state_width(r, kind); i++) {
            double value = r->initial[kind][reference_state_at(r, kind, from, d, b, i)];
            r->state[kind][reference_slot_at(r, kind, l, d, slot, b, i)] = r->fault == FAULT_STATE_RESET ? 0 : value;
        }
}

static void final_state(struct reference *r, size_t l, size_t d, size_t b)
{
    size_t slot = r->fault == FAULT_FINAL_STATE_AT_T ? r->steps : valid_steps(r, b);
    int reset = r->fault == FAULT_ZERO_LENGTH_RESET && slot == 0;
    if (reference_is_reverse(r, d))
        slot = 0;
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        for (size_t i = 0; i < reference_state_width(r, kind); i++) {
            double value = r->state[kind][reference_slot_at(r, kind, l, d, slot, b, i)];
            r->final[kind][reference_state_at(r, kind, l, d, b, i)] = reset ? 0 : value;
        }
}

static void direction_forward(struct reference *r, size_t l, size_t d, size_t b)
{
    size_t end = end_of(r, d, b);
    initial_state(r, l, d, b);
    for (size_t n = 0; n < end; n++)
        reference_step_forward(r, l, d, reference_is_reverse(r, d) ? end - 1 - n : n, b);
    final_state(r, l, d, b);
}

static void final_state_backward(struct reference *r, size_t l, size_t d, size_t b)
{
    int lost = r->fault == FAULT_FINAL_LEFT_OUT || (r->fault == FAULT_FINAL_AT_T && valid_steps(r, b) < r->steps);
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        for (size_t i = 0; i < reference_state_width(r, kind); i++) {
            size_t at = reference_state_at(r, kind, l, d, b, i);
            r->dinitial[kind][at] = lost ? 0 : r->dfinal[kind][at];
        }
}

static void direction_backward(struct reference *r, size_t l, size_t d, size_t b)
{
    double *below = r->scratch; /* [K] */
    int overwrite = r->fault == FAULT_REVERSE_INPUT_OVERWRITES && d == 1 && l == 0 && !r->vocabulary;
    size_t end = end_of(r, d, b);
    final_state_backward(r, l, d, b);
    for (size_t n = end; n-- > 0;) {
        size_t t = reference_is_reverse(r, d) ? end - 1 - n : n;
        reference_step_backward(r, l, d, t, b, below);
        for (size_t k = 0; k < reference_width(r, l); k++) {
            if (overwrite)
                r->dx[(t * r->batch + b) * r->inputs + k] = 0;
            input_backward(r, l, t, b, k, below[k]);
        }
    }
}

/* ---- the network over one sequence after the other -------------------------------------------------------------- */

/* Clears the results of the run before. */
static void clear(struct reference *r)
{
    for (size_t kind = 0; kind < STATE_KINDS; kind++)
        memset(r->state[kind], 0, (r->steps + 1) * reference_states(r, kind) * sizeof *r->state[kind]);
    memset(r->passed, 0, r->layers * r->steps * r->batch * reference_features(r) * sizeof *r->passed);
}

/* Only the top layer's features become outputs. */
static int is_passed_on(const struct reference *r, size_t l)
{
    return l + 1 < r->layers;
}

void reference_forward(struct reference *r)
{
    clear(r);
    for (size_t b = 0; b < r->batch; b++)
        for (size_t l = 0; l < r->layers; l++) {
            for (size_t d = 0; d < reference_directions(r); d++)
                direction_forward(r, l, d, b);
            for (size_t t = 0; t < valid_steps(r, b) && is_passed_on(r, l); t++)
                hand_on(r, l, t, b);
        }
    for (size_t row = 0; row < reference_rows(r); row++)
        if (row_is_valid(r, row))
            row_forward(r, row);
        else
            invalid_row(r, row);
}

static void sequence_backward(struct reference *r, size_t b)
{
    for (size_t row = b; row < reference_rows(r); row += r->batch)
        if (row_is_valid(r, row))
            row_backward(r, row);
    for (size_t l = r->layers; l-- > 0;) {
        for (size_t t = 0; t < valid_steps(r, b) && is_passed_on(r, l); t++)
            hand_on_backward(r, l, t, b);
        for (size_t d = 0; d < reference_directions(r); d++)
            direction_backward(r, l, d, b);
    }
}

void reference_backward(struct reference *r)
{
    memset(r->dx, 0, r->steps * r->batch * r->inputs * sizeof *r->dx);
    memset(r->dpassed, 0, r->layers * r->steps * r->batch * reference_features(r) * sizeof *r->dpassed);
    memset(r->dh, 0, r->steps * reference_states(r, STATE_H) * sizeof *r->dh);
    for (size_t b = 0; b < r->batch; b++) {
        if (r->fault == FAULT_LAST_SEQUENCE_ONLY)
            reference_zero_gradients(r);
        sequence_backward(r, b);
    }
    for (size_t kind = 0; kind < STATE_KINDS && r->fault == FAULT_DH0_LEFT_OUT; kind++)
        memset(r->dinitial[kind], 0, reference_states(r, kind) * sizeof *r->dinitial[kind]);
}

/* ---- the loss: L = -log p[target], p = softmax(o) --------------------------------------------------------------- */

/* One row: returns its loss and sets dlogits [C] = p - onehot(target). */
static double row_loss(const struct reference *r, double *dlogits, const double *logits, size_t target)
{
    double largest = logits[0], sum = 0;
    for (size_t c = 1; c < r->classes; c++)
        largest = logits[c] > largest ? logits[c] : largest;
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
    size_t n = reference_rows(r);
    memset(r->dy, 0, n * r->classes * sizeof *r->dy);
    for (size_t row = 0; row < n; row++)
        if (row_is_valid(r, row)) {
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
