/* Whether a dataset fits the model and the loss: found before anything is changed. */
#include "fit/trainer.h"

#include "model/output_length.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* What the sentences begin with. */
struct place {
    struct rnn_trainer *trainer;
    const char *function, *name; /* of the dataset */
};

static int32_t check_input(const struct place *at, const struct rnn_dataset *dataset)
{
    struct rnni_message *message = &at->trainer->message;
    if (!dataset->count)
        return rnni_status_fail(message, RNN_E_SIZE, "%s: %s has no sequence", at->function, at->name);
    if (dataset->source) /* each of its sequences is checked when it is there */
        return RNN_OK;
    if (!dataset->inputs != !at->trainer->inputs)
        return rnni_status_fail(message, RNN_E_STATE, "%s: %s is of %s, expected %s for this model", at->function,
                                at->name, dataset->inputs ? "real numbers" : "tokens",
                                at->trainer->inputs ? "real numbers" : "tokens");
    if (dataset->inputs != at->trainer->inputs)
        return rnni_status_fail(message, RNN_E_SIZE, "%s: %s has %zu features a step, expected %zu (I)", at->function,
                                at->name, dataset->inputs, at->trainer->inputs);
    return RNN_OK;
}

/* Whether a target of step t counts by the mask [T], or NULL. */
static int is_masked(const float *mask, size_t t)
{
    return mask && mask[t] == 0;
}

/* What an integer may be: 0 .. limit - 1 and not `never`, or `also`. */
struct range {
    size_t limit;
    int64_t never, also;
};

static int is_within(struct range range, int32_t value)
{
    return value == range.also || (value >= 0 && (size_t)value < range.limit && value != range.never);
}

static int32_t fail_range(const struct place *at, const char *what, size_t index, size_t i, int32_t value,
                          struct range range)
{
    return rnni_status_fail(&at->trainer->message, RNN_E_VALUE,
                            "%s: %s: %s %zu of sequence %zu is %" PRId32 ", expected 0 to %zu%s", at->function,
                            at->name, what, i, index, value, range.limit - 1,
                            value == range.never ? " and not the blank" : "");
}

static int32_t check_range(const struct place *at, const char *what, size_t index, const int32_t *values, size_t count,
                           struct range range)
{
    for (size_t i = 0; i < count; i++)
        if (!is_within(range, values[i]))
            return fail_range(at, what, index, i, values[i], range);
    return RNN_OK;
}

/* Rows of `rows` that count: all, or with a step mask the steps that do, for which there is a row each. */
static size_t rows_that_count(const struct rnni_sequence *sequence, size_t rows)
{
    return sequence->kept ? sequence->length : rows;
}

/* values [rows], of the rows that count. */
static int32_t check_range_of_rows(const struct place *at, const char *what, size_t index, const int32_t *values,
                                   const struct rnni_sequence *sequence, size_t rows, const float *mask,
                                   struct range range)
{
    for (size_t i = 0; i < rows_that_count(sequence, rows); i++) {
        size_t t = rnni_dataset_step(sequence, i);
        if (!is_within(range, values[t]) && !is_masked(mask, t))
            return fail_range(at, what, index, t, values[t], range);
    }
    return RNN_OK;
}

/* Rows of the targets of a sequence: the steps of its output, or 1. */
static size_t rows_of(const struct place *at, const struct rnni_sequence *sequence)
{
    return rnni_output_length_of(at->trainer->model, sequence->steps);
}

/* Why a number is expected, where layers change the length: "; its 7 steps have an output of 3". */
struct remark {
    char text[80];
};

static struct remark remark_of(const struct place *at, const struct rnni_sequence *sequence)
{
    struct remark remark = {""};
    const struct rnni_layout *layout = &at->trainer->model->layout;
    if (layout->changes_length && !layout->pools)
        snprintf(remark.text, sizeof remark.text, "; its %zu steps have an output of %zu", sequence->steps,
                 rows_of(at, sequence));
    return remark;
}

static int32_t check_output(const struct place *at, size_t index, const struct rnni_sequence *sequence)
{
    if (sequence->kept && at->trainer->model->layout.changes_length)
        return rnni_status_fail(&at->trainer->message, RNN_E_UNSUPPORTED,
                                "%s: %s: sequence %zu has a step mask, expected none for layers that change the length",
                                at->function, at->name, index);
    if (!rows_of(at, sequence))
        return rnni_status_fail(&at->trainer->message, RNN_E_SIZE,
                                "%s: %s: sequence %zu has %zu steps, expected at least %zu, with which the network has "
                                "an output",
                                at->function, at->name, index, sequence->steps,
                                rnni_output_length_least(at->trainer->model));
    return RNN_OK;
}

static int32_t check_count(const struct place *at, const char *what, size_t index, const struct rnni_sequence *sequence,
                           size_t count, size_t expected)
{
    if (count != expected)
        return rnni_status_fail(&at->trainer->message, RNN_E_SIZE, "%s: %s: sequence %zu has %zu %s, expected %zu%s",
                                at->function, at->name, index, count, what, expected, remark_of(at, sequence).text);
    return RNN_OK;
}

/* Of a row [Y] of values. */
static int32_t check_probabilities_of_row(const struct place *at, size_t index, const float *values, size_t row)
{
    int skips_missing = at->trainer->own_loss->options.skip_missing != 0;
    for (size_t i = row * at->trainer->outputs; i < (row + 1) * at->trainer->outputs; i++)
        if (!(values[i] >= 0 && values[i] <= 1) && !(isnan(values[i]) && skips_missing))
            return rnni_status_fail(&at->trainer->message, RNN_E_VALUE,
                                    "%s: %s: value %zu of sequence %zu is %g, expected 0 to 1", at->function, at->name,
                                    i, index, (double)values[i]);
    return RNN_OK;
}

static int32_t check_probabilities(const struct place *at, size_t index, const struct rnni_sequence *sequence)
{
    if (at->trainer->pools)
        return check_probabilities_of_row(at, index, sequence->values, 0);
    for (size_t i = 0; i < rows_that_count(sequence, rows_of(at, sequence)); i++) {
        size_t t = rnni_dataset_step(sequence, i);
        if (!is_masked(sequence->mask, t))
            RNNI_TRY(check_probabilities_of_row(at, index, sequence->values, t));
    }
    return RNN_OK;
}

/* ---- targets ----------------------------------------------------------------------------------------------------- */

#define NONE INT64_MIN /* no int32_t has that value */

static const char *type_of(const struct rnni_sequence *sequence)
{
    return sequence->has_classes ? "classes" : sequence->values ? "values" : "no targets";
}

/* Classes, values or, for a custom loss, the type that the first sequence has. */
static int32_t check_type(const struct place *at, size_t index, const struct rnni_sequence *sequence,
                          const struct rnni_sequence *first)
{
    int32_t kind = at->trainer->own_loss->kind;
    int is_custom = kind == RNN_LOSS_CUSTOM, of_classes = rnni_loss_takes_classes(kind);
    const char *expected = is_custom ? first->has_classes ? "classes" : "values" : of_classes ? "classes" : "values";
    if (!sequence->has_classes && !sequence->values)
        return rnni_status_fail(&at->trainer->message, RNN_E_STATE, "%s: %s: sequence %zu has no targets, expected %s",
                                at->function, at->name, index, is_custom ? "classes or values" : expected);
    if (type_of(sequence)[0] != expected[0])
        return rnni_status_fail(&at->trainer->message, RNN_E_STATE,
                                "%s: %s: the targets of sequence %zu are %s, expected %s for %s%s", at->function,
                                at->name, index, type_of(sequence), expected, rnni_loss_kind_name(kind),
                                is_custom ? ", as those of sequence 0" : "");
    return RNN_OK;
}

static int32_t check_mask(const struct place *at, size_t index, const struct rnni_sequence *sequence)
{
    int32_t kind = at->trainer->own_loss->kind;
    int has_none = rnni_loss_is_of_paths(kind);
    if (sequence->mask && (has_none || at->trainer->pools))
        return rnni_status_fail(&at->trainer->message, RNN_E_STATE,
                                "%s: %s: sequence %zu has a mask, expected none %s%s", at->function, at->name, index,
                                has_none ? "for " : "with one output for each sequence",
                                has_none ? rnni_loss_kind_name(kind) : "");
    return sequence->mask
               ? check_count(at, "elements of the mask", index, sequence, sequence->mask_count, rows_of(at, sequence))
               : RNN_OK;
}

/* [T,K] or [K] of a custom loss, with one K. */
static int32_t check_width(const struct place *at, size_t index, const struct rnni_sequence *sequence, size_t rows,
                           size_t width)
{
    if (sequence->values_count % rows)
        return rnni_status_fail(&at->trainer->message, RNN_E_SIZE,
                                "%s: %s: sequence %zu has %zu values, expected a multiple of %zu%s", at->function,
                                at->name, index, sequence->values_count, rows, remark_of(at, sequence).text);
    if (sequence->values_count != rows * width)
        return rnni_status_fail(&at->trainer->message, RNN_E_SIZE,
                                "%s: %s: sequence %zu has %zu values, K = %zu, expected K = %zu like sequence 0",
                                at->function, at->name, index, sequence->values_count, sequence->values_count / rows,
                                width);
    return RNN_OK;
}

static int32_t check_classes(const struct place *at, size_t index, const struct rnni_sequence *sequence, size_t rows)
{
    const rnn_loss *loss = at->trainer->own_loss;
    struct range range = {at->trainer->outputs, NONE, loss->kind == RNN_LOSS_CRF ? NONE : loss->options.ignored};
    RNNI_TRY(check_count(at, "classes", index, sequence, sequence->classes_count, rows));
    if (at->trainer->pools)
        return check_range(at, "class", index, sequence->classes, rows, range);
    return check_range_of_rows(at, "class", index, sequence->classes, sequence, rows, sequence->mask, range);
}

static int32_t check_targets(const struct place *at, size_t index, const struct rnni_sequence *sequence,
                             const struct rnni_sequence *first)
{
    const struct rnn_trainer *trainer = at->trainer;
    const rnn_loss *loss = trainer->own_loss;
    size_t rows = rows_of(at, sequence);
    RNNI_TRY(check_type(at, index, sequence, first));
    RNNI_TRY(check_mask(at, index, sequence));
    if (loss->kind == RNN_LOSS_CTC)
        return check_range(at, "label", index, sequence->classes, sequence->classes_count,
                           (struct range){trainer->outputs, loss->options.blank, NONE});
    if (sequence->has_classes)
        return check_classes(at, index, sequence, rows);
    if (loss->kind == RNN_LOSS_CUSTOM)
        return check_width(at, index, sequence, rows, first->values_count / rows_of(at, first));
    size_t width = trainer->outputs / rnni_loss_outputs_of_target(loss);
    RNNI_TRY(check_count(at, "values", index, sequence, sequence->values_count, rows * width));
    return loss->kind == RNN_LOSS_BINARY_CROSS_ENTROPY ? check_probabilities(at, index, sequence) : RNN_OK;
}

/* ---- the loss ---------------------------------------------------------------------------------------------------- */

static int32_t check_ctc(struct rnn_trainer *trainer, const char *function)
{
    int64_t blank = trainer->own_loss->options.blank;
    if (trainer->pools)
        return rnni_status_fail(&trainer->message, RNN_E_STATE,
                                "%s: RNN_LOSS_CTC needs an output at every step, the model has one for each sequence",
                                function);
    if ((size_t)blank >= trainer->outputs)
        return rnni_status_fail(&trainer->message, RNN_E_VALUE,
                                "%s: RNN_BLANK is %" PRId64 ", expected 0 to %zu (Y - 1)", function, blank,
                                trainer->outputs - 1);
    return RNN_OK;
}

/* Takes the memory for the transitions as well. */
static int32_t check_crf(struct rnn_trainer *trainer, const char *function)
{
    int32_t status = rnn_loss_set_transitions_of_model(trainer->own_loss, trainer->model);
    if (!status)
        return RNN_OK;
    struct rnni_message inner = trainer->own_loss->message;
    return rnni_status_fail(&trainer->message, status, "%s: %s", function, inner.text);
}

/* Whether sequences can be cut into pieces; NULL: they can, else what needs them whole. */
static const char *what_needs_all_steps(const struct rnn_trainer *trainer)
{
    const struct rnni_layout *layout = &trainer->model->layout;
    if (rnni_loss_is_of_paths(trainer->own_loss->kind))
        return rnni_loss_kind_name(trainer->own_loss->kind);
    if (layout->pools)
        return "one output for each sequence";
    if (trainer->model->list.whole)
        return "a layer of the network, with a reverse direction or a centred convolution,";
    return layout->reverses ? "the reverse direction of the network" : NULL;
}

static int32_t check_pieces(struct rnn_trainer *trainer, const char *function)
{
    const char *what = trainer->options.stream_steps ? what_needs_all_steps(trainer) : NULL;
    if (what)
        return rnni_status_fail(&trainer->message, RNN_E_STATE,
                                "%s: RNN_STREAM_STEPS is %" PRId64 ", and %s needs whole sequences: expected 0",
                                function, trainer->options.stream_steps, what);
    return RNN_OK;
}

int32_t rnni_trainer_check_loss(struct rnn_trainer *trainer, const char *function)
{
    const rnn_loss *loss = trainer->own_loss;
    if (loss->options.reduction != RNN_MEAN)
        return rnni_status_fail(&trainer->message, RNN_E_STATE,
                                "%s: RNN_REDUCTION of the loss is %" PRId64 ", expected RNN_MEAN (%d)", function,
                                loss->options.reduction, RNN_MEAN);
    if (loss->kind == RNN_LOSS_CUSTOM && !loss->callback)
        return rnni_status_fail(&trainer->message, RNN_E_STATE,
                                "%s: the custom loss has no callback: expected rnn_loss_set_callback", function);
    if (loss->class_weights.count && loss->class_weights.count != trainer->outputs)
        return rnni_status_fail(&trainer->message, RNN_E_SIZE, "%s: the loss has %zu class weights, expected %zu (Y)",
                                function, loss->class_weights.count, trainer->outputs);
    if (trainer->outputs % rnni_loss_outputs_of_target(loss))
        return rnni_status_fail(&trainer->message, RNN_E_SIZE,
                                "%s: the model has %zu outputs (Y), expected a multiple of %zu for %s", function,
                                trainer->outputs, rnni_loss_outputs_of_target(loss), rnni_loss_kind_name(loss->kind));
    RNNI_TRY(check_pieces(trainer, function));
    if (loss->kind == RNN_LOSS_CRF)
        return check_crf(trainer, function);
    return loss->kind == RNN_LOSS_CTC ? check_ctc(trainer, function) : RNN_OK;
}

int32_t rnni_trainer_check_validated(struct rnn_trainer *trainer, const char *function)
{
    const struct rnni_trainer_options *o = &trainer->options;
    if (o->early_stop || o->keep_best)
        return rnni_status_fail(&trainer->message, RNN_E_STATE, "%s: validation is NULL, expected a dataset for %s",
                                function, o->early_stop ? "RNN_EARLY_STOP" : "RNN_KEEP_BEST");
    return RNN_OK;
}

static int32_t check_same(struct rnn_trainer *trainer, const char *what, int64_t value, int64_t expected,
                          const char *function)
{
    const struct rnni_trainer_options *o = &trainer->options;
    if (value != expected)
        return rnni_status_fail(&trainer->message, RNN_E_STATE,
                                "%s: %s is %" PRId64 ", expected %" PRId64 ": %" PRId64 " sequences of epoch %" PRId64
                                " are done, the rest follow in that order",
                                function, what, value, expected, o->sequences, o->epoch + 1);
    return RNN_OK;
}

int32_t rnni_trainer_check_position(struct rnn_trainer *trainer, const struct rnn_dataset *training,
                                    const char *function)
{
    const struct rnni_trainer_options *o = &trainer->options;
    if (o->epoch >= o->epochs)
        return rnni_status_fail(&trainer->message, RNN_E_STATE,
                                "%s: nothing is left to do: %" PRId64
                                " epochs are completed, expected RNN_EPOCHS, now %" PRId64 ", to be larger",
                                function, o->epoch, o->epochs);
    if (trainer->continues && rnni_record_stops_early(trainer))
        return rnni_status_fail(&trainer->message, RNN_E_STATE,
                                "%s: nothing is left to do: the run has stopped early after %" PRId64
                                " epochs without a better validation loss, expected RNN_EARLY_STOP, now %" PRId64
                                ", to be larger or 0",
                                function, o->stale, o->early_stop);
    if (o->buckets && training->source)
        return rnni_status_fail(&trainer->message, RNN_E_STATE,
                                "%s: RNN_BUCKETS is %" PRId64
                                ", expected 0: the lengths of sequences from a source are not known before",
                                function, o->buckets);
    if (!o->sequences)
        return RNN_OK;
    RNNI_TRY(
        check_same(trainer, "the number of training sequences", (int64_t)training->count, o->order.count, function));
    RNNI_TRY(check_same(trainer, "RNN_BATCH_SIZE", o->batch_size, o->order.batch_size, function));
    RNNI_TRY(check_same(trainer, "RNN_STREAM_STEPS", o->stream_steps, o->order.stream_steps, function));
    RNNI_TRY(check_same(trainer, "RNN_BUCKETS", o->buckets, o->order.buckets, function));
    RNNI_TRY(check_same(trainer, "RNN_SHUFFLE", o->shuffle, o->order.shuffle, function));
    return check_same(trainer, "RNN_SEED", o->seed, o->order.seed, function);
}

static int32_t check_sequence(const struct place *at, size_t index, const struct rnni_sequence *sequence,
                              const struct rnni_sequence *first)
{
    if (sequence->tokens)
        RNNI_TRY(check_range_of_rows(at, "token", index, sequence->tokens, sequence, sequence->steps, NULL,
                                     (struct range){at->trainer->vocabulary, NONE, NONE}));
    RNNI_TRY(check_output(at, index, sequence));
    return check_targets(at, index, sequence, first);
}

int32_t rnni_trainer_check(struct rnn_trainer *trainer, const struct rnn_dataset *dataset, const char *name,
                           const char *function)
{
    const struct place at = {trainer, function, name};
    RNNI_TRY(check_input(&at, dataset));
    for (size_t i = 0; !dataset->source && i < dataset->count; i++)
        RNNI_TRY(check_sequence(&at, i, &dataset->sequences[i], &dataset->sequences[0]));
    return RNN_OK;
}

int32_t rnni_trainer_check_sample(struct rnn_trainer *trainer, const struct rnn_sample *sample,
                                  const struct rnni_sequence *first)
{
    return check_sequence(&(struct place){trainer, "callback", "rnn_sample"}, sample->index, &sample->sequence, first);
}
