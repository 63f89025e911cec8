#include "training/loss_handle.h"

#include "base/assertion.h"
#include "base/memory.h"
#include "base/option_rows.h"
#include "training/crf.h"
#include "training/ctc.h"
#include "training/loss_rows.h"

#include <string.h>

/* ---- options ----------------------------------------------------------------------------------------------------- */

#define FIELD(field) NULL, offsetof(struct rnni_loss_options, field)

static const struct rnni_option options[] = {
    INTEGER(RNN_REDUCTION, reduction, RNN_SUM, RNN_MEAN),
    INTEGER(RNN_IGNORED, ignored, INT32_MIN, INT32_MAX),
    INTEGER(RNN_BLANK, blank, 0, INT32_MAX),
    INTEGER(RNN_ZERO_INFINITY, zero_infinity, 0, 1),
    INTEGER(RNN_SKIP_MISSING, skip_missing, 0, 1),
    REAL(RNN_SMOOTHING, smoothing, 0, 1),
    REAL(RNN_DELTA, delta, 1e-30, 1e30),
    REAL(RNN_PRE_EMPHASIS, emphasis, 0, 1),
    REAL(RNN_ENERGY_FLOOR, energy_floor, 1e-30, 1e30),
    REAL(RNN_OFFSET_WEIGHT, offset_weight, 0, 1e30),
    REAL(RNN_MIN_VARIANCE, least_variance, 1e-30, 1e30),
};
const struct rnni_option_table rnni_loss_table = {options, sizeof options / sizeof *options};

#define KIND(name) (1 << RNN_LOSS_##name)

static const struct rnni_option_owner owners[] = {
    {RNN_IGNORED, KIND(CROSS_ENTROPY) | KIND(CUSTOM)},
    {RNN_BLANK, KIND(CTC)},
    {RNN_ZERO_INFINITY, KIND(CTC) | KIND(CRF)},
    {RNN_SKIP_MISSING, KIND(BINARY_CROSS_ENTROPY) | KIND(SQUARED_ERROR) | KIND(ABSOLUTE_ERROR) | KIND(HUBER) |
                           KIND(QUANTILE) | KIND(GAUSSIAN)},
    {RNN_SMOOTHING, KIND(CROSS_ENTROPY)},
    {RNN_DELTA, KIND(HUBER)},
    {RNN_PRE_EMPHASIS, KIND(ERROR_TO_SIGNAL)},
    {RNN_ENERGY_FLOOR, KIND(ERROR_TO_SIGNAL)},
    {RNN_OFFSET_WEIGHT, KIND(ERROR_TO_SIGNAL)},
    {RNN_MIN_VARIANCE, KIND(GAUSSIAN)},
};

int rnni_loss_has(int32_t kind, int32_t key)
{
    return rnni_option_is_of(owners, sizeof owners / sizeof *owners, kind, key);
}

static const char *const names[] = {
    [RNN_LOSS_CROSS_ENTROPY] = "RNN_LOSS_CROSS_ENTROPY",
    [RNN_LOSS_BINARY_CROSS_ENTROPY] = "RNN_LOSS_BINARY_CROSS_ENTROPY",
    [RNN_LOSS_SQUARED_ERROR] = "RNN_LOSS_SQUARED_ERROR",
    [RNN_LOSS_ABSOLUTE_ERROR] = "RNN_LOSS_ABSOLUTE_ERROR",
    [RNN_LOSS_HUBER] = "RNN_LOSS_HUBER",
    [RNN_LOSS_CTC] = "RNN_LOSS_CTC",
    [RNN_LOSS_CUSTOM] = "RNN_LOSS_CUSTOM",
    [RNN_LOSS_CRF] = "RNN_LOSS_CRF",
    [RNN_LOSS_QUANTILE] = "RNN_LOSS_QUANTILE",
    [RNN_LOSS_GAUSSIAN] = "RNN_LOSS_GAUSSIAN",
    [RNN_LOSS_ERROR_TO_SIGNAL] = "RNN_LOSS_ERROR_TO_SIGNAL",
};

int rnni_loss_is_kind(int32_t kind)
{
    return kind > 0 && (size_t)kind < sizeof names / sizeof *names && names[kind];
}

const char *rnni_loss_kind_name(int32_t kind)
{
    RNNI_ASSERT(rnni_loss_is_kind(kind));
    return names[kind];
}

size_t rnni_loss_outputs_of_target(const struct rnn_loss *loss)
{
    if (loss->kind == RNN_LOSS_QUANTILE)
        return loss->levels.count ? loss->levels.count : 1;
    return loss->kind == RNN_LOSS_GAUSSIAN ? 2 : 1;
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

int rnni_loss_grow(struct rnni_loss_array *array, size_t bytes)
{
    return !bytes || rnni_block_grow(&array->block, bytes, 1, array->block.bytes);
}

int rnni_loss_copy(struct rnni_loss_array *array, const void *values, size_t count, size_t size)
{
    RNNI_ASSERT(values || !count);
    if (!rnni_loss_grow(array, rnni_memory_multiply(count, size)))
        return 0;
    if (count)
        memmove(array->block.data, values, count * size);
    array->count = count;
    return 1;
}

static size_t gradient_bytes(size_t steps, size_t batch, size_t classes)
{
    return rnni_memory_multiply(rnni_memory_multiply(steps, batch), rnni_memory_multiply(classes, sizeof(float)));
}

/* Of rnni_loss_run. */
static size_t scratch_bytes(const struct rnn_loss *loss, size_t steps, size_t batch, size_t classes, size_t labels,
                            size_t threads)
{
    size_t values = rnni_memory_multiply(rnni_memory_multiply(steps, batch), classes);
    if (loss->kind == RNN_LOSS_CTC)
        return rnni_memory_multiply(threads < batch ? threads : batch, rnni_ctc_scratch(steps, labels));
    if (loss->kind == RNN_LOSS_CRF)
        return rnni_memory_multiply(rnni_crf_scratch(steps, batch, classes, threads < batch ? threads : batch),
                                    sizeof(double));
    return threads > 1 && loss->kind != RNN_LOSS_CUSTOM ? rnni_loss_rows_room(values) * sizeof(double) : 0;
}

int rnni_loss_reserve(struct rnn_loss *loss, size_t steps, size_t batch, size_t classes, size_t labels, size_t threads)
{
    size_t rows = rnni_memory_multiply(steps, batch);
    int is_ctc = loss->kind == RNN_LOSS_CTC, is_custom = loss->kind == RNN_LOSS_CUSTOM;
    int is_crf = loss->kind == RNN_LOSS_CRF;
    size_t scores = is_crf ? rnni_memory_multiply(rnni_crf_lattice_scores(classes), sizeof(float)) : 0;
    return rnni_loss_grow(&loss->lengths, rnni_memory_multiply(batch, sizeof(int32_t))) &&
           rnni_loss_grow(&loss->mask, is_ctc || is_crf ? 0 : rnni_memory_multiply(rows, sizeof(float))) &&
           rnni_loss_grow(&loss->weights, rnni_memory_multiply(batch, sizeof(float))) &&
           rnni_loss_grow(&loss->label_lengths, is_ctc ? rnni_memory_multiply(batch, sizeof(int32_t)) : 0) &&
           rnni_loss_grow(&loss->losses, rnni_memory_multiply(batch, sizeof(double))) &&
           rnni_loss_grow(&loss->scratch, scratch_bytes(loss, steps, batch, classes, labels, threads)) &&
           rnni_loss_grow(&loss->dtransitions, scores) &&
           rnni_loss_grow(&loss->gradient, is_custom ? gradient_bytes(steps, batch, classes) : 0);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

int32_t rnni_loss_create(struct rnn_loss **out, int32_t kind, const char *function)
{
    RNNI_ASSERT(rnni_loss_is_kind(kind));
    struct rnn_loss *made = rnni_memory_take(1, sizeof *made);
    if (!made)
        return rnni_status_fail(NULL, RNN_E_MEMORY, "%s: out of memory for a loss", function);
    atomic_init(&made->references, 1);
    made->kind = kind;
    made->options = (struct rnni_loss_options){
        .reduction = RNN_MEAN,
        .ignored = -100,
        .delta = 1,
        .emphasis = 0.95,
        .energy_floor = 1e-5,
        .least_variance = 1e-6,
    };
    *out = made;
    return RNN_OK;
}

void rnni_loss_retain(struct rnn_loss *loss)
{
    atomic_fetch_add(&loss->references, 1);
}

void rnni_loss_drop(struct rnn_loss *loss)
{
    if (!loss || atomic_fetch_sub(&loss->references, 1) != 1)
        return;
    const struct rnni_loss_array *const arrays[] = {
        &loss->class_weights, &loss->levels,       &loss->lengths,  &loss->present,
        &loss->mask,          &loss->dtransitions, &loss->weights,  &loss->label_lengths,
        &loss->losses,        &loss->scratch,      &loss->gradient,
    };
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        rnni_memory_release(arrays[i]->block.data);
    rnni_memory_release(loss->transitions.block.data);
    rnni_team_release(loss->team);
    rnni_memory_release(loss);
}

void rnni_loss_lend(struct rnn_loss *loss, struct rnni_team *team)
{
    loss->lent = team;
}

static void drop_batch(struct rnn_loss *loss)
{
    loss->lengths.count = loss->present.count = loss->mask.count = loss->weights.count = 0;
    loss->label_lengths.count = loss->losses.count = 0;
    loss->steps = loss->batch = loss->classes = loss->dtransitions.count = 0;
    loss->weight = 0;
}

int32_t rnni_loss_copy_options(struct rnn_loss *to, const struct rnn_loss *from)
{
    const struct rnni_loss_array *weights = &from->class_weights, *levels = &from->levels;
    if (!rnni_loss_grow(&to->levels, levels->count * sizeof(float)) ||
        !rnni_loss_copy(&to->class_weights, weights->block.data, weights->count, sizeof(float)))
        return RNN_E_MEMORY;
    rnni_loss_copy(&to->levels, levels->block.data, levels->count, sizeof(float)); /* in the room that is taken */
    to->kind = from->kind;
    to->options = from->options;
    to->callback = from->callback;
    to->user = from->user;
    drop_batch(to);
    return RNN_OK;
}

/* ---- the batch --------------------------------------------------------------------------------------------------- */

int32_t rnni_loss_begin_batch(struct rnn_loss *loss, int has_lengths, size_t steps, size_t batch, size_t classes,
                              const char *function)
{
    RNNI_ASSERT(steps && batch && classes);
    if (!rnni_loss_grow(&loss->lengths, has_lengths ? batch * sizeof(int32_t) : 0))
        return rnni_status_fail(&loss->message, RNN_E_MEMORY, "%s: out of memory for a batch of %zu sequences",
                                function, batch);
    drop_batch(loss);
    loss->steps = steps;
    loss->batch = batch;
    loss->classes = classes;
    loss->lengths.count = has_lengths ? batch : 0;
    return RNN_OK;
}

struct rnni_loss_steps rnni_loss_steps_of(const struct rnn_loss *loss)
{
    return (struct rnni_loss_steps){.lengths = rnni_loss_elements(&loss->lengths),
                                    .present = rnni_loss_elements(&loss->present),
                                    .steps = loss->steps,
                                    .batch = loss->batch,
                                    .classes = loss->classes,
                                    .mask = rnni_loss_elements(&loss->mask),
                                    .weights = rnni_loss_elements(&loss->weights)};
}

double rnni_loss_weight(const struct rnn_loss *loss)
{
    return loss->weight;
}
