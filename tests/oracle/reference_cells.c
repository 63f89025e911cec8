/* The cells, by the equations of RNN_CELL in rnn.h, and below each its derivatives. */
#include "oracle/reference_step.h"

#include <math.h>
#include <string.h>

/* ---- RNN_CELL_TANH, RNN_CELL_RELU ------------------------------------------------------------------------------- */

static void simple_forward(struct step *s)
{
    for (size_t j = 0; j < s->hidden; j++) {
        s->a[j] = s->input.sum[j] + s->recurrent.sum[j];
        s->fresh[STATE_H][j] = step_gate(s, &s->f, s->a[j]);
    }
}

static void simple_backward(struct step *s)
{
    for (size_t j = 0; j < s->hidden; j++) {
        double delta = s->dfresh[STATE_H][j], early = s->before[STATE_H][j];
        double a = delta * step_slope(s, &s->f, s->a[j]);
        if (s->r->fault == FAULT_DERIVATIVE_EARLY)
            a = delta * (1 - early * early);
        s->recurrent.dsum[j] = a;
        s->input.dsum[j] = s->r->fault == FAULT_DX_WITHOUT_DERIVATIVE ? delta : a;
    }
}

/* ---- RNN_CELL_LSTM ---------------------------------------------------------------------------------------------- */

/* The rows of a gate: i, f, g, o, or with RNN_COUPLE i, g, o or f, g, o. */
static size_t rows_of_g(const struct step *s)
{
    return s->rows - 2 * s->hidden;
}

static size_t rows_of_o(const struct step *s)
{
    return s->rows - s->hidden;
}

/* The peephole of row q: those of i and f see c(t-1), that of o, the last, sees c(t). */
static double peephole(const struct step *s, size_t q)
{
    return s->r->peepholes ? s->r->parameters[s->at.peephole + q] : 0;
}

static size_t peephole_of_o(const struct step *s)
{
    return (s->r->couple ? 1 : 2) * s->hidden;
}

static int is_input_left(const struct step *s)
{
    return (s->r->couple == RNN_COUPLE_FORGET) != (s->r->fault == FAULT_COUPLE_SWAPPED);
}

static void input_and_forget(const struct step *s, size_t j, double *i, double *f)
{
    size_t first = s->r->fault == FAULT_GATES_SWAPPED ? s->hidden : 0;
    *i = s->gate[s->r->couple ? j : first + j];
    *f = s->gate[s->r->couple ? j : s->hidden - first + j];
    if (s->r->couple && is_input_left(s))
        *f = 1 - *i;
    else if (s->r->couple)
        *i = 1 - *f;
}

/* k(c(t)), and the argument of k. */
static double squash_c(const struct step *s, size_t j)
{
    const double *p = s->r->parameters;
    s->seen_c[j] = s->fresh[STATE_C][j];
    if (s->r->layer_norm)
        s->seen_c[j] = p[s->at.norm_c + j] * s->normal_c[j] + p[s->at.norm_c_bias + j];
    return step_activation(&s->k, s->seen_c[j]);
}

/* i, f, g and c(t). */
static void lstm_new_c(struct step *s)
{
    const double *c = s->before[STATE_C];
    double i, f;
    for (size_t q = 0; q < rows_of_o(s); q++) {
        s->a[q] = s->input.sum[q] + s->recurrent.sum[q];
        if (q < rows_of_g(s))
            s->a[q] += peephole(s, q) * c[q % s->hidden];
        s->gate[q] = step_gate(s, q < rows_of_g(s) ? &s->f : &s->g, s->a[q]);
    }
    for (size_t j = 0; j < s->hidden; j++) {
        input_and_forget(s, j, &i, &f);
        s->raw_c[j] = f * c[j] + i * s->gate[rows_of_g(s) + j];
        s->fresh[STATE_C][j] =
            s->r->fault == FAULT_CELL_CLIP_LATE ? s->raw_c[j] : step_limit(s->raw_c[j], s->r->cell_clip);
        if (s->r->fault == FAULT_ZONEOUT_C_FIRST)
            s->fresh[STATE_C][j] += s->keep[STATE_C][j] * (c[j] - s->fresh[STATE_C][j]);
    }
}

static void lstm_new_h(struct step *s)
{
    const double *c = s->r->fault == FAULT_PEEPHOLE_O_EARLY ? s->before[STATE_C] : s->fresh[STATE_C];
    const double *w = &s->r->parameters[s->at.weight_hr]; /* [P,H] */
    for (size_t j = 0; j < s->hidden; j++) {
        size_t o = rows_of_o(s) + j;
        s->a[o] = s->input.sum[o] + s->recurrent.sum[o] + peephole(s, peephole_of_o(s) + j) * c[j];
        s->gate[o] = step_gate(s, &s->f, s->a[o]);
        s->q[j] = s->gate[o] * squash_c(s, j);
    }
    for (size_t j = 0; j < reference_recurrent(s->r); j++) {
        s->fresh[STATE_H][j] = s->r->projection ? 0 : s->q[j];
        for (size_t i = 0; i < s->hidden && s->r->projection; i++)
            s->fresh[STATE_H][j] += w[j * s->hidden + i] * s->q[i];
    }
}

static void lstm_forward(struct step *s)
{
    lstm_new_c(s);
    memcpy(s->normal_c, s->fresh[STATE_C], s->hidden * sizeof *s->normal_c);
    if (s->r->layer_norm)
        s->deviation_c = step_normalise(s->r, s->normal_c, s->hidden);
    lstm_new_h(s);
    for (size_t j = 0; j < s->hidden; j++) {
        if (s->r->fault == FAULT_CELL_CLIP_LATE)
            s->fresh[STATE_C][j] = step_limit(s->fresh[STATE_C][j], s->r->cell_clip);
        if (s->r->fault == FAULT_NORM_C_KEPT && s->r->layer_norm)
            s->fresh[STATE_C][j] = s->seen_c[j];
    }
}

static void projection_backward(struct step *s)
{
    const double *w = &s->r->parameters[s->at.weight_hr], *dh = s->dfresh[STATE_H];
    double *dw = &s->r->gradients[s->at.weight_hr]; /* [P,H] */
    size_t n = s->r->projection;
    for (size_t j = 0; j < s->hidden; j++)
        s->dq[j] = n ? 0 : dh[j];
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < s->hidden; i++) {
            dw[j * s->hidden + i] += dh[j] * s->q[i];
            s->dq[i] += dh[j] * w[s->r->fault == FAULT_PROJECTION_NOT_TURNED ? i * n + j : j * s->hidden + i];
        }
}

/* Adds dq through k and the normalisation of c to dfresh of c. */
static void squash_backward(struct step *s)
{
    const double *p = s->r->parameters;
    double *g = s->r->gradients, *dc = s->dseen_c;
    for (size_t j = 0; j < s->hidden; j++) {
        dc[j] = s->dq[j] * s->gate[rows_of_o(s) + j] * step_derivative(&s->k, s->seen_c[j]);
        if (s->r->layer_norm) {
            g[s->at.norm_c + j] += dc[j] * s->normal_c[j];
            g[s->at.norm_c_bias + j] += dc[j];
            dc[j] *= p[s->at.norm_c + j];
        }
    }
    if (s->r->layer_norm)
        step_normalise_backward(s->r, dc, s->normal_c, s->deviation_c, s->hidden);
    for (size_t j = 0; j < s->hidden; j++)
        s->dfresh[STATE_C][j] += dc[j];
}

/* From dgate to dsum of row q, whose peephole q_peephole sees c; returns the gradient for that c. */
static double gate_backward(struct step *s, const struct activation *f, size_t q, size_t q_peephole, double c)
{
    double da = s->dgate[q] * step_slope(s, f, s->a[q]);
    s->input.dsum[q] = s->recurrent.dsum[q] = da;
    if (!s->r->peepholes || q_peephole == SIZE_MAX)
        return 0;
    s->r->gradients[s->at.peephole + q_peephole] += da * c;
    return s->r->fault == FAULT_PEEPHOLE_NOT_BACK ? 0 : da * peephole(s, q_peephole);
}

static void output_gate_backward(struct step *s)
{
    for (size_t j = 0; j < s->hidden; j++) {
        size_t o = rows_of_o(s) + j;
        s->dgate[o] = s->dq[j] * step_activation(&s->k, s->seen_c[j]);
        s->dfresh[STATE_C][j] += gate_backward(s, &s->f, o, peephole_of_o(s) + j, s->fresh[STATE_C][j]);
    }
}

/* From dc(t) to i, f, g and c(t-1). */
static void new_c_backward(struct step *s, size_t j)
{
    const double *c = s->before[STATE_C];
    size_t h = s->hidden, g = rows_of_g(s) + j;
    double i, f, dc = s->dfresh[STATE_C][j];
    double inside = step_limit(s->raw_c[j], s->r->cell_clip);
    if ((inside < s->raw_c[j] || inside > s->raw_c[j]) && s->r->fault != FAULT_CELL_CLIP_SLOPE_IGNORED)
        dc = 0;
    input_and_forget(s, j, &i, &f);
    double di = dc * s->gate[g], df = dc * (s->r->fault == FAULT_DF_FROM_NEW_C ? s->fresh[STATE_C][j] : c[j]);
    double through = s->r->fault == FAULT_COUPLE_NOT_BACK ? 0 : 1; /* 1 - i or 1 - f */
    s->dgate[g] = dc * i;
    s->dgate[j] = !s->r->couple ? di : is_input_left(s) ? di - df * through : df - di * through;
    if (!s->r->couple)
        s->dgate[h + j] = df;
    double *dbefore = &s->dbefore[STATE_C][j];
    *dbefore += s->r->fault == FAULT_C_NOT_CARRIED ? 0 : dc * f;
    *dbefore += gate_backward(s, &s->f, j, j, c[j]);
    if (!s->r->couple)
        *dbefore += gate_backward(s, &s->f, h + j, h + j, c[j]);
    gate_backward(s, &s->g, g, SIZE_MAX, 0);
}

static void lstm_backward(struct step *s)
{
    projection_backward(s);
    squash_backward(s);
    output_gate_backward(s);
    for (size_t j = 0; j < s->hidden; j++)
        new_c_backward(s, j);
}

/* ---- RNN_CELL_GRU ----------------------------------------------------------------------------------------------- */

static int reset_before(const struct step *s)
{
    int before = s->r->reset == RNN_RESET_BEFORE;
    return s->r->cell == RNN_CELL_GRU && before != (s->r->fault == FAULT_RESET_MISPLACED && !s->r->layer_norm);
}

/* r * h(t-1), the input of W_hn. */
static void reset_h(struct step *s)
{
    double *rh = step_vector(s);
    for (size_t j = 0; j < s->hidden; j++)
        rh[j] = s->gate[j] * s->recurrent.in[j];
    s->reset.in = rh;
    step_product_forward(s, &s->reset, 2 * s->hidden, 3 * s->hidden);
}

/* W_hn ... + b_hn with its reset. */
static double gru_recurrent(const struct step *s, size_t j)
{
    size_t n = 2 * s->hidden + j;
    double bias = step_bias(s, &s->recurrent, n);
    if (reset_before(s))
        return s->reset.sum[n];
    if (s->r->fault == FAULT_BIAS_HN_OUTSIDE)
        return s->gate[j] * (s->recurrent.sum[n] - bias) + bias;
    return s->gate[j] * s->recurrent.sum[n];
}

static void gru_forward(struct step *s)
{
    const double *before = s->r->fault == FAULT_RECURRENT_MASK_IN_UPDATE ? s->recurrent.in : s->before[STATE_H];
    for (size_t q = 0; q < 2 * s->hidden; q++) {
        s->a[q] = s->input.sum[q] + s->recurrent.sum[q];
        s->gate[q] = step_gate(s, &s->f, s->a[q]);
    }
    if (reset_before(s))
        reset_h(s);
    for (size_t j = 0; j < s->hidden; j++) {
        size_t n = 2 * s->hidden + j;
        double z = s->gate[s->hidden + j];
        if (s->r->fault == FAULT_UPDATE_SWAPPED)
            z = 1 - z;
        s->a[n] = s->input.sum[n] + gru_recurrent(s, j);
        s->gate[n] = step_gate(s, &s->g, s->a[n]);
        s->fresh[STATE_H][j] = (1 - z) * s->gate[n] + z * before[j];
    }
}

/* From n back to r and, with the reset before the product, to h(t-1). */
static void reset_backward(struct step *s)
{
    double *dr = s->dgate;
    size_t h = s->hidden;
    for (size_t j = 0; j < h; j++) {
        double da = s->input.dsum[2 * h + j];
        s->recurrent.dsum[2 * h + j] = da * s->gate[j];
        s->reset.dsum[2 * h + j] = da;
        dr[j] = da * s->recurrent.sum[2 * h + j];
    }
    if (!reset_before(s))
        return;
    step_product_backward(s, &s->reset, 2 * h, 3 * h);
    for (size_t j = 0; j < h; j++) {
        dr[j] = s->reset.din[j] * s->recurrent.in[j];
        s->below_h[j] += s->reset.din[j] * s->gate[j];
    }
}

static void gru_backward(struct step *s)
{
    const double *dh = s->dfresh[STATE_H];
    size_t h = s->hidden;
    for (size_t j = 0; j < h; j++) {
        double z = s->gate[h + j], n = s->gate[2 * h + j];
        s->dgate[h + j] = dh[j] * (s->before[STATE_H][j] - n);
        s->dbefore[STATE_H][j] += s->r->fault == FAULT_UPDATE_NOT_CARRIED ? 0 : dh[j] * z;
        s->input.dsum[2 * h + j] = dh[j] * (1 - z) * step_slope(s, &s->g, s->a[2 * h + j]);
    }
    reset_backward(s);
    for (size_t q = 0; q < 2 * h; q++) {
        int lost = s->r->fault == FAULT_RESET_NOT_BACK && q < h;
        s->input.dsum[q] = s->recurrent.dsum[q] = lost ? 0 : s->dgate[q] * step_slope(s, &s->f, s->a[q]);
    }
}

/* ---- RNN_CELL_MINGRU -------------------------------------------------------------------------------------------- */

static void mingru_forward(struct step *s)
{
    for (size_t j = 0; j < s->hidden; j++) {
        double z = step_activation(&s->f, s->input.sum[j]), n = step_activation(&s->g, s->input.sum[s->hidden + j]);
        if (s->r->fault == FAULT_UPDATE_SWAPPED)
            z = 1 - z;
        s->fresh[STATE_H][j] = (1 - z) * s->before[STATE_H][j] + z * n;
    }
}

static void mingru_backward(struct step *s)
{
    for (size_t j = 0; j < s->hidden; j++) {
        double dh = s->dfresh[STATE_H][j], a_z = s->input.sum[j], a_n = s->input.sum[s->hidden + j];
        double z = step_activation(&s->f, a_z), n = step_activation(&s->g, a_n);
        s->dbefore[STATE_H][j] += s->r->fault == FAULT_UPDATE_NOT_CARRIED ? 0 : dh * (1 - z);
        s->input.dsum[j] = dh * (n - s->before[STATE_H][j]) * step_derivative(&s->f, a_z);
        s->input.dsum[s->hidden + j] = dh * z * step_derivative(&s->g, a_n);
    }
}

/* ---- RNN_CELL_MINGRU_HIGHWAY ------------------------------------------------------------------------------------ */

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* Element j of a step: the gates, and G', z', p'. */
struct highway {
    double n, z, p, dn, dz, dp;
};

static struct highway highway_gates(const struct step *s, size_t j)
{
    double a = s->input.sum[j], z = sigmoid(s->input.sum[s->hidden + j]), p = sigmoid(s->input.sum[2 * s->hidden + j]);
    struct highway e = {.n = a >= 0 ? a + 0.5 : sigmoid(a),
                        .z = s->r->fault == FAULT_UPDATE_SWAPPED ? 1 - z : z,
                        .p = s->r->fault == FAULT_HIGHWAY_SWAPPED ? 1 - p : p,
                        .dn = a >= 0 ? 1 : sigmoid(a) * (1 - sigmoid(a)),
                        .dz = z * (1 - z),
                        .dp = p * (1 - p)};
    return e;
}

static void highway_forward(struct step *s)
{
    for (size_t j = 0; j < s->hidden; j++) {
        struct highway e = highway_gates(s, j);
        s->after[STATE_C][j] = (1 - e.z) * s->before[STATE_C][j] + e.z * e.n;
        s->fresh[STATE_H][j] = e.p * s->after[STATE_C][j] + (1 - e.p) * s->input.in[j];
    }
}

static void highway_backward(struct step *s)
{
    size_t h = s->hidden;
    for (size_t j = 0; j < h; j++) {
        struct highway e = highway_gates(s, j);
        double dh = s->dfresh[STATE_H][j], dc = s->dbefore[STATE_C][j] + dh * e.p;
        s->input.dsum[j] = dc * e.z * e.dn;
        s->input.dsum[h + j] = dc * (e.n - s->before[STATE_C][j]) * e.dz;
        s->input.dsum[2 * h + j] = dh * (s->after[STATE_C][j] - s->input.in[j]) * e.dp;
        s->below_x[j] = s->r->fault == FAULT_HIGHWAY_X_NOT_BACK ? 0 : dh * (1 - e.p);
        s->dbefore[STATE_C][j] = s->r->fault == FAULT_C_NOT_CARRIED ? 0 : dc * (1 - e.z);
    }
}

/* ---- RNN_CELL_INDRNN -------------------------------------------------------------------------------------------- */

static void indrnn_forward(struct step *s)
{
    const double *u = &s->r->parameters[s->at.weight_hh]; /* [H] */
    for (size_t j = 0; j < s->hidden; j++) {
        s->a[j] = s->input.sum[j] + u[j] * s->recurrent.in[j];
        s->fresh[STATE_H][j] = step_gate(s, &s->f, s->a[j]);
    }
}

static void indrnn_backward(struct step *s)
{
    const double *u = &s->r->parameters[s->at.weight_hh];
    double *du = &s->r->gradients[s->at.weight_hh];
    const double *seen = s->r->fault == FAULT_INDRNN_SAME_STEP ? s->after[STATE_H] : s->recurrent.in;
    for (size_t j = 0; j < s->hidden; j++) {
        double a = s->dfresh[STATE_H][j] * step_slope(s, &s->f, s->a[j]);
        s->input.dsum[j] = a;
        du[j] += a * seen[j];
        s->below_h[j] += s->r->fault == FAULT_INDRNN_NOT_BACK ? 0 : a * u[j];
    }
}

/* ---- RNN_CELL_SLSTM --------------------------------------------------------------------------------------------- */

/* Element j of a step: the sums of products, the gates, and the term that gave m. */
struct slstm {
    double a_i, a_f, a_z, a_o, log_f, i, f, z, o, m;
    int start, input_won;
};

static struct slstm slstm_gates(const struct step *s, size_t j)
{
    struct slstm e;
    double *sums[] = {&e.a_i, &e.a_f, &e.a_z, &e.a_o};
    double m = s->before[STATE_M][j];
    for (size_t gate_number = 0; gate_number < 4; gate_number++) {
        size_t swap = s->r->fault == FAULT_GATES_SWAPPED && gate_number < 2 ? 1 - gate_number : gate_number;
        size_t q = swap * s->hidden + j;
        *sums[gate_number] = s->input.sum[q] + s->recurrent.sum[q];
    }
    e.log_f = log(sigmoid(e.a_f));
    e.start = !(s->before[STATE_N][j] < 0 || s->before[STATE_N][j] > 0) && s->r->fault != FAULT_SLSTM_START_IGNORED;
    e.input_won = e.start || e.log_f + m < e.a_i;
    e.m = e.input_won ? e.a_i : e.log_f + m;
    e.i = exp(e.a_i - e.m);
    e.f = e.start ? 0 : exp(e.log_f + m - e.m);
    e.z = tanh(e.a_z);
    e.o = sigmoid(e.a_o);
    return e;
}

static void slstm_forward(struct step *s)
{
    for (size_t j = 0; j < s->hidden; j++) {
        struct slstm e = slstm_gates(s, j);
        s->after[STATE_M][j] = e.m;
        s->after[STATE_C][j] = e.f * s->before[STATE_C][j] + e.i * e.z;
        s->after[STATE_N][j] = e.f * s->before[STATE_N][j] + e.i;
        s->fresh[STATE_H][j] = e.o * s->after[STATE_C][j] / s->after[STATE_N][j];
    }
}

static void slstm_element_backward(struct step *s, size_t j)
{
    struct slstm e = slstm_gates(s, j);
    size_t h = s->hidden;
    double c = s->after[STATE_C][j], n = s->after[STATE_N][j], dh = s->dfresh[STATE_H][j];
    double dc = s->dbefore[STATE_C][j] + dh * e.o / n;
    double dn = s->dbefore[STATE_N][j] - (s->r->fault == FAULT_SLSTM_N_NOT_BACK ? 0 : dh * e.o * c / (n * n));
    double d_o = dh * c / n, di = dc * e.z + dn, dz = dc * e.i;
    double df = dc * s->before[STATE_C][j] + dn * s->before[STATE_N][j];
    double da_i = di * e.i, dlog_f = df * e.f; /* and the same of f goes to m(t-1) */
    double dm = s->dbefore[STATE_M][j] - di * e.i - df * e.f;
    if (s->r->fault == FAULT_SLSTM_M_NOT_BACK)
        dm = 0;
    da_i += e.input_won ? dm : 0;
    dlog_f += e.input_won ? 0 : dm;
    s->dbefore[STATE_C][j] = dc * e.f;
    s->dbefore[STATE_N][j] = dn * e.f;
    s->dbefore[STATE_M][j] = dlog_f;
    const double da[] = {da_i, dlog_f * (1 - sigmoid(e.a_f)), dz * (1 - e.z * e.z), d_o * e.o * (1 - e.o)};
    for (size_t gate_number = 0; gate_number < 4; gate_number++)
        s->input.dsum[gate_number * h + j] = s->recurrent.dsum[gate_number * h + j] = da[gate_number];
}

static void slstm_backward(struct step *s)
{
    for (size_t j = 0; j < s->hidden; j++)
        slstm_element_backward(s, j);
}

/* ---- all cells -------------------------------------------------------------------------------------------------- */

/* How many rows the recurrent product has. */
size_t step_recurrent_rows(const struct step *s)
{
    if (s->r->cell == RNN_CELL_MINGRU || s->r->cell == RNN_CELL_MINGRU_HIGHWAY || s->r->cell == RNN_CELL_INDRNN)
        return 0;
    return reset_before(s) ? 2 * s->hidden : s->rows;
}

void step_cell_forward(struct step *s)
{
    switch (s->r->cell) {
    case RNN_CELL_LSTM:
        lstm_forward(s);
        break;
    case RNN_CELL_GRU:
        gru_forward(s);
        break;
    case RNN_CELL_MINGRU:
        mingru_forward(s);
        break;
    case RNN_CELL_MINGRU_HIGHWAY:
        highway_forward(s);
        break;
    case RNN_CELL_INDRNN:
        indrnn_forward(s);
        break;
    case RNN_CELL_SLSTM:
        slstm_forward(s);
        break;
    default:
        simple_forward(s);
    }
}

void step_cell_backward(struct step *s)
{
    switch (s->r->cell) {
    case RNN_CELL_LSTM:
        lstm_backward(s);
        break;
    case RNN_CELL_GRU:
        gru_backward(s);
        break;
    case RNN_CELL_MINGRU:
        mingru_backward(s);
        break;
    case RNN_CELL_MINGRU_HIGHWAY:
        highway_backward(s);
        break;
    case RNN_CELL_INDRNN:
        indrnn_backward(s);
        break;
    case RNN_CELL_SLSTM:
        slstm_backward(s);
        break;
    default:
        simple_backward(s);
    }
}
