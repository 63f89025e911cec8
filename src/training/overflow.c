#include "training/overflow.h"

#include "base/assertion.h"
#include "training/gradient.h"

#include <math.h>
#include <string.h>

/* Less than half of what lies between FLT_MAX and the float below it: no finite parameter becomes infinite by such a
 * step. */
#define MOST_STEP 1e30

/* Below FLT_MAX with room for what the bounds leave out: that floats are rounded. */
#define MOST_VALUE  1e37
#define MOST_ROOTED 1e18 /* squares of these are below MOST_VALUE */
#define ROUNDED     1.0001

#define PIECE ((size_t)256) /* elements that are tried at a time */

static int has_square(int32_t kind)
{
    return kind != RNN_OPTIMIZER_SGD;
}

/* ---- bounds ------------------------------------------------------------------------------------------------------ */

/* Gradient descent with a decay that shrinks: what it adds to a step never makes a parameter larger. */
static int only_shrinks(const struct rnn_optimizer *optimizer, const struct rnni_rule *rule)
{
    return optimizer->kind == RNN_OPTIMIZER_SGD && !(rule->momentum > 0) && rule->decay <= 0.5f &&
           (double)rule->rate * (double)rule->decay <= 1;
}

static int decay_counts(const struct rnn_optimizer *optimizer, const struct rnni_rule *rule)
{
    return rule->decay > 0 && !only_shrinks(optimizer, rule);
}

int rnni_overflow_depends_on_parameters(const struct rnn_optimizer *optimizer, const struct rnni_rule *rule)
{
    int depends = 0;
    for (struct rnni_span s = {0}; rnni_optimizer_tensors_next(&optimizer->tensors, &s, optimizer->count);)
        depends |= !s.frozen && decay_counts(optimizer, rnni_optimizer_rule_of(optimizer, rule, &s));
    return depends;
}

/* max |d| of what clipping and decay leave of the gradients. */
static double largest_gradient(const struct rnni_trial *trial)
{
    const struct rnni_rule *rule = trial->rule;
    double g = trial->largest_g * (double)rule->scale * (double)rule->scale_again * ROUNDED;
    double clipped = g < (double)rule->most ? g : (double)rule->most;
    int decays = decay_counts(trial->optimizer, rule);
    return decays ? clipped + (double)rule->decay * trial->largest_p : clipped;
}

/* Whether the update can make nothing infinite; *after are then the bounds of the moments.  What is not a number gives
 * 0. */
static int is_excluded(const struct rnni_trial *trial, struct rnni_bounds *after)
{
    const struct rnni_rule *r = trial->rule;
    int32_t kind = trial->optimizer->kind;
    double d = largest_gradient(trial), rate = (double)r->rate, momentum = (double)r->momentum;
    double scaled = has_square(kind) ? d / (double)r->epsilon : d; /* d / (sqrt(v) + e) at most */
    double step = scaled;                                          /* by which p changes, but for the rate */
    *after = trial->optimizer->bounds;
    if (kind == RNN_OPTIMIZER_ADAGRAD)
        after->v += d * d;
    else if (has_square(kind))
        after->v = (double)r->keep_v * after->v + (double)r->take_v * d * d;
    if (kind == RNN_OPTIMIZER_ADAM || kind == RNN_OPTIMIZER_ADAMW) {
        after->m = (double)r->keep_m * after->m + (double)r->take_m * d;
        step = after->m / (double)r->epsilon;
    } else if (momentum > 0) {
        after->m = momentum * after->m + scaled;
        step = r->nesterov ? scaled + momentum * after->m : after->m;
    }
    return d < (has_square(kind) ? MOST_ROOTED : MOST_VALUE) && after->m < MOST_VALUE && after->v < MOST_VALUE &&
           scaled < MOST_VALUE && rate * d < MOST_VALUE && rate * after->m < MOST_VALUE && rate * step < MOST_STEP &&
           fabsf(r->shrink) <= 1;
}

/* ---- on copies --------------------------------------------------------------------------------------------------- */

struct piece {
    float p[PIECE], m[PIECE], v[PIECE], v_max[PIECE];
};

/* What became infinite in element i, of which p and g are what they were. */
static enum rnni_overflow overflow_at(const struct rnni_trial *trial, const struct piece *piece, size_t i, float p,
                                      float g)
{
    const struct rnn_optimizer *optimizer = trial->optimizer;
    float d = rnni_updates_gradient(trial->rule, g, p);
    if (has_square(optimizer->kind) && !isfinite(d * d))
        return RNNI_OVERFLOW_SQUARE;
    if (optimizer->moments.v && !isfinite(piece->v[i]))
        return RNNI_OVERFLOW_V;
    if (optimizer->moments.v_max && !isfinite(piece->v_max[i]))
        return RNNI_OVERFLOW_V_MAX;
    if (optimizer->moments.m && !isfinite(piece->m[i]))
        return RNNI_OVERFLOW_M;
    return isfinite(p) && !isfinite(piece->p[i]) ? RNNI_OVERFLOW_PARAMETER : RNNI_OVERFLOW_NONE;
}

/* to [count] = from, which it returns; NULL for NULL. */
static float *copy(float *to, const float *from, size_t count)
{
    return from ? memcpy(to, from, count * sizeof *to) : NULL;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static enum rnni_overflow try_piece(const struct rnni_trial *trial, struct rnni_bounds *after, size_t *index,
                                    size_t first, size_t count)
{
    const struct rnn_optimizer *optimizer = trial->optimizer;
    struct piece piece;
    const struct rnni_moments from = rnni_optimizer_moments(optimizer, first);
    float *m = copy(piece.m, from.m, count), *v = copy(piece.v, from.v, count);
    float *v_max = copy(piece.v_max, from.v_max, count);
    copy(piece.p, trial->p + first, count);
    rnni_optimizer_update(optimizer->kind, trial->rule, piece.p, (struct rnni_moments){m, v, v_max}, trial->g + first,
                          count);
    for (size_t i = 0; i < count; i++) {
        enum rnni_overflow found = overflow_at(trial, &piece, i, trial->p[first + i], trial->g[first + i]);
        if (found) {
            *index = first + i;
            return found;
        }
    }
    after->m = m ? larger(after->m, rnni_gradient_largest(m, count)) : 0;
    after->v = v ? larger(after->v, rnni_gradient_largest(v, count)) : 0;
    return RNNI_OVERFLOW_NONE;
}

/* `count` elements from `first` on, all by the rule of the trial. */
static enum rnni_overflow try_span(const struct rnni_trial *trial, struct rnni_bounds *after, size_t *index,
                                   size_t first, size_t count)
{
    enum rnni_overflow found = RNNI_OVERFLOW_NONE;
    if (is_excluded(trial, after))
        return found;
    *after = (struct rnni_bounds){0, 0};
    for (size_t i = 0; !found && i < count; i += PIECE)
        found = try_piece(trial, after, index, first + i, count - i < PIECE ? count - i : PIECE);
    return found;
}

/* The bounds hold for all moments, of whichever span. */
enum rnni_overflow rnni_overflow_of(const struct rnni_trial *trial, struct rnni_bounds *after, size_t *index)
{
    RNNI_ASSERT(isfinite(trial->largest_g));
    const struct rnn_optimizer *optimizer = trial->optimizer;
    enum rnni_overflow found = RNNI_OVERFLOW_NONE;
    *after = (struct rnni_bounds){0, 0};
    for (struct rnni_span s = {0}; !found && rnni_optimizer_tensors_next(&optimizer->tensors, &s, optimizer->count);) {
        struct rnni_trial part = *trial;
        struct rnni_bounds of_part = optimizer->bounds; /* what is frozen stays as it is */
        part.rule = rnni_optimizer_rule_of(optimizer, trial->rule, &s);
        if (!s.frozen)
            found = try_span(&part, &of_part, index, s.first, s.count);
        after->m = larger(after->m, of_part.m);
        after->v = larger(after->v, of_part.v);
    }
    return found;
}

size_t rnni_overflow_of_descent(const float *p, const float *g, double rate, double largest_g, size_t count)
{
    float piece[PIECE];
    if (fabs(rate) * largest_g < MOST_STEP)
        return count;
    for (size_t first = 0; first < count; first += PIECE) {
        size_t some = count - first < PIECE ? count - first : PIECE;
        memcpy(piece, p + first, some * sizeof *piece);
        rnni_gradient_descend(piece, g + first, rate, some);
        for (size_t i = 0; i < some; i++)
            if (isfinite(p[first + i]) && !isfinite(piece[i]))
                return first + i;
    }
    return count;
}
