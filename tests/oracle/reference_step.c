/* The parts of a step of any cell: activations, products, layer normalisation, dropout and zoneout. */
#include "oracle/reference_step.h"

#include <math.h>
#include <string.h>

#include "base/random_mask.h"

/* ---- activations: the table of rnn.h ---------------------------------------------------------------------------- */

double step_activation(const struct activation *f, double x)
{
    double a = f->alpha, b = f->beta;
    switch (f->kind) {
    case RNN_ACTIVATION_TANH:
        return tanh(x);
    case RNN_ACTIVATION_SIGMOID:
        return 1 / (1 + exp(-x));
    case RNN_ACTIVATION_RELU:
        return x > 0 ? x : 0;
    case RNN_ACTIVATION_HARD_SIGMOID:
        return fmin(fmax(a * x + b, 0), 1);
    case RNN_ACTIVATION_LEAKY_RELU:
        return x >= 0 ? x : a * x;
    case RNN_ACTIVATION_THRESHOLDED_RELU:
        return x > a ? x : 0;
    case RNN_ACTIVATION_SCALED_TANH:
        return a * tanh(b * x);
    case RNN_ACTIVATION_ELU:
        return x >= 0 ? x : a * (exp(x) - 1);
    case RNN_ACTIVATION_SOFTSIGN:
        return x / (1 + fabs(x));
    case RNN_ACTIVATION_SOFTPLUS:
        return log(1 + exp(x));
    default:
        return a * x + b;
    }
}

double step_derivative(const struct activation *f, double x)
{
    double a = f->alpha, b = f->beta, y = step_activation(f, x);
    switch (f->kind) {
    case RNN_ACTIVATION_TANH:
        return 1 - y * y;
    case RNN_ACTIVATION_SIGMOID:
        return y * (1 - y);
    case RNN_ACTIVATION_RELU:
        return x > 0 ? 1 : 0;
    case RNN_ACTIVATION_HARD_SIGMOID:
        return a * x + b > 0 && a * x + b < 1 ? a : 0;
    case RNN_ACTIVATION_LEAKY_RELU:
        return x >= 0 ? 1 : a;
    case RNN_ACTIVATION_THRESHOLDED_RELU:
        return x > a ? 1 : 0;
    case RNN_ACTIVATION_SCALED_TANH:
        return a * b * (1 - tanh(b * x) * tanh(b * x));
    case RNN_ACTIVATION_ELU:
        return x >= 0 ? 1 : a * exp(x);
    case RNN_ACTIVATION_SOFTSIGN:
        return 1 / ((1 + fabs(x)) * (1 + fabs(x)));
    case RNN_ACTIVATION_SOFTPLUS:
        return 1 / (1 + exp(-x));
    default:
        return a;
    }
}

/* The activation that `given` means in a cell whose own one is `own`, with the defaults of the table. */
static struct activation resolve(const struct reference *r, const struct activation *given, int own)
{
    static const double alphas[] = {
        [RNN_ACTIVATION_HARD_SIGMOID] = 0.2, [RNN_ACTIVATION_LEAKY_RELU] = 0.01, [RNN_ACTIVATION_THRESHOLDED_RELU] = 1,
        [RNN_ACTIVATION_SCALED_TANH] = 1,    [RNN_ACTIVATION_ELU] = 1,           [RNN_ACTIVATION_AFFINE] = 1};
    static const double betas[] = {[RNN_ACTIVATION_HARD_SIGMOID] = 0.5, //
                                   [RNN_ACTIVATION_SCALED_TANH] = 1,
                                   [RNN_ACTIVATION_AFFINE] = 0};
    struct activation f = *given;
    f.kind = f.kind ? f.kind : own;
    if (!f.alpha_set || r->fault == FAULT_ALPHA_IGNORED)
        f.alpha = alphas[f.kind];
    if (!f.beta_set || r->fault == FAULT_BETA_IGNORED)
        f.beta = betas[f.kind];
    return f;
}

/* ---- a step ----------------------------------------------------------------------------------------------------- */

double *step_vector(struct step *s)
{
    double *v = s->r->scratch + s->vectors++ * s->r->widest;
    memset(v, 0, s->r->widest * sizeof *v);
    return v;
}

static struct product product_begin(struct step *s, int recurrent)
{
    const struct places *at = &s->at;
    struct product p = {.recurrent = recurrent};
    p.columns = recurrent ? reference_recurrent(s->r) : reference_width(s->r, s->l);
    p.weight = recurrent ? at->weight_hh : at->weight_ih;
    p.bias = recurrent ? at->bias_hh : at->bias_ih;
    p.norm = recurrent ? at->norm_hh : at->norm_ih;
    if (recurrent && s->r->fault == FAULT_LAYERS_SWAPPED)
        p.weight = reference_places(s->r, s->r->layers - 1 - s->l, s->d).weight_hh;
    p.normal = step_vector(s);
    p.sum = step_vector(s);
    p.dsum = step_vector(s);
    p.din = step_vector(s);
    return p;
}

/* The weight of the old value of each element in the new one. */
static void draw_zoneout(struct step *s, size_t kind)
{
    struct reference *r = s->r;
    int of_h = (kind == STATE_H) != (r->fault == FAULT_ZONEOUT_SWAPPED);
    double p = of_h ? r->zoneout : r->zoneout_cell;
    size_t width = reference_state_width(r, kind), t = r->fault == FAULT_ZONEOUT_ONE_MASK ? 0 : s->t;
    reference_draw(r, of_h ? RNNI_RANDOM_MASK_ZONEOUT : RNNI_RANDOM_MASK_ZONEOUT_CELL, s->l, s->d, t, s->b, width, p);
    for (size_t j = 0; j < width; j++)
        s->keep[kind][j] = r->training && r->fault != FAULT_ZONEOUT_EXPECTED ? (double)r->mask[j] : p;
}

static void draw_recurrent_dropout(struct step *s)
{
    struct reference *r = s->r;
    double p = r->training ? r->recurrent_dropout : 0;
    size_t t = r->fault == FAULT_RECURRENT_MASK_PER_STEP ? s->t : 0;
    reference_draw(r, RNNI_RANDOM_MASK_RECURRENT, s->l, s->d, t, s->b, reference_recurrent(r), p);
    for (size_t j = 0; j < reference_recurrent(r); j++)
        s->factor[j] = r->mask[j] > 0 ? 0 : r->fault == FAULT_RECURRENT_NOT_RESCALED ? 1 : 1 / (1 - p);
}

static void begin_states(struct step *s)
{
    struct reference *r = s->r;
    for (size_t kind = 0; kind < STATE_KINDS; kind++) {
        s->before[kind] = &r->state[kind][reference_slot_at(r, kind, s->l, s->d, s->slot_before, s->b, 0)];
        s->after[kind] = &r->state[kind][reference_slot_at(r, kind, s->l, s->d, s->slot_after, s->b, 0)];
        s->dbefore[kind] = &r->dinitial[kind][reference_state_at(r, kind, s->l, s->d, s->b, 0)];
    }
    for (size_t kind = STATE_H; kind <= STATE_C; kind++) {
        s->keep[kind] = step_vector(s);
        s->fresh[kind] = step_vector(s);
        s->dfresh[kind] = step_vector(s);
        draw_zoneout(s, kind);
    }
}

static void begin_activations(struct step *s)
{
    const struct reference *r = s->r;
    int own_f = r->cell == RNN_CELL_TANH ? RNN_ACTIVATION_TANH : RNN_ACTIVATION_SIGMOID;
    own_f = r->cell == RNN_CELL_RELU || r->cell == RNN_CELL_INDRNN ? RNN_ACTIVATION_RELU : own_f;
    s->f = resolve(r, &r->activation_f, own_f);
    s->g = resolve(r, &r->activation_g, r->cell == RNN_CELL_MINGRU ? RNN_ACTIVATION_AFFINE : RNN_ACTIVATION_TANH);
    s->k = resolve(r, &r->activation_h, RNN_ACTIVATION_TANH);
}

/* x and h(t-1) as the inputs of the products. Vector 0 of the scratch is used by the network. */
static struct step begin(struct reference *r, size_t l, size_t d, size_t t, size_t b)
{
    struct step s = {.r = r, .l = l, .d = d, .t = t, .b = b, .hidden = r->hidden, .vectors = 1};
    int reverse = reference_is_reverse(r, d);
    s.slot_before = reverse ? t + 1 : t;
    s.slot_after = reverse ? t : t + 1;
    s.rows = reference_gates(r) * r->hidden;
    s.at = reference_places(r, l, d);
    begin_activations(&s);
    begin_states(&s);
    double **vectors[] = {&s.factor, &s.a,  &s.gate,    &s.raw_c,   &s.normal_c, &s.seen_c,
                          &s.q,      &s.dq, &s.dseen_c, &s.below_h, &s.below_x,  &s.dgate};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        *vectors[i] = step_vector(&s);
    draw_recurrent_dropout(&s);
    double *x = step_vector(&s), *h = step_vector(&s);
    for (size_t k = 0; k < reference_width(r, l); k++)
        x[k] = reference_input(r, l, t, b, k);
    for (size_t j = 0; j < reference_recurrent(r); j++)
        h[j] = s.factor[j] * s.before[STATE_H][j];
    s.input = product_begin(&s, 0);
    s.recurrent = product_begin(&s, 1);
    s.reset = product_begin(&s, 1);
    s.input.in = x;
    s.recurrent.in = h;
    return s;
}

/* ---- layer normalisation ---------------------------------------------------------------------------------------- */

/* Replaces v [n] by N(v) and returns the divisor. */
double step_normalise(const struct reference *r, double *v, size_t n)
{
    double mean = 0, variance = 0;
    for (size_t i = 0; i < n; i++)
        mean += v[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        variance += (v[i] - mean) * (v[i] - mean) / (double)(r->fault == FAULT_NORM_UNBIASED ? n - 1 : n);
    double deviation = sqrt(variance + (r->fault == FAULT_NORM_NO_EPSILON ? 0 : 1e-5));
    for (size_t i = 0; i < n; i++)
        v[i] = (v[i] - mean) / deviation;
    return deviation;
}

/* Replaces d [n], the gradient of `normal` = N(v) [n], by that of v: each element also changes mean and variance. */
void step_normalise_backward(const struct reference *r, double *d, const double *normal, double deviation, size_t n)
{
    double mean = 0, along = 0;
    for (size_t i = 0; i < n && r->fault != FAULT_NORM_WITHOUT_MEANS; i++) {
        mean += d[i] / (double)n;
        along += d[i] * normal[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++)
        d[i] = (d[i] - mean - normal[i] * along) / deviation;
}

/* The groups of rows that are normalised together: for GRU r and z, and n; otherwise all. Group 1 may be empty. */
static size_t group_begin(const struct step *s, int group)
{
    int split = s->r->cell == RNN_CELL_GRU && s->r->fault != FAULT_NORM_GRU_TOGETHER;
    const size_t begin[] = {0, split ? 2 * s->hidden : s->rows, s->rows};
    return begin[group];
}

/* ---- products --------------------------------------------------------------------------------------------------- */

double step_bias(const struct step *s, const struct product *p, size_t i)
{
    if (s->r->no_bias || (p->recurrent && s->r->fault == FAULT_BIAS_HH_NOT_ADDED))
        return 0;
    return s->r->parameters[p->bias + i];
}

/* Rows first .. last-1. */
void step_product_forward(struct step *s, struct product *p, size_t first, size_t last)
{
    for (size_t i = first; i < last; i++) {
        const double *weight = &s->r->parameters[p->weight + i * p->columns]; /* [columns] */
        double sum = 0;
        for (size_t k = 0; k < p->columns; k++)
            sum += weight[k] * p->in[k];
        p->normal[i] = sum;
    }
    for (int group = 0; group < 2 && s->r->layer_norm; group++) {
        size_t begin_row = group_begin(s, group), n = group_begin(s, group + 1) - begin_row;
        p->deviation[group] = step_normalise(s->r, p->normal + begin_row, n);
    }
    for (size_t i = first; i < last; i++)
        p->sum[i] = step_bias(s, p, i) + p->normal[i] * (s->r->layer_norm ? s->r->parameters[p->norm + i] : 1);
}

/* From dsum to the gradients of bias and norm; dsum becomes the gradient of W x. */
static void sum_backward(struct step *s, struct product *p, size_t first, size_t last)
{
    double *g = s->r->gradients, *d = p->dsum;
    int no_bias = s->r->no_bias || (p->recurrent && s->r->fault == FAULT_BIAS_HH_LEFT_OUT);
    int late = s->r->fault == FAULT_NORM_BIAS_THROUGH && s->r->layer_norm;
    for (size_t i = first; i < last && !no_bias && !late; i++)
        g[p->bias + i] += d[i];
    for (size_t i = first; i < last && s->r->layer_norm; i++) {
        g[p->norm + i] += d[i] * p->normal[i];
        d[i] *= s->r->parameters[p->norm + i];
    }
    for (int group = 0; group < 2 && s->r->layer_norm; group++) {
        size_t begin_row = group_begin(s, group), n = group_begin(s, group + 1) - begin_row;
        step_normalise_backward(s->r, d + begin_row, p->normal + begin_row, p->deviation[group], n);
    }
    for (size_t i = first; i < last && !no_bias && late; i++)
        g[p->bias + i] += d[i];
}

/* From dsum [G*H], which is overwritten, to the gradients of the tensors and to din [columns], which is set. */
void step_product_backward(struct step *s, struct product *p, size_t first, size_t last)
{
    const double *weight = &s->r->parameters[p->weight]; /* [G*H,columns] */
    double *dweight = &s->r->gradients[p->weight];       /* [G*H,columns] */
    int fault = p->recurrent ? s->r->fault : FAULT_NONE;
    int turned = fault == FAULT_W_NOT_TRANSPOSED && p->columns == s->hidden;
    const double *in = fault == FAULT_DW_SAME_STEP ? s->after[STATE_H] : p->in;
    sum_backward(s, p, first, last);
    memset(p->din, 0, p->columns * sizeof *p->din);
    for (size_t i = first; i < last; i++)
        for (size_t k = 0; k < p->columns; k++) {
            size_t row = i % s->hidden, at = turned ? (i - row + k) * p->columns + row : i * p->columns + k;
            dweight[i * p->columns + k] += p->dsum[i] * in[k];
            p->din[k] += p->dsum[i] * weight[at];
        }
    for (size_t k = 0; k < p->columns && fault == FAULT_NO_RECURRENT_TERM; k++)
        p->din[k] = 0;
    for (size_t i = first; i < last && fault == FAULT_DW_WITHOUT_H0 && s->t == 0; i++)
        for (size_t k = 0; k < p->columns; k++)
            dweight[i * p->columns + k] -= p->dsum[i] * in[k];
}

/* ---- f and g with RNN_CLIP -------------------------------------------------------------------------------------- */

double step_limit(double x, double clip)
{
    return clip > 0 ? fmax(-clip, fmin(clip, x)) : x;
}

double step_gate(const struct step *s, const struct activation *f, double x)
{
    return step_activation(f, s->r->fault == FAULT_CLIP_LEFT_OUT ? x : step_limit(x, s->r->clip));
}

double step_slope(const struct step *s, const struct activation *f, double x)
{
    double inside = step_limit(x, s->r->clip);
    int clipped = inside < x || inside > x;
    return clipped && s->r->fault != FAULT_CLIP_SLOPE_IGNORED ? 0 : step_derivative(f, inside);
}

/* ---- one step ---------------------------------------------------------------------------------------------------- */

/* The states to which zoneout applies: h, and c of LSTM. */
static size_t kept_width(const struct step *s, size_t kind)
{
    return kind == STATE_C && s->r->cell != RNN_CELL_LSTM ? 0 : reference_state_width(s->r, kind);
}

static void run(struct step *s)
{
    step_product_forward(s, &s->input, 0, s->rows);
    step_product_forward(s, &s->recurrent, 0, step_recurrent_rows(s));
    step_cell_forward(s);
    for (size_t kind = STATE_H; kind <= STATE_C; kind++)
        for (size_t j = 0; j < kept_width(s, kind); j++) {
            double keep = s->r->fault == FAULT_ZONEOUT_C_FIRST && kind == STATE_C ? 0 : s->keep[kind][j];
            s->after[kind][j] = keep * s->before[kind][j] + (1 - keep) * s->fresh[kind][j];
        }
}

void reference_step_forward(struct reference *r, size_t l, size_t d, size_t t, size_t b)
{
    struct step s = begin(r, l, d, t, b);
    run(&s);
}

/* dbefore is dL/ds(t) from the later steps, and becomes the gradient that bypasses the cell to s(t-1). */
static void zoneout_backward(struct step *s)
{
    int lost = s->r->fault == FAULT_ZONEOUT_NOT_BACK;
    for (size_t kind = STATE_H; kind <= STATE_C; kind++)
        for (size_t j = 0; j < kept_width(s, kind); j++) {
            double keep = lost ? 0 : s->keep[kind][j], dafter = s->dbefore[kind][j];
            s->dfresh[kind][j] = (1 - keep) * dafter;
            s->dbefore[kind][j] = keep * dafter;
        }
}

void reference_step_backward(struct reference *r, size_t l, size_t d, size_t t, size_t b, double *below)
{
    struct step s = begin(r, l, d, t, b);
    size_t width = reference_recurrent(r);
    const double *dh = &r->dh[(((l * reference_directions(r) + d) * r->steps + t) * r->batch + b) * width]; /* [R] */
    run(&s);
    for (size_t j = 0; j < width; j++)
        s.dbefore[STATE_H][j] += dh[j];
    zoneout_backward(&s);
    step_cell_backward(&s);
    step_product_backward(&s, &s.input, 0, s.rows);
    step_product_backward(&s, &s.recurrent, 0, step_recurrent_rows(&s));
    for (size_t j = 0; j < width; j++) {
        double factor = r->fault == FAULT_RECURRENT_MASK_NOT_BACK ? 1 : s.factor[j];
        s.dbefore[STATE_H][j] += factor * (s.recurrent.din[j] + s.below_h[j]);
    }
    for (size_t k = 0; k < reference_width(r, l); k++)
        below[k] = s.input.din[k] + s.below_x[k];
}
