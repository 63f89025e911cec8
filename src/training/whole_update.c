#include "training/whole_update.h"

#include "base/memory.h"
#include "base/part.h"
#include "base/share.h"
#include "training/gradient.h"

#define PIECES ((size_t)64)
#define STEP   (RNNI_ALIGNMENT / sizeof(float)) /* pieces are whole cache lines */

/* Of some of the values. */
typedef double measure_function(const struct rnni_optimizer_tensors *tensors, const float *values, size_t first,
                                size_t count);

/* What the threads do to their pieces. */
struct update {
    size_t count, shares;
    float *values; /* [count] that change */
    const float *gradients;
    double factor; /* or bound, or rate */
    struct rnn_optimizer *optimizer;
    const struct rnni_rule *rule;
    measure_function *measure;
    const float *measured; /* [count] */
    const struct rnni_optimizer_tensors *tensors;
    double *measures; /* [PIECES] */
};

static void run(struct rnni_team *team, struct update *update, rnni_team_task task)
{
    update->shares = rnni_share_count(team, update->count);
    rnni_team_run(team, update->shares, task, update);
}

static struct rnni_part share_of(const struct update *update, size_t index)
{
    return rnni_part_of(update->count, STEP, index, update->shares);
}

/* ---- measures ---------------------------------------------------------------------------------------------------- */

/* The pieces do not depend on the number of shares. */
static void measure_share(void *context, size_t index)
{
    const struct update *update = context;
    struct rnni_part pieces = rnni_part_of(PIECES, 1, index, update->shares);
    for (size_t i = pieces.first; i < pieces.first + pieces.count; i++) {
        struct rnni_part piece = rnni_part_of(update->count, STEP, i, PIECES);
        update->measures[i] = update->measure(update->tensors, update->measured, piece.first, piece.count);
    }
}

/* measures [PIECES] */
static void measure_all(struct rnni_team *team, measure_function *measure, const struct rnni_optimizer_tensors *tensors,
                        const float *values, size_t count, double *measures)
{
    run(team,
        &(struct update){
            .count = count, .measure = measure, .measured = values, .tensors = tensors, .measures = measures},
        measure_share);
}

double rnni_whole_update_squares(struct rnni_team *team, const struct rnni_optimizer_tensors *tensors,
                                 const float *values, size_t count)
{
    double measures[PIECES], sum = 0;
    measure_all(team, rnni_optimizer_tensors_squares, tensors, values, count, measures);
    for (size_t i = 0; i < PIECES; i++)
        sum += measures[i];
    return sum;
}

double rnni_whole_update_largest(struct rnni_team *team, const struct rnni_optimizer_tensors *tensors,
                                 const float *values, size_t count)
{
    double measures[PIECES], most = 0;
    measure_all(team, rnni_optimizer_tensors_largest, tensors, values, count, measures);
    for (size_t i = 0; i < PIECES; i++)
        most = measures[i] > most ? measures[i] : most;
    return most;
}

/* ---- changes ----------------------------------------------------------------------------------------------------- */

static void scale_share(void *context, size_t index)
{
    const struct update *update = context;
    struct rnni_part share = share_of(update, index);
    rnni_gradient_scale(update->values + share.first, update->factor, share.count);
}

void rnni_whole_update_scale(struct rnni_team *team, float *gradients, double factor, size_t count)
{
    run(team, &(struct update){.count = count, .values = gradients, .factor = factor}, scale_share);
}

static void clip_share(void *context, size_t index)
{
    const struct update *update = context;
    struct rnni_part share = share_of(update, index);
    rnni_gradient_clip(update->values + share.first, update->factor, share.count);
}

void rnni_whole_update_clip(struct rnni_team *team, float *gradients, double most, size_t count)
{
    run(team, &(struct update){.count = count, .values = gradients, .factor = most}, clip_share);
}

static void descend_share(void *context, size_t index)
{
    const struct update *update = context;
    struct rnni_part share = share_of(update, index);
    rnni_gradient_descend(update->values + share.first, update->gradients + share.first, update->factor, share.count);
}

void rnni_whole_update_descend(struct rnni_team *team, float *parameters, const float *gradients, double rate,
                               size_t count)
{
    run(team, &(struct update){.count = count, .values = parameters, .gradients = gradients, .factor = rate},
        descend_share);
}

static void apply_share(void *context, size_t index)
{
    const struct update *update = context;
    struct rnni_part share = share_of(update, index);
    rnni_optimizer_apply(update->optimizer, update->rule, update->values, update->gradients, share.first, share.count);
}

void rnni_whole_update_apply(struct rnni_team *team, struct rnn_optimizer *optimizer, const struct rnni_rule *rule,
                             float *parameters, const float *gradients)
{
    run(team,
        &(struct update){.count = optimizer->count,
                         .values = parameters,
                         .gradients = gradients,
                         .optimizer = optimizer,
                         .rule = rule},
        apply_share);
}
