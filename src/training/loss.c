#include "training/loss.h"

#include "base/assertion.h"
#include "math/elementwise.h"
#include "math/softmax.h"
#include "training/loss_rows.h"

#include <math.h>
#include <string.h>

void rnni_loss_softmax(float *p, const float *o, size_t classes)
{
    double sum = rnni_softmax()->exp_shifted(p, o, rnni_softmax()->largest(o, classes), classes);
    rnni_elementwise()->scale(p, (float)(1 / sum), classes);
}

/* ---- cross-entropy: one step ------------------------------------------------------------------------------------ */

/* d [C] = factor * (softmax(o) - onehot(target)) unless it is NULL.  d may be o. */
static double plain(float *d, const float *o, size_t target, size_t classes, double factor)
{
    float chosen = o[target], top = rnni_softmax()->largest(o, classes);
    double sum = rnni_softmax()->exp_shifted(d, o, top, classes);
    if (d) {
        rnni_elementwise()->scale(d, (float)(factor / sum), classes);
        d[target] -= (float)factor;
    }
    return log(sum) + ((double)top - (double)chosen);
}

static double weight_of(const struct rnni_cross_entropy *with, size_t class)
{
    return with->weights ? (double)with->weights[class] : 1;
}

/* Every class has a share w[c] s/C of the loss, and the target (1-s) w[target] more. */
static double smoothed(float *d, const float *o, size_t target, const struct rnni_cross_entropy *with, size_t classes,
                       double factor)
{
    double share = with->smoothing / (double)classes, own = (1 - with->smoothing) * weight_of(with, target);
    float top = rnni_softmax()->largest(o, classes);
    double sum = rnni_softmax()->exp_shifted(NULL, o, top, classes);
    double norm = (double)top + log(sum), loss = own > 0 ? own * (norm - (double)o[target]) : 0, all = own;
    for (size_t c = 0; share > 0 && c < classes; c++) {
        double part = share * weight_of(with, c);
        loss += part > 0 ? part * (norm - (double)o[c]) : 0; /* 0 times infinity is nothing here */
        all += part;
    }
    if (!d)
        return loss;
    rnni_softmax()->exp_shifted(d, o, top, classes);
    rnni_elementwise()->scale(d, (float)(factor * all / sum), classes);
    for (size_t c = 0; share > 0 && c < classes; c++)
        d[c] -= (float)(factor * share * weight_of(with, c));
    d[target] -= (float)(factor * own);
    return loss;
}

/* ---- cross-entropy: all steps ------------------------------------------------------------------------------------ */

/* The mask, 0 where the step does not count. */
static double mask_of(const struct rnni_cross_entropy *with, const struct rnni_loss_steps *over, size_t t, size_t b)
{
    return with->targets[t * over->batch + b] == with->ignored ? 0 : rnni_loss_mask_of(over, t, b);
}

double rnni_loss_weight_of_targets(const struct rnni_cross_entropy *with, const struct rnni_loss_steps *over)
{
    double sum = 0;
    for (size_t t = 0; t < over->steps; t++)
        for (size_t b = 0; b < over->batch; b++) {
            double mask = mask_of(with, over, t, b);
            size_t target = (size_t)with->targets[t * over->batch + b];
            RNNI_ASSERT(!(mask > 0) || target < over->classes);
            if (mask > 0)
                sum += mask * rnni_loss_weight_of(over, b) * weight_of(with, target);
        }
    return sum;
}

#define MULTIPLICATIONS_OF_CLASS ((size_t)32)  /* two exponentials */
#define MULTIPLICATIONS_OF_ROW   ((size_t)512) /* a logarithm, and calls */

struct batch {
    float *dlogits;      /* [T,B,C] or NULL */
    const float *logits; /* [T,B,C] */
    const struct rnni_cross_entropy *with;
    const struct rnni_loss_steps *over;
    double factor;
    int is_plain; /* no class weights, no smoothing */
};

/* The loss of a row without the weight of the sequence; 0 if the row does not count. */
static double loss_of_row(const struct batch *batch, size_t t, size_t b)
{
    const struct rnni_loss_steps *over = batch->over;
    size_t row = t * over->batch + b, classes = over->classes, target = (size_t)batch->with->targets[row];
    double mask = mask_of(batch->with, over, t, b), weight = rnni_loss_weight_of(over, b), one = 0;
    RNNI_ASSERT(!(mask > 0) || target < classes);
    const float *o = batch->logits + row * classes;                    /* [C] */
    float *d = batch->dlogits ? batch->dlogits + row * classes : NULL; /* [C] */
    float *wanted = weight > 0 ? d : NULL;                             /* [C] */
    double factor = batch->factor * mask * weight;
    if (mask > 0)
        one = mask * (batch->is_plain ? plain(wanted, o, target, classes, factor)
                                      : smoothed(wanted, o, target, batch->with, classes, factor));
    if (d && !(mask > 0 && weight > 0))
        memset(d, 0, classes * sizeof *d);
    return one;
}

static void fill(double *values, const void *context, size_t first, size_t count)
{
    const struct batch *batch = context;
    size_t sequences = batch->over->batch;
    struct rnni_loss_span span = rnni_loss_rows_begin(first, count, sequences, 1);
    for (; span.count; rnni_loss_rows_advance(&span, count, sequences, 1))
        values[span.at] = loss_of_row(batch, span.t, span.b);
}

double rnni_loss_cross_entropy(double *losses, float *dlogits, const float *logits,
                               const struct rnni_cross_entropy *with, const struct rnni_loss_steps *over, double factor,
                               const struct rnni_loss_threads *threads)
{
    struct batch batch = {.dlogits = dlogits,
                          .logits = logits,
                          .with = with,
                          .over = over,
                          .factor = factor,
                          .is_plain = !with->weights && !(with->smoothing > 0)};
    struct rnni_loss_rows rows = {.threads = threads,
                                  .fill = fill,
                                  .context = &batch,
                                  .steps = over->steps,
                                  .batch = over->batch,
                                  .width = 1,
                                  .multiplications = over->classes * MULTIPLICATIONS_OF_CLASS + MULTIPLICATIONS_OF_ROW};
    return rnni_loss_rows_sum(losses, &rows, over->weights);
}
