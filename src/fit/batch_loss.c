/* What a network makes of a batch: the loss, its gradients, the right answers. */
#include "fit/trainer.h"

#include "training/ctc.h"
#include "training/loss.h"

#include <float.h>
#include <math.h>

/* The steps of the batch that a loss is over.  With one output a sequence there is one step. */
struct span {
    const int32_t *lengths; /* [B], or NULL: all */
    size_t steps, rows, count;
};

static struct span span_of(const struct rnn_trainer *trainer, const int32_t *lengths)
{
    size_t steps = trainer->pools ? 1 : trainer->batch.steps, rows = steps * trainer->batch.batch;
    return (struct span){lengths, steps, rows, rows * trainer->outputs};
}

static struct span all_of(const struct rnn_trainer *trainer)
{
    return span_of(trainer, trainer->pools ? NULL : trainer->batch.lengths);
}

/* Sequence b alone. */
static struct span one_of(const struct rnn_trainer *trainer, size_t b)
{
    const struct rnni_batch *at = &trainer->batch;
    for (size_t i = 0; i < at->batch; i++)
        at->alone[i] = i != b ? 0 : trainer->pools ? 1 : at->lengths[b];
    return span_of(trainer, at->alone);
}

static struct rnni_loss_steps steps_of(const struct rnn_trainer *trainer, struct span over)
{
    return (struct rnni_loss_steps){
        .lengths = over.lengths, .steps = over.steps, .batch = trainer->batch.batch, .classes = trainer->outputs};
}

/* ---- the loss ---------------------------------------------------------------------------------------------------- */

/* What rnni_trainer_check has made sure of is not checked again. */
static double real_loss(const struct rnn_trainer *trainer, float *dy, struct span over)
{
    static rnni_loss_element *const elements[] = {
        [RNN_LOSS_BINARY_CROSS_ENTROPY] = rnni_loss_binary_cross_entropy,
        [RNN_LOSS_SQUARED_ERROR] = rnni_loss_squared_error,
        [RNN_LOSS_ABSOLUTE_ERROR] = rnni_loss_absolute_error,
        [RNN_LOSS_HUBER] = rnni_loss_huber,
    };
    const struct rnni_batch *at = &trainer->batch;
    struct rnni_loss_steps steps = steps_of(trainer, over);
    struct rnni_real_loss with = {elements[trainer->options.loss], at->values, trainer->options.delta, 0};
    double weight = rnni_loss_weight_of_elements(&steps), factor = weight > 0 ? 1 / weight : 0;
    double sum = rnni_loss_real(NULL, dy, at->y, &with, &steps, factor);
    return factor > 0 ? factor * sum : 0;
}

static struct rnni_cross_entropy classes_of(const struct rnn_trainer *trainer)
{
    return (struct rnni_cross_entropy){.targets = trainer->batch.classes,
                                       .smoothing = trainer->options.smoothing,
                                       .ignored = (int32_t)trainer->options.ignored};
}

static double class_loss(const struct rnn_trainer *trainer, float *dy, struct span over)
{
    struct rnni_loss_steps steps = steps_of(trainer, over);
    struct rnni_cross_entropy with = classes_of(trainer);
    double weight = rnni_loss_weight_of_targets(&with, &steps), factor = weight > 0 ? 1 / weight : 0;
    double sum = rnni_loss_cross_entropy(NULL, dy, trainer->batch.y, &with, &steps, factor);
    return factor > 0 ? factor * sum : 0;
}

static double ctc_loss(const struct rnn_trainer *trainer, float *dy, struct span over)
{
    const struct rnni_batch *at = &trainer->batch;
    struct rnni_ctc ctc = {.dlogits = dy,
                           .logits = at->y,
                           .labels = at->classes,
                           .lengths = over.lengths,
                           .label_lengths = at->label_lengths,
                           .steps = over.steps,
                           .batch = at->batch,
                           .classes = trainer->outputs,
                           .most_labels = at->most_labels,
                           .blank = (size_t)trainer->options.blank};
    return rnni_ctc_batch(NULL, &ctc, 1, 1, at->scratch);
}

/* With the gradient, unless dy is NULL. */
static int32_t loss_of(struct rnn_trainer *trainer, double *loss, float *dy, struct span over)
{
    if (trainer->options.loss == RNN_LOSS_CROSS_ENTROPY)
        *loss = class_loss(trainer, dy, over);
    else if (trainer->options.loss == RNN_LOSS_CTC)
        *loss = ctc_loss(trainer, dy, over);
    else
        *loss = real_loss(trainer, dy, over);
    return RNN_OK;
}

/* ---- forward and backward ---------------------------------------------------------------------------------------- */

static int32_t forward(struct rnn_trainer *trainer, rnn_session *session)
{
    const struct rnni_batch *at = &trainer->batch;
    size_t rows = at->steps * at->batch, y_count = all_of(trainer).count;
    RNNI_TRY(rnn_reset_state(session, at->batch));
    if (!trainer->inputs)
        return rnn_forward_tokens(session, at->y, y_count, at->tokens, rows, at->lengths, at->batch, at->steps);
    return rnn_forward(session, at->y, y_count, at->x, rows * trainer->inputs, at->lengths, at->batch, at->steps);
}

int32_t rnni_batch_run(struct rnn_trainer *trainer, rnn_session *session, double *loss, int gradient)
{
    RNNI_TRY(forward(trainer, session));
    return loss_of(trainer, loss, gradient ? trainer->batch.dy : NULL, all_of(trainer));
}

int32_t rnni_batch_back(struct rnn_trainer *trainer)
{
    RNNI_TRY(rnn_zero_gradients(trainer->training));
    return rnn_backward(trainer->training, NULL, 0, trainer->batch.dy, all_of(trainer).count);
}

/* ---- numbers that are not finite --------------------------------------------------------------------------------- */

size_t rnni_batch_find_loss(struct rnn_trainer *trainer)
{
    double loss = (double)NAN;
    for (size_t b = 0; b < trainer->batch.batch; b++)
        if (!loss_of(trainer, &loss, NULL, one_of(trainer, b)) && !isfinite(loss))
            return b;
    return trainer->batch.batch;
}

/* Backward for the loss of sequence b alone, in the same batch, so that the masks of dropout are the same. */
static int32_t back_for_one(struct rnn_trainer *trainer, size_t b, int64_t seed)
{
    const struct rnni_batch *at = &trainer->batch;
    struct span span = all_of(trainer);
    float *dy = at->y; /* [T,B,Y] or [B,Y], no longer needed */
    RNNI_TRY(rnn_session_seed_dropout(trainer->training, seed));
    RNNI_TRY(forward(trainer, trainer->training));
    for (size_t i = 0; i < span.count; i++)
        dy[i] = i / trainer->outputs % at->batch == b ? at->dy[i] : 0;
    RNNI_TRY(rnn_zero_gradients(trainer->training));
    return rnn_backward(trainer->training, NULL, 0, dy, span.count);
}

size_t rnni_batch_find_gradient(struct rnn_trainer *trainer, int64_t seed)
{
    for (size_t b = 0; b < trainer->batch.batch; b++)
        if (!back_for_one(trainer, b, seed) &&
            rnn_session_clip_gradient_norm(trainer->training, NULL, DBL_MAX) == RNN_E_NONFINITE)
            return b;
    return trainer->batch.batch;
}

/* ---- weight and accuracy ----------------------------------------------------------------------------------------- */

double rnni_batch_weight(const struct rnn_trainer *trainer)
{
    const struct rnni_batch *at = &trainer->batch;
    struct rnni_loss_steps over = steps_of(trainer, all_of(trainer));
    struct rnni_cross_entropy with = classes_of(trainer);
    if (trainer->options.loss == RNN_LOSS_CTC)
        return (double)at->batch;
    if (trainer->options.loss == RNN_LOSS_CROSS_ENTROPY)
        return rnni_loss_weight_of_targets(&with, &over);
    return rnni_loss_weight_of_elements(&over);
}

void rnni_mean_add(struct rnni_mean *mean, double value, double weight)
{
    if (!(weight > 0))
        return;
    mean->weight += weight;
    if (mean->weight > weight && isfinite(mean->value))
        mean->value += (value - mean->value) * (weight / mean->weight);
    else
        mean->value = mean->weight > weight ? mean->value + value : value;
}

void rnni_batch_count(const struct rnn_trainer *trainer, size_t *counted, size_t *right)
{
    const struct rnni_batch *at = &trainer->batch;
    size_t outputs = trainer->outputs;
    for (size_t i = 0; i < all_of(trainer).rows; i++) {
        int valid = trainer->pools || i / at->batch < (size_t)at->lengths[i % at->batch];
        if (!valid || at->classes[i] == trainer->options.ignored)
            continue;
        const float *y = at->y + i * outputs;
        size_t best = 0;
        for (size_t c = 1; c < outputs; c++)
            best = y[c] > y[best] ? c : best;
        ++*counted;
        *right += best == (size_t)at->classes[i] && !isnan(y[best]);
    }
}
