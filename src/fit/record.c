/* The record of a run: the best validation loss, its parameters, and how many epochs are over since.  With
 * RNN_KEEP_BEST the model has the best parameters whenever rnn_fit has returned; the trainer then has the current ones,
 * with which a fit that continues begins and which are those of files. */
#include "fit/trainer.h"

#include "base/assertion.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

int rnni_record_take(struct rnn_trainer *trainer)
{
    if (!trainer->best)
        trainer->best = rnni_memory_take(trainer->parameter_count, sizeof *trainer->best);
    if (!trainer->current)
        trainer->current = rnni_memory_take(trainer->parameter_count, sizeof *trainer->current);
    return trainer->best && trainer->current;
}

/* [parameter_count] */
static const float *parameters_of(const struct rnn_trainer *trainer)
{
    const float *values = NULL;
    size_t count;
    return rnn_model_parameters(trainer->model, &values, &count) ? NULL : values;
}

static void copy_parameters(float *to, const struct rnn_trainer *trainer)
{
    memcpy(to, parameters_of(trainer), trainer->parameter_count * sizeof *to);
}

/* Whether the model still has the best parameters, which were put there. */
static int has_best_in_place(const struct rnn_trainer *trainer)
{
    return trainer->best_in_place &&
           !memcmp(parameters_of(trainer), trainer->best, trainer->parameter_count * sizeof *trainer->best);
}

void rnni_record_put(struct rnn_trainer *trainer, const float *values)
{
    int32_t status = rnn_model_set_parameters(trainer->model, values, trainer->parameter_count);
    RNNI_ASSERT(!status);
    (void)status;
}

const float *rnni_record_current(const struct rnn_trainer *trainer)
{
    return has_best_in_place(trainer) ? trainer->current : parameters_of(trainer);
}

void rnni_record_begin(struct rnn_trainer *trainer, int reports)
{
    struct rnni_trainer_options *o = &trainer->options;
    if (trainer->continues && has_best_in_place(trainer))
        rnni_record_put(trainer, trainer->current);
    trainer->best_in_place = 0;
    if (trainer->continues)
        return;
    o->best_loss = (double)NAN;
    o->stale = o->has_best = 0;
    if (reports)
        rnni_optimizer_forget_reports(trainer->optimizer);
}

void rnni_record_add(struct rnn_trainer *trainer, double loss)
{
    struct rnni_trainer_options *o = &trainer->options;
    o->validation_loss = loss;
    if (!(loss < o->best_loss - o->min_delta || (isnan(o->best_loss) && isfinite(loss)))) {
        o->stale++;
        return;
    }
    o->best_loss = loss;
    o->stale = 0;
    o->has_best = o->keep_best; /* what was kept before is no longer the best */
    RNNI_ASSERT(!o->has_best || trainer->best);
    if (o->has_best)
        copy_parameters(trainer->best, trainer);
}

void rnni_record_end(struct rnn_trainer *trainer, int continues)
{
    trainer->continues = continues;
    if (!trainer->options.keep_best || !trainer->options.has_best)
        return;
    RNNI_ASSERT(trainer->best && trainer->current);
    copy_parameters(trainer->current, trainer);
    rnni_record_put(trainer, trainer->best);
    trainer->best_in_place = 1;
}

int rnni_record_stops_early(const struct rnn_trainer *trainer)
{
    return trainer->options.early_stop && trainer->options.stale >= trainer->options.early_stop;
}
