/* The states of a sequence with labels l(0) .. l(n-1) are n labels and n+1 blanks around them:
 *
 *     blank(0) label(0) blank(1) label(1) ... label(n-1) blank(n)
 *
 * forward a(t,s) and backward b(t,s), both with p(t) of the state itself in them, are logarithms. */
#include "training/ctc.h"

#include "base/assertion.h"
#include "base/memory.h"
#include "base/share.h"
#include "math/ctc_kernels.h"
#include "math/elementwise.h"
#include "math/softmax.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#define IMPOSSIBLE (RNNI_LOG_ZERO / 2) /* what is less stands for log(0) */

/* A row of states.  Before the first and behind the last lie places that stay at log(0). */
struct states {
    double *blank, *label; /* [n+1], [n] */
};

struct sequence {
    const struct rnni_ctc *ctc;
    const int32_t *labels; /* [n] */
    size_t b, n, steps;    /* those that count */
    size_t *rows;          /* [steps] their rows t*B + b */
    size_t width;          /* numbers of one array of a row, all places included */
    double *forward;       /* [T,2,width] a */
    double *now, *next;    /* [2,width] b at t + 1, and at t */
    double *p, *skip;      /* [width] log p(t)[l(i)]; 0 where label(i) may follow label(i-1), else log(0) */
    double *norms;         /* [T] log of the sum of exp(o(t)) */
    float *occupied;       /* [width] */
};

#define FRONT 1 /* places before the first state */
#define BACK  2

static size_t width_of(size_t labels)
{
    const size_t line = RNNI_ALIGNMENT / sizeof(double);
    return (FRONT + labels + 1 + BACK + line - 1) / line * line;
}

static struct states states_of(const struct sequence *q, double *row)
{
    return (struct states){row + FRONT, row + q->width + FRONT};
}

static struct states forward_of(const struct sequence *q, size_t t)
{
    return states_of(q, q->forward + t * 2 * q->width);
}

static const float *logits_of(const struct sequence *q, size_t t)
{
    return q->ctc->logits + q->rows[t] * q->ctc->classes;
}

#define ROWS_BESIDE 7 /* now, next: two each; p, skip; occupied */

size_t rnni_ctc_scratch(size_t steps, size_t most_labels)
{
    size_t width = width_of(most_labels);
    size_t numbers = rnni_memory_add(rnni_memory_multiply(steps, 2 * width + 2), ROWS_BESIDE * width);
    size_t bytes = rnni_memory_add(rnni_memory_multiply(numbers, sizeof(double)), RNNI_ALIGNMENT - 1);
    return bytes == SIZE_MAX ? SIZE_MAX : bytes / RNNI_ALIGNMENT * RNNI_ALIGNMENT;
}

/* ---- what the recursion reads ---------------------------------------------------------------------------------- */

static int counts(const struct rnni_ctc *ctc, size_t t, size_t b)
{
    return (!ctc->lengths || t < (size_t)ctc->lengths[b]) && (!ctc->present || ctc->present[t * ctc->batch + b]);
}

static size_t count_steps(const struct rnni_ctc *ctc, size_t b)
{
    size_t steps = ctc->lengths ? (size_t)ctc->lengths[b] : ctc->steps, count = 0;
    for (size_t t = 0; t < steps; t++)
        count += counts(ctc, t, b) ? 1 : 0;
    return count;
}

static void carve(struct sequence *q, void *scratch)
{
    size_t row = 2 * q->width;
    q->forward = scratch;
    q->now = q->forward + q->steps * row;
    q->next = q->now + row;
    q->p = q->next + row;
    q->skip = q->p + q->width;
    q->norms = q->skip + q->width;
    q->rows = (size_t *)(void *)(q->norms + q->steps);
    q->occupied = (float *)(void *)(q->norms + 2 * q->steps);
    for (double *at = q->forward; at < q->norms; at++)
        *at = RNNI_LOG_ZERO;
    for (size_t i = 1; i < q->n; i++)
        if (q->labels[i] != q->labels[i - 1])
            q->skip[FRONT + i] = 0;
    for (size_t t = 0, i = 0; i < q->steps; t++)
        if (counts(q->ctc, t, q->b))
            q->rows[i++] = t * q->ctc->batch + q->b;
}

static double log_probability(const struct sequence *q, const float *o, size_t t, size_t class)
{
    double p = (double)o[class] - q->norms[t];
    return p < RNNI_LOG_ZERO ? RNNI_LOG_ZERO : p;
}

/* Those of the labels at step t; gives that of the blank. */
static double take_probabilities(struct sequence *q, size_t t)
{
    const float *o = logits_of(q, t);
    for (size_t i = 0; i < q->n; i++)
        q->p[FRONT + i] = log_probability(q, o, t, (size_t)q->labels[i]);
    return log_probability(q, o, t, q->ctc->blank);
}

static void take_norms(struct sequence *q)
{
    size_t classes = q->ctc->classes;
    for (size_t t = 0; t < q->steps; t++) {
        float top = rnni_softmax()->largest(logits_of(q, t), classes);
        q->norms[t] = (double)top + log(rnni_softmax()->exp_shifted(NULL, logits_of(q, t), top, classes));
    }
}

/* ---- forward --------------------------------------------------------------------------------------------------- */

static void step_forward(const struct sequence *q, size_t t, double p_blank)
{
    struct states now = forward_of(q, t - 1), next = forward_of(q, t);
    rnni_ctc_kernels()->step(&(struct rnni_ctc_step){.blank = now.blank,
                                                     .beside = now.label - 1,
                                                     .label = now.label,
                                                     .enter = now.blank,
                                                     .jump = now.label - 1,
                                                     .skip = q->skip + FRONT,
                                                     .p = q->p + FRONT,
                                                     .p_blank = p_blank,
                                                     .blank_out = next.blank,
                                                     .label_out = next.label,
                                                     .count = q->n + 1});
}

/* Fills a; gives log p(labels). */
static double run_forward(struct sequence *q)
{
    struct states first = forward_of(q, 0), last = forward_of(q, q->steps - 1);
    first.blank[0] = take_probabilities(q, 0);
    if (q->n)
        first.label[0] = q->p[FRONT];
    for (size_t t = 1; t < q->steps; t++)
        step_forward(q, t, take_probabilities(q, t));
    double blank = last.blank[q->n], label = last.label[(ptrdiff_t)q->n - 1];
    double larger = blank > label ? blank : label;
    if (isnan(blank) || isnan(label))
        return (double)NAN;
    return larger < IMPOSSIBLE ? -(double)INFINITY : larger + log(exp(blank - larger) + exp(label - larger));
}

/* ---- backward -------------------------------------------------------------------------------------------------- */

static void begin_backward(struct sequence *q, double p_blank)
{
    struct states b = states_of(q, q->now);
    b.blank[q->n] = p_blank;
    if (q->n)
        b.label[q->n - 1] = q->p[FRONT + q->n - 1];
}

static void step_backward(struct sequence *q, double p_blank)
{
    struct states now = states_of(q, q->now), next = states_of(q, q->next);
    rnni_ctc_kernels()->step(&(struct rnni_ctc_step){.blank = now.blank,
                                                     .beside = now.label,
                                                     .label = now.label,
                                                     .enter = now.blank + 1,
                                                     .jump = now.label + 1,
                                                     .skip = q->skip + FRONT + 1,
                                                     .p = q->p + FRONT,
                                                     .p_blank = p_blank,
                                                     .blank_out = next.blank,
                                                     .label_out = next.label,
                                                     .count = q->n + 1});
    double *other = q->now;
    q->now = q->next;
    q->next = other;
}

/* softmax(o(t)) less the occupancy of the classes: the sum of exp(a + b - p(t)) / p(labels) over their states. */
static void write_gradient(struct sequence *q, size_t t, float factor, double log_p, double p_blank)
{
    const struct rnni_softmax_kernels *softmax = rnni_softmax();
    const struct rnni_ctc_kernels *kernels = rnni_ctc_kernels();
    struct states a = forward_of(q, t), b = states_of(q, q->now);
    float *d = q->ctc->dlogits + q->rows[t] * q->ctc->classes; /* [C] */
    const float *o = logits_of(q, t);
    double sum = softmax->exp_shifted(d, o, softmax->largest(o, q->ctc->classes), q->ctc->classes);
    rnni_elementwise()->scale(d, (float)((double)factor / sum), q->ctc->classes);
    d[q->ctc->blank] -= factor * kernels->occupancy(q->occupied, a.blank, b.blank, NULL, log_p + p_blank, q->n + 1);
    kernels->occupancy(q->occupied, a.label, b.label, q->p + FRONT, log_p, q->n);
    for (size_t i = 0; i < q->n; i++)
        d[q->labels[i]] -= factor * q->occupied[i];
}

static void run_backward(struct sequence *q, float factor, double log_p)
{
    for (size_t t = q->steps; t-- > 0;) {
        double p_blank = take_probabilities(q, t);
        if (t + 1 == q->steps)
            begin_backward(q, p_blank);
        else
            step_backward(q, p_blank);
        write_gradient(q, t, factor, log_p, p_blank);
    }
}

/* ---- a sequence ------------------------------------------------------------------------------------------------ */

static int fits(const struct sequence *q)
{
    size_t least = q->n;
    for (size_t i = 1; i < q->n; i++)
        least += q->labels[i] == q->labels[i - 1];
    return least <= q->steps;
}

/* Of all steps, or only of those that do not count. */
static void clear_gradient(const struct sequence *q, int all)
{
    const struct rnni_ctc *ctc = q->ctc;
    for (size_t t = 0; ctc->dlogits && t < ctc->steps; t++)
        if (all || !counts(ctc, t, q->b))
            memset(ctc->dlogits + (t * ctc->batch + q->b) * ctc->classes, 0, ctc->classes * sizeof(float));
}

/* What has been checked: labels are classes other than the blank, and no longer than they may be. */
static int has_valid_labels(const struct sequence *q)
{
    int valid = q->n <= q->ctc->most_labels && q->ctc->blank < q->ctc->classes && (q->labels || !q->n);
    for (size_t i = 0; valid && i < q->n; i++)
        valid = q->labels[i] >= 0 && (size_t)q->labels[i] < q->ctc->classes && (size_t)q->labels[i] != q->ctc->blank;
    return valid;
}

double rnni_ctc_sequence(const struct rnni_ctc *ctc, size_t b, float factor, void *scratch)
{
    struct sequence q = {.ctc = ctc,
                         .labels = ctc->labels ? ctc->labels + b * ctc->most_labels : NULL,
                         .b = b,
                         .n = rnni_ctc_labels_of(ctc, b),
                         .steps = count_steps(ctc, b)};
    RNNI_ASSERT(b < ctc->batch && q.steps <= ctc->steps && factor >= 0);
    RNNI_ASSERT((uintptr_t)scratch % RNNI_ALIGNMENT == 0);
    RNNI_ASSERT(has_valid_labels(&q));
    q.width = width_of(q.n);
    double log_p = q.n ? -(double)INFINITY : 0;
    if (q.steps && fits(&q)) {
        carve(&q, scratch);
        take_norms(&q);
        log_p = run_forward(&q);
    }
    int has_gradient = q.steps && !(log_p == -(double)INFINITY) && factor > 0;
    if (ctc->dlogits && has_gradient)
        run_backward(&q, factor, log_p);
    clear_gradient(&q, !has_gradient);
    return log_p > 0 ? 0 : 0 - log_p; /* a probability is at most 1, whatever was rounded; and not -0 */
}

/* ---- a batch --------------------------------------------------------------------------------------------------- */

static double weight_of(const struct rnni_ctc *ctc, size_t b)
{
    return ctc->weights ? (double)ctc->weights[b] : 1;
}

double rnni_ctc_weight(const struct rnni_ctc *ctc)
{
    double sum = 0;
    for (size_t b = 0; b < ctc->batch; b++)
        sum += weight_of(ctc, b);
    return sum;
}

/* What the loss of a sequence is multiplied by; divisor: that of the mean, or 0. */
static double factor_of(const struct rnni_ctc *ctc, size_t b, double divisor)
{
    size_t labels = rnni_ctc_labels_of(ctc, b);
    double weight = weight_of(ctc, b);
    return divisor > 0 ? weight / ((double)(labels ? labels : 1) * divisor) : weight;
}

#define MULTIPLICATIONS ((size_t)20) /* of an exponential */

/* Exponentials: see rnn_loss_of_classes. */
size_t rnni_ctc_shares(const struct rnni_ctc *ctc, const struct rnni_team *team)
{
    size_t step = rnni_memory_add(rnni_memory_multiply(10, ctc->most_labels), rnni_memory_multiply(2, ctc->classes));
    size_t all = rnni_memory_multiply(rnni_memory_multiply(ctc->steps, ctc->batch), step);
    size_t shares = rnni_share_count(team, rnni_memory_multiply(all, MULTIPLICATIONS));
    return shares < ctc->batch ? shares : ctc->batch;
}

struct batch {
    const struct rnni_ctc *ctc;
    double *losses; /* [B] */
    double divisor; /* of the mean, or 0 */
    char *scratch;  /* [shares,room] */
    size_t room;
    atomic_size_t next; /* the first sequence that no thread has taken */
};

/* Sequences may have very different lengths, so each thread takes the next one when it has finished its last. */
static void run_share(void *context, size_t index)
{
    struct batch *batch = context;
    const struct rnni_ctc *ctc = batch->ctc;
    for (size_t b; (b = atomic_fetch_add_explicit(&batch->next, 1, memory_order_relaxed)) < ctc->batch;)
        batch->losses[b] =
            rnni_ctc_sequence(ctc, b, (float)factor_of(ctc, b, batch->divisor), batch->scratch + index * batch->room);
}

double rnni_ctc_batch(double *losses, const struct rnni_ctc *ctc, int mean, int zero_infinity, void *scratch,
                      struct rnni_team *team)
{
    double sum = 0, divisor = mean ? rnni_ctc_weight(ctc) : 0;
    struct batch batch = {.ctc = ctc,
                          .losses = losses,
                          .divisor = divisor,
                          .scratch = scratch,
                          .room = rnni_ctc_scratch(ctc->steps, ctc->most_labels)};
    atomic_init(&batch.next, 0);
    rnni_team_run(team, rnni_ctc_shares(ctc, team), run_share, &batch);
    for (size_t b = 0; b < ctc->batch; b++) {
        double factor = factor_of(ctc, b, divisor);
        if (zero_infinity && losses[b] == (double)INFINITY)
            losses[b] = 0;
        sum += factor > 0 ? factor * losses[b] : 0; /* 0 times infinity is 0 here */
    }
    return sum;
}
