/* RNN_PRECISION: a step of every cell, against the reference in double.  What the rounding of weights and rows can do
 * to the sums of a gate follows from the format; what that does to the outputs follows from the equations of the cell.
 */
#include "oracle/narrow_bound.h"
#include "oracle/network_pair.h"

#include <math.h>
#include <stdlib.h>

#include "math/kernels.h"

enum { BATCH = 3 };

/* ---- from the sums of a gate to the outputs ---------------------------------------------------------------------- */

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* The largest absolute value of `start` [rows] + W a over all rows and sequences; W [rows,k] and the biases are at
 * offsets in the parameters, a [B,k].  Where absolute is set, of each product the absolute value. */
static double largest_sum(const struct reference *r, size_t weight, size_t bias, size_t rows, const double *a, size_t k,
                          int absolute)
{
    double largest = 0;
    for (size_t b = 0; b < BATCH; b++)
        for (size_t i = 0; i < rows; i++) {
            double sum = r->no_bias ? 0 : r->parameters[bias + i];
            sum = absolute ? fabs(sum) : sum;
            for (size_t q = 0; q < k; q++) {
                double product = r->parameters[weight + i * k + q] * a[b * k + q];
                sum += absolute ? fabs(product) : product;
            }
            largest = larger(largest, fabs(sum));
        }
    return largest;
}

/* The most by which a product of rows [B,k] with W [rows,k] can be wrong. */
static double product_error(const struct reference *r, int64_t precision, size_t weight, size_t rows, const double *a,
                            size_t k)
{
    double largest = 0;
    float *row = malloc(k * sizeof *row), *w = malloc(k * sizeof *w);
    assert_true(row && w);
    for (size_t b = 0; b < BATCH; b++)
        for (size_t i = 0; i < rows; i++) {
            for (size_t q = 0; q < k; q++) {
                row[q] = (float)a[b * k + q];
                w[q] = (float)r->parameters[weight + i * k + q];
            }
            largest = larger(largest, narrow_bound(precision, row, w, k));
        }
    free(row);
    free(w);
    return largest;
}

/* The same with 1 for all elements of rows: for rows that are not known, of numbers from -1 to 1. */
static double error_of_ones(const struct reference *r, int64_t precision, size_t weight, size_t rows, size_t k)
{
    double *ones = malloc(BATCH * k * sizeof *ones);
    assert_non_null(ones);
    for (size_t i = 0; i < BATCH * k; i++)
        ones[i] = 1;
    double error = product_error(r, precision, weight, rows, ones, k);
    free(ones);
    return error;
}

static double largest_state(const struct reference *r, enum state_kind kind)
{
    double largest = 0;
    for (size_t i = 0; i < reference_states(r, kind); i++)
        largest = larger(largest, fabs(r->initial[kind][i]));
    return largest;
}

/* Each gives the most by which an output can be wrong, if the sums of gates are wrong by at most d.  The slope of the
 * sigmoid is at most 1/4, that of tanh and relu 1; gates lie in 0 .. 1, tanh in -1 .. 1. */
typedef double reach(const struct reference *r, int64_t precision, double d);

static double of_rnn(const struct reference *r, int64_t precision, double d)
{
    (void)r, (void)precision;
    return d;
}

/* c = f c0 + i g is wrong by |c0| d/4 + d/4 + d; h = o tanh(c) by d/4, and by what c is.  With peepholes, o sees the
 * c that is wrong.  A projection multiplies what is wrong by W_hr, and has its own errors. */
static double of_lstm(const struct reference *r, int64_t precision, double d)
{
    struct places at = reference_places(r, 0, 0);
    double c = d * (largest_state(r, STATE_C) + 5) / 4, peephole = 0, widest = 0;
    for (size_t i = 0; r->peepholes && i < 3 * r->hidden; i++)
        peephole = larger(peephole, fabs(r->parameters[at.peephole + i]));
    double h = (d + peephole * c) / 4 + c;
    if (!r->projection)
        return h;
    for (size_t i = 0; i < r->projection; i++) {
        double sum = 0;
        for (size_t q = 0; q < r->hidden; q++)
            sum += fabs(r->parameters[at.weight_hr + i * r->hidden + q]);
        widest = larger(widest, sum);
    }
    return h * widest + error_of_ones(r, precision, at.weight_hr, r->projection, r->hidden);
}

/* n = tanh(a + r b) is wrong by d + |b| d/4; h = (1 - z) n + z h0 by that, and by |h0 - n| d/4.  RNN_RESET_BEFORE:
 * b = W_hn (r h0) has other rows, which are wrong by |h0| d/4. */
static double of_gru(const struct reference *r, int64_t precision, double d)
{
    struct places at = reference_places(r, 0, 0);
    size_t weight = at.weight_hh + 2 * r->hidden * r->hidden, bias = at.bias_hh + 2 * r->hidden;
    int before = r->reset == RNN_RESET_BEFORE;
    double n = d + largest_sum(r, weight, bias, r->hidden, r->initial[STATE_H], r->hidden, before) * d / 4;
    if (before)
        n += larger(1, largest_state(r, STATE_H)) * error_of_ones(r, precision, weight, r->hidden, r->hidden);
    return n + (largest_state(r, STATE_H) + 1) * d / 4;
}

/* n is the sum itself: h = (1 - z) h0 + z n is wrong by d, and by |n - h0| d/4. */
static double of_mingru(const struct reference *r, int64_t precision, double d)
{
    (void)precision;
    struct places at = reference_places(r, 0, 0);
    size_t k = reference_width(r, 0);
    double n = largest_sum(r, at.weight_ih + r->hidden * k, at.bias_ih + r->hidden, r->hidden, r->x, k, 0);
    return d + (n + d + largest_state(r, STATE_H)) * d / 4;
}

/* As minGRU, with n at most 1 + |sum| and c for h; h = p c + (1 - p) x adds |c - x| d/4. */
static double of_highway(const struct reference *r, int64_t precision, double d)
{
    (void)precision;
    struct places at = reference_places(r, 0, 0);
    double x = 0, n = 1 + d, c0 = largest_state(r, STATE_C);
    n += largest_sum(r, at.weight_ih, at.bias_ih, r->hidden, r->x, r->hidden, 0);
    for (size_t i = 0; i < BATCH * r->hidden; i++)
        x = larger(x, fabs(r->x[i]));
    double c = d + (n + c0) * d / 4;
    return c + (larger(n, c0) + x) * d / 4;
}

/* c / n = (1 - w) c0 / n0 + w tanh(a_z), w being the sigmoid of a_i - log(sigmoid(a_f)) - m0 - log(n0), which is wrong
 * by 2 d: so c / n is wrong by d, and by (1 + |c0 / n0|) d/2. */
static double of_slstm(const struct reference *r, int64_t precision, double d)
{
    (void)precision;
    double ratio = 0;
    for (size_t i = 0; i < reference_states(r, STATE_C); i++)
        if (r->initial[STATE_N][i] > 0)
            ratio = larger(ratio, fabs(r->initial[STATE_C][i]) / r->initial[STATE_N][i]);
    return d + (1 + ratio) * d / 2 + larger(1, ratio) * d / 4;
}

/* ---- the cells --------------------------------------------------------------------------------------------------- */

static const struct {
    struct reference options;
    reach *reach;
} cells[] = {
    {{.cell = RNN_CELL_TANH}, of_rnn},
    {{.cell = RNN_CELL_RELU}, of_rnn},
    {{.cell = RNN_CELL_LSTM}, of_lstm},
    {{.cell = RNN_CELL_LSTM, .peepholes = 1}, of_lstm},
    {{.cell = RNN_CELL_LSTM, .projection = 3}, of_lstm},
    {{.cell = RNN_CELL_LSTM, .couple = RNN_COUPLE_FORGET}, of_lstm},
    {{.cell = RNN_CELL_LSTM, .couple = RNN_COUPLE_INPUT, .no_bias = 1}, of_lstm},
    {{.cell = RNN_CELL_GRU}, of_gru},
    {{.cell = RNN_CELL_GRU, .reset = RNN_RESET_BEFORE}, of_gru},
    {{.cell = RNN_CELL_MINGRU}, of_mingru},
    {{.cell = RNN_CELL_SLSTM}, of_slstm},
    {{.cell = RNN_CELL_INDRNN}, of_rnn},
    {{.cell = RNN_CELL_MINGRU_HIGHWAY}, of_highway},
};

enum { CELLS = sizeof cells / sizeof *cells };

static int has_recurrent_matrix(const struct reference *r)
{
    return r->cell != RNN_CELL_MINGRU && r->cell != RNN_CELL_MINGRU_HIGHWAY && r->cell != RNN_CELL_INDRNN;
}

/* The most by which the sums of a gate can be wrong. */
static double gate_error(const struct reference *r, int64_t precision)
{
    struct places at = reference_places(r, 0, 0);
    size_t rows = reference_gates(r) * r->hidden, k = reference_width(r, 0), recurrent = reference_recurrent(r);
    double error = product_error(r, precision, at.weight_ih, rows, r->x, k);
    if (has_recurrent_matrix(r))
        error += product_error(r, precision, at.weight_hh, rows, r->initial[STATE_H], recurrent);
    return error;
}

/* The largest error of an output as a part of the bound. */
static double error_of_cell(size_t cell, size_t inputs, size_t hidden, int64_t precision, uint64_t seed)
{
    struct reference options = cells[cell].options;
    options.layers = 1;
    options.hidden = hidden;
    options.inputs = options.cell == RNN_CELL_MINGRU_HIGHWAY ? hidden : inputs;
    options.direction = RNN_DIRECTION_FORWARD;
    struct network_pair pair = pair_open(options, seed);
    rnn_session_destroy(pair.session);
    pair.session = NULL;
    assert_ok(rnn_model_set_precision(pair.model, (int32_t)precision));
    pair_session(&pair, RNN_INFERENCE);
    pair_data(&pair, 1, BATCH, FULL);
    pair_begin(&pair, pair.session);
    pair_piece(&pair, pair.session, 0, 1);
    reference_forward(&pair.r);
    double bound = 1e-5 + 1.001 * cells[cell].reach(&pair.r, precision, gate_error(&pair.r, precision)), largest = 0;
    for (size_t i = 0; i < pair_outputs(&pair); i++)
        largest = larger(largest, fabs((double)pair.y[i] - pair.r.y[i]));
    pair_close(&pair);
    return largest / bound;
}

static void outputs_keep_their_bounds(void **state)
{
    (void)state;
    static const struct {
        size_t inputs, hidden;
    } sizes[] = {{1, 1}, {2, 3}, {7, 19}, {64, 33}, {130, 71}};
    const struct rnni_kernels *in_use = rnni_kernels();
    for (size_t i = 0; rnni_kernels_available(i); i++) {
        rnni_kernels_select(rnni_kernels_available(i));
        for (size_t cell = 0; cell < CELLS; cell++)
            for (int64_t precision = RNN_PRECISION_BF16; precision <= RNN_PRECISION_INT8; precision++) {
                double largest = 0;
                for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
                    double part = error_of_cell(cell, sizes[s].inputs, sizes[s].hidden, precision, 20 + s);
                    if (part > 1)
                        print_message("cell %zu, I %zu, H %zu, precision %d: %g of the bound\n", cell, sizes[s].inputs,
                                      sizes[s].hidden, (int)precision, part);
                    assert_true(part <= 1);
                    largest = larger(largest, part);
                }
                assert_true(largest > 1e-3); /* else nothing was rounded, or the bound says nothing */
            }
    }
    rnni_kernels_select(in_use);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_keep_their_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
