/* Networks with random options, among all that rnn.h allows. */
#include "oracle/reference.h"

#include "support/support.h"

static size_t below(size_t end, uint64_t *state)
{
    return (size_t)((uniform(state) + 1) / 2 * (double)end);
}

static int one_in(size_t n, uint64_t *state)
{
    return below(n, state) == 0;
}

/* Mostly 0, an option that is not set, or else a number in [least, most). */
static double sometimes(double least, double most, uint64_t *state)
{
    double x = least + (most - least) * (uniform(state) + 1) / 2;
    return one_in(3, state) ? (float)x : 0;
}

/* A random activation with valid parameters with which recurrences do not grow. */
static struct activation random_activation(uint64_t *state)
{
    struct activation f = {.kind = (int)below(RNN_ACTIVATION_AFFINE + 1, state)};
    int has_beta = f.kind == RNN_ACTIVATION_HARD_SIGMOID || f.kind == RNN_ACTIVATION_SCALED_TANH ||
                   f.kind == RNN_ACTIVATION_AFFINE;
    int has_alpha = has_beta || f.kind == RNN_ACTIVATION_LEAKY_RELU || f.kind == RNN_ACTIVATION_ELU ||
                    f.kind == RNN_ACTIVATION_THRESHOLDED_RELU;
    if (has_alpha && one_in(2, state)) {
        f.alpha_set = 1;
        f.alpha = (float)(0.5 + 0.4 * uniform(state));
    }
    if (has_beta && one_in(2, state)) {
        f.beta_set = 1;
        f.beta = (float)(0.5 * uniform(state));
    }
    return f;
}

static void random_shape(struct reference *r, size_t widest, uint64_t *state)
{
    size_t kind = below(3, state);
    r->hidden = 1 + below(widest, state);
    r->layers = 1 + below(3, state);
    *(kind == 0 ? &r->inputs : &r->vocabulary) = 1 + below(widest, state);
    r->embedding = kind == 2 ? 1 + below(widest, state) : 0;
    r->classes = one_in(4, state) ? 0 : 1 + below(widest, state);
    r->direction = RNN_DIRECTION_FORWARD + (int)below(3, state);
    r->merge = r->direction == RNN_DIRECTION_BOTH && one_in(2, state) ? RNN_MERGE_SUM : RNN_MERGE_CONCATENATE;
    r->output = RNN_OUTPUT_EVERY_STEP + (int)(one_in(2, state) ? 0 : below(3, state));
    r->no_bias = one_in(4, state);
    r->residual = one_in(3, state);
    r->training = 1;
    r->mask_seed = below(1000, state);
    r->dropout = sometimes(0.1, 0.6, state);
    r->zoneout = sometimes(0.1, 0.6, state);
}

static void random_lstm(struct reference *r, size_t widest, uint64_t *state)
{
    r->projection = one_in(3, state) ? 1 + below(widest, state) : 0;
    r->peepholes = one_in(2, state);
    r->couple = one_in(2, state) ? 0 : RNN_COUPLE_FORGET + (int)below(2, state);
    r->zoneout_cell = sometimes(0.1, 0.6, state);
    r->cell_clip = sometimes(0.3, 1, state);
    r->activation_h = one_in(3, state) ? random_activation(state) : (struct activation){0};
}

/* Layer normalisation of few numbers gives little more than their signs, and multiplies the difference between nearly
 * equal ones by up to 1/sqrt(1e-5): then no small change stays small, and no rounding error. */
static void random_layer_norm(struct reference *r, uint64_t *state)
{
    r->layer_norm = one_in(3, state);
    if (r->layer_norm)
        r->hidden += 4;
}

static int is_bounded(const struct activation *f)
{
    return f->kind == 0 || f->kind == RNN_ACTIVATION_TANH || f->kind == RNN_ACTIVATION_SIGMOID ||
           f->kind == RNN_ACTIVATION_HARD_SIGMOID || f->kind == RNN_ACTIVATION_SCALED_TANH ||
           f->kind == RNN_ACTIVATION_SOFTSIGN;
}

/* An unbounded gate that depends on h multiplies h, so that values above 1 are squared at each step. */
static void bound_gates(struct reference *r)
{
    if ((r->cell == RNN_CELL_LSTM || r->cell == RNN_CELL_GRU) && !is_bounded(&r->activation_f) && r->clip <= 0)
        r->clip = 0.75;
}

struct reference reference_random(size_t widest, uint64_t *state)
{
    struct reference r = {.cell = RNN_CELL_TANH + (int)below(LAST_CELL, state)};
    int gru = r.cell == RNN_CELL_GRU, lstm = r.cell == RNN_CELL_LSTM, mingru = r.cell == RNN_CELL_MINGRU;
    int highway = r.cell == RNN_CELL_MINGRU_HIGHWAY;
    random_shape(&r, widest, state);
    if (lstm)
        random_lstm(&r, widest, state);
    if (lstm || gru)
        random_layer_norm(&r, state);
    if (gru && !r.layer_norm && one_in(2, state))
        r.reset = RNN_RESET_BEFORE;
    if (!mingru && !highway)
        r.recurrent_dropout = sometimes(0.1, 0.6, state);
    if (!mingru && !highway && r.cell != RNN_CELL_SLSTM)
        r.clip = sometimes(0.3, 1, state);
    if (r.cell != RNN_CELL_SLSTM && !highway && one_in(3, state))
        r.activation_f = random_activation(state);
    if ((lstm || gru || mingru) && one_in(3, state))
        r.activation_g = random_activation(state);
    bound_gates(&r);
    reference_correct_sizes(&r);
    return r;
}
