/* The loss of a batch, by its kind. */
#include "base/assertion.h"
#include "base/memory.h"
#include "training/crf.h"
#include "training/ctc.h"
#include "training/loss_handle.h"
#include "training/loss_rows.h"

#include <math.h>
#include <string.h>

/* By what the sum and its gradient are multiplied. */
static double factor_of(const struct rnn_loss *loss)
{
    if (loss->options.reduction == RNN_SUM)
        return 1;
    return loss->weight > 0 ? 1 / loss->weight : 0;
}

static double reduced(double factor, double sum)
{
    return factor > 0 ? factor * sum : 0;
}

static struct rnni_team *team_of(const struct rnn_loss *loss)
{
    return loss->lent ? loss->lent : loss->team;
}

/* Room for values, if there are threads; else *threads becomes NULL. */
static int32_t take_room(struct rnn_loss *loss, const struct rnni_loss_threads **threads,
                         struct rnni_loss_threads *room, size_t values, const struct rnni_loss_call *call)
{
    *threads = NULL;
    if (!team_of(loss))
        return RNN_OK;
    size_t count = rnni_loss_rows_room(values);
    if (!rnni_loss_grow(&loss->scratch, count * sizeof(double)))
        return rnni_status_fail(&loss->message, RNN_E_MEMORY, "%s: out of memory for %zu values", call->function,
                                count);
    *room = (struct rnni_loss_threads){team_of(loss), loss->scratch.block.data, count};
    *threads = room;
    return RNN_OK;
}

static int32_t run_cross_entropy(struct rnn_loss *loss, const struct rnni_loss_call *call)
{
    struct rnni_loss_steps over = rnni_loss_steps_of(loss);
    struct rnni_cross_entropy with = {.targets = call->classes,
                                      .weights = rnni_loss_elements(&loss->class_weights),
                                      .smoothing = loss->options.smoothing,
                                      .ignored = (int32_t)loss->options.ignored};
    struct rnni_loss_threads room;
    const struct rnni_loss_threads *threads;
    RNNI_TRY(take_room(loss, &threads, &room, over.steps * over.batch, call));
    loss->weight = rnni_loss_weight_of_targets(&with, &over);
    double factor = factor_of(loss);
    *call->value = reduced(
        factor, rnni_loss_cross_entropy(loss->losses.block.data, call->dy, call->y, &with, &over, factor, threads));
    return RNN_OK;
}

/* A row of targets is narrower than one of outputs where a target has several. */
static int32_t run_values(struct rnn_loss *loss, const struct rnni_loss_call *call)
{
    static const float median[] = {0.5f};
    static rnni_loss_target *const targets[] = {
        [RNN_LOSS_BINARY_CROSS_ENTROPY] = rnni_loss_binary_cross_entropy,
        [RNN_LOSS_SQUARED_ERROR] = rnni_loss_squared_error,
        [RNN_LOSS_ABSOLUTE_ERROR] = rnni_loss_absolute_error,
        [RNN_LOSS_HUBER] = rnni_loss_huber,
        [RNN_LOSS_QUANTILE] = rnni_loss_quantiles,
        [RNN_LOSS_GAUSSIAN] = rnni_loss_gaussian,
    };
    struct rnni_loss_steps over = rnni_loss_steps_of(loss);
    struct rnni_real_loss with = {.target = targets[loss->kind],
                                  .targets = call->values,
                                  .outputs = rnni_loss_outputs_of_target(loss),
                                  .levels = loss->levels.count ? loss->levels.block.data : median,
                                  .delta = loss->options.delta,
                                  .least = loss->options.least_variance,
                                  .skips_missing = (int)loss->options.skip_missing};
    struct rnni_loss_threads room;
    const struct rnni_loss_threads *threads;
    over.classes /= with.outputs;
    RNNI_TRY(take_room(loss, &threads, &room, over.steps * over.batch * over.classes, call));
    loss->weight = rnni_loss_weight_of_targets_given(&with, &over, threads);
    loss->weight *= loss->kind == RNN_LOSS_QUANTILE ? (double)with.outputs : 1;
    double factor = factor_of(loss);
    *call->value =
        reduced(factor, rnni_loss_real(loss->losses.block.data, call->dy, call->y, &with, &over, factor, threads));
    return RNN_OK;
}

static int32_t run_error_to_signal(struct rnn_loss *loss, const struct rnni_loss_call *call)
{
    const struct rnni_loss_options *o = &loss->options;
    struct rnni_loss_steps over = rnni_loss_steps_of(loss);
    struct rnni_signal_loss with = {call->values, o->emphasis, o->energy_floor, o->offset_weight};
    struct rnni_loss_threads room;
    const struct rnni_loss_threads *threads;
    RNNI_TRY(take_room(loss, &threads, &room, over.batch, call));
    loss->weight = rnni_loss_weight_of_sequences(&over);
    double factor = factor_of(loss);
    *call->value = reduced(
        factor, rnni_loss_error_to_signal(loss->losses.block.data, call->dy, call->y, &with, &over, factor, threads));
    return RNN_OK;
}

static int32_t run_ctc(struct rnn_loss *loss, const struct rnni_loss_call *call)
{
    struct rnni_ctc ctc = {.dlogits = call->dy,
                           .logits = call->y,
                           .labels = call->classes,
                           .lengths = rnni_loss_elements(&loss->lengths),
                           .present = rnni_loss_elements(&loss->present),
                           .label_lengths = rnni_loss_elements(&loss->label_lengths),
                           .weights = rnni_loss_elements(&loss->weights),
                           .steps = loss->steps,
                           .batch = loss->batch,
                           .classes = loss->classes,
                           .most_labels = call->targets_count / loss->batch,
                           .blank = (size_t)loss->options.blank};
    size_t shares = rnni_ctc_shares(&ctc, team_of(loss)), scratch = rnni_ctc_scratch(loss->steps, ctc.most_labels);
    if (!rnni_loss_grow(&loss->scratch, rnni_memory_multiply(shares, scratch)))
        return rnni_status_fail(&loss->message, RNN_E_MEMORY, "%s: out of memory for %zu steps of %zu labels",
                                call->function, loss->steps, ctc.most_labels);
    loss->weight = rnni_ctc_weight(&ctc);
    *call->value = rnni_ctc_batch(loss->losses.block.data, &ctc, loss->options.reduction == RNN_MEAN,
                                  (int)loss->options.zero_infinity, loss->scratch.block.data, team_of(loss));
    return RNN_OK;
}

static int32_t run_crf(struct rnn_loss *loss, const struct rnni_loss_call *call)
{
    struct rnni_crf crf = {.demissions = call->dy,
                           .emissions = call->y,
                           .classes = call->classes,
                           .lengths = rnni_loss_elements(&loss->lengths),
                           .present = rnni_loss_elements(&loss->present),
                           .weights = rnni_loss_elements(&loss->weights),
                           .scores = loss->transitions.block.data,
                           .steps = loss->steps,
                           .batch = loss->batch,
                           .class_count = loss->classes};
    size_t shares = rnni_crf_shares(&crf, team_of(loss)), scores = rnni_crf_lattice_scores(loss->classes);
    size_t scratch = rnni_crf_scratch(loss->steps, loss->batch, loss->classes, shares);
    if (!rnni_loss_grow(&loss->scratch, rnni_memory_multiply(scratch, sizeof(double))) ||
        !rnni_loss_grow(&loss->dtransitions, rnni_memory_multiply(scores, sizeof(float))))
        return rnni_status_fail(&loss->message, RNN_E_MEMORY, "%s: out of memory for %zu steps of %zu classes",
                                call->function, loss->steps, loss->classes);
    loss->weight = rnni_crf_weight(&crf);
    *call->value = rnni_crf_batch(loss->losses.block.data, loss->dtransitions.block.data, &crf, factor_of(loss),
                                  (int)loss->options.zero_infinity, loss->scratch.block.data, team_of(loss));
    loss->dtransitions.count = call->dy ? scores : 0;
    return RNN_OK;
}

/* ---- custom ------------------------------------------------------------------------------------------------------ */

/* dy [T,B,C] = factor times what the callback wrote, 0 where there is no output. */
static void take_gradient(const struct rnn_loss *loss, float *dy, const float *gradient, double factor)
{
    struct rnni_loss_steps over = rnni_loss_steps_of(loss);
    for (size_t row = 0; row < over.steps * over.batch; row++) {
        float *d = dy + row * over.classes;
        const float *g = gradient + row * over.classes;
        if (!(factor > 0) || !rnni_loss_is_valid(&over, row / over.batch, row % over.batch))
            memset(d, 0, over.classes * sizeof *d);
        else
            for (size_t c = 0; c < over.classes; c++)
                d[c] = (float)(factor * (double)g[c]);
    }
}

/* The callback writes into memory of the loss, so that a failure leaves dy as it was. */
static int32_t run_callback(struct rnn_loss *loss, const struct rnni_loss_call *call)
{
    size_t count = loss->steps * loss->batch * loss->classes;
    struct rnni_loss_steps over = rnni_loss_steps_of(loss);
    double sum = 0, weight = rnni_loss_weight_of_elements(&over);
    if (!rnni_loss_grow(&loss->gradient, call->dy ? count * sizeof(float) : 0))
        return rnni_status_fail(&loss->message, RNN_E_MEMORY, "%s: out of memory for %zu gradients", call->function,
                                count);
    float *gradient = call->dy ? loss->gradient.block.data : NULL; /* [T,B,C] */
    if (gradient)
        memset(gradient, 0, count * sizeof *gradient);
    loss->call = call;
    int32_t status = loss->callback(loss->user, loss, &sum, &weight, gradient, call->y, count);
    loss->call = NULL;
    if (status)
        return status;
    if (!(weight >= 0 && isfinite(weight)))
        return rnni_status_fail(&loss->message, RNN_E_VALUE,
                                "%s: the callback set weight to %g, expected a finite number of at least 0",
                                call->function, weight);
    loss->weight = weight;
    double factor = factor_of(loss);
    *call->value = reduced(factor, sum);
    if (call->dy)
        take_gradient(loss, call->dy, gradient, factor);
    return RNN_OK;
}

/* The callback may destroy the loss. */
static int32_t run_custom(struct rnn_loss *loss, const struct rnni_loss_call *call)
{
    rnni_loss_retain(loss);
    int32_t status = run_callback(loss, call);
    rnni_loss_drop(loss);
    return status;
}

/* What has been checked: a batch is set, and the targets are those of the kind. */
static int has_targets(const struct rnn_loss *loss, const struct rnni_loss_call *call)
{
    if (!loss->batch || !call->value || !call->y || loss->call)
        return 0;
    if (loss->kind == RNN_LOSS_CUSTOM)
        return loss->callback != NULL;
    if (loss->kind == RNN_LOSS_CTC)
        return !call->has_values && call->targets_count % loss->batch == 0 && (call->classes || !call->targets_count);
    if (loss->kind == RNN_LOSS_CROSS_ENTROPY || loss->kind == RNN_LOSS_CRF)
        return !call->has_values && call->classes && call->targets_count == loss->steps * loss->batch;
    return call->has_values && call->values &&
           call->targets_count * rnni_loss_outputs_of_target(loss) == loss->steps * loss->batch * loss->classes;
}

int32_t rnni_loss_run(struct rnn_loss *loss, const struct rnni_loss_call *call)
{
    static int32_t (*const runs[])(struct rnn_loss *, const struct rnni_loss_call *) = {
        [RNN_LOSS_CROSS_ENTROPY] = run_cross_entropy,
        [RNN_LOSS_BINARY_CROSS_ENTROPY] = run_values,
        [RNN_LOSS_SQUARED_ERROR] = run_values,
        [RNN_LOSS_ABSOLUTE_ERROR] = run_values,
        [RNN_LOSS_HUBER] = run_values,
        [RNN_LOSS_CTC] = run_ctc,
        [RNN_LOSS_CRF] = run_crf,
        [RNN_LOSS_QUANTILE] = run_values,
        [RNN_LOSS_GAUSSIAN] = run_values,
        [RNN_LOSS_ERROR_TO_SIGNAL] = run_error_to_signal,
    };
    RNNI_ASSERT(has_targets(loss, call));
    if (loss->kind == RNN_LOSS_CUSTOM)
        return run_custom(loss, call);
    if (!rnni_loss_grow(&loss->losses, rnni_memory_multiply(loss->batch, sizeof(double))))
        return rnni_status_fail(&loss->message, RNN_E_MEMORY, "%s: out of memory for the losses of %zu sequences",
                                call->function, loss->batch);
    RNNI_TRY(runs[loss->kind](loss, call));
    loss->losses.count = loss->batch;
    return RNN_OK;
}
