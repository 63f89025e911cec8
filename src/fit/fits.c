/* Whether a dataset fits the model and the loss: found before anything is changed. */
#include "fit/trainer.h"

#include <inttypes.h>

/* What the sentences begin with. */
struct place {
    struct rnn_trainer *trainer;
    const char *function, *name; /* of the dataset */
};

static int32_t check_input(const struct place *at, const struct rnn_dataset *dataset)
{
    struct rnni_sentence *sentence = &at->trainer->sentence;
    if (!dataset->count)
        return rnni_status_fail(sentence, RNN_E_SIZE, "%s: %s has no sequence", at->function, at->name);
    if (!dataset->inputs != !at->trainer->inputs)
        return rnni_status_fail(sentence, RNN_E_STATE, "%s: %s is of %s, expected %s for this model", at->function,
                                at->name, dataset->inputs ? "real numbers" : "tokens",
                                at->trainer->inputs ? "real numbers" : "tokens");
    if (dataset->inputs != at->trainer->inputs)
        return rnni_status_fail(sentence, RNN_E_SIZE, "%s: %s has %zu features a step, expected %zu (I)", at->function,
                                at->name, dataset->inputs, at->trainer->inputs);
    return RNN_OK;
}

/* values [count], each 0 .. limit - 1 and not `never`, or `also`. */
static int32_t check_range(const struct place *at, const char *what, size_t index, const int32_t *values, size_t count,
                           size_t limit, int64_t never, int64_t also)
{
    for (size_t i = 0; i < count; i++)
        if (values[i] != also && (values[i] < 0 || (size_t)values[i] >= limit || values[i] == never))
            return rnni_status_fail(&at->trainer->sentence, RNN_E_VALUE,
                                    "%s: %s: %s %zu of sequence %zu is %" PRId32 ", expected 0 to %zu%s", at->function,
                                    at->name, what, i, index, values[i], limit - 1,
                                    values[i] == never ? " and not the blank" : "");
    return RNN_OK;
}

static int32_t check_count(const struct place *at, const char *what, size_t index, size_t count, size_t expected)
{
    if (count != expected)
        return rnni_status_fail(&at->trainer->sentence, RNN_E_SIZE, "%s: %s: sequence %zu has %zu %s, expected %zu",
                                at->function, at->name, index, count, what, expected);
    return RNN_OK;
}

static int32_t check_probabilities(const struct place *at, size_t index, const struct rnni_sequence *sequence)
{
    for (size_t i = 0; i < sequence->values_count; i++)
        if (!(sequence->values[i] >= 0 && sequence->values[i] <= 1))
            return rnni_status_fail(&at->trainer->sentence, RNN_E_VALUE,
                                    "%s: %s: value %zu of sequence %zu is %g, expected 0 to 1", at->function, at->name,
                                    i, index, (double)sequence->values[i]);
    return RNN_OK;
}

#define NONE INT64_MIN /* no int32_t has that value */

static int32_t check_targets(const struct place *at, size_t index, const struct rnni_sequence *sequence)
{
    const struct rnn_trainer *trainer = at->trainer;
    const struct rnni_trainer_options *o = &trainer->options;
    size_t rows = trainer->pools ? 1 : sequence->steps;
    if (o->loss == RNN_LOSS_CTC)
        return check_range(at, "label", index, sequence->classes, sequence->classes_count, trainer->outputs, o->blank,
                           NONE);
    if (o->loss == RNN_LOSS_CROSS_ENTROPY) {
        RNNI_TRY(check_count(at, "classes", index, sequence->classes_count, rows));
        return check_range(at, "class", index, sequence->classes, rows, trainer->outputs, NONE, o->ignored);
    }
    RNNI_TRY(check_count(at, "values", index, sequence->values_count, rows * trainer->outputs));
    return o->loss == RNN_LOSS_BINARY_CROSS_ENTROPY ? check_probabilities(at, index, sequence) : RNN_OK;
}

static int32_t check_ctc(const struct place *at)
{
    const struct rnn_trainer *trainer = at->trainer;
    if (trainer->options.loss != RNN_LOSS_CTC)
        return RNN_OK;
    if (trainer->pools)
        return rnni_status_fail(&at->trainer->sentence, RNN_E_STATE,
                                "%s: CTC wants an output at every step, and the model has one a sequence",
                                at->function);
    if ((size_t)trainer->options.blank >= trainer->outputs)
        return rnni_status_fail(&at->trainer->sentence, RNN_E_VALUE,
                                "%s: RNN_BLANK is %" PRId64 ", expected 0 to %zu (Y - 1)", at->function,
                                trainer->options.blank, trainer->outputs - 1);
    return RNN_OK;
}

int32_t rnni_trainer_check_validated(struct rnn_trainer *trainer, const char *function)
{
    const struct rnni_trainer_options *o = &trainer->options;
    if (o->early_stop || o->keep_best)
        return rnni_status_fail(&trainer->sentence, RNN_E_STATE, "%s: validation is NULL, expected a dataset for %s",
                                function, o->early_stop ? "RNN_EARLY_STOP" : "RNN_KEEP_BEST");
    return RNN_OK;
}

static int32_t check_same(struct rnn_trainer *trainer, const char *what, int64_t value, int64_t expected,
                          const char *function)
{
    const struct rnni_trainer_options *o = &trainer->options;
    if (value != expected)
        return rnni_status_fail(&trainer->sentence, RNN_E_STATE,
                                "%s: %s is %" PRId64 ", expected %" PRId64 ": %" PRId64 " sequences of epoch %" PRId64
                                " are over, and the others are those of that order",
                                function, what, value, expected, o->sequences, o->epoch + 1);
    return RNN_OK;
}

int32_t rnni_trainer_check_position(struct rnn_trainer *trainer, const struct rnn_dataset *training,
                                    const char *function)
{
    const struct rnni_trainer_options *o = &trainer->options;
    if (o->epoch >= o->epochs)
        return rnni_status_fail(&trainer->sentence, RNN_E_STATE,
                                "%s: nothing is left to do: %" PRId64
                                " epochs are over, expected RNN_EPOCHS, which is %" PRId64 ", to be larger",
                                function, o->epoch, o->epochs);
    if (trainer->continues && rnni_record_stops_early(trainer))
        return rnni_status_fail(&trainer->sentence, RNN_E_STATE,
                                "%s: nothing is left to do: the run has stopped early after %" PRId64
                                " epochs without a better validation loss, expected RNN_EARLY_STOP, which is %" PRId64
                                ", to be larger or 0",
                                function, o->stale, o->early_stop);
    if (!o->sequences)
        return RNN_OK;
    RNNI_TRY(
        check_same(trainer, "the number of training sequences", (int64_t)training->count, o->order.count, function));
    RNNI_TRY(check_same(trainer, "RNN_BATCH_SIZE", o->batch_size, o->order.batch_size, function));
    RNNI_TRY(check_same(trainer, "RNN_SHUFFLE", o->shuffle, o->order.shuffle, function));
    return check_same(trainer, "RNN_SEED", o->seed, o->order.seed, function);
}

int32_t rnni_trainer_check(struct rnn_trainer *trainer, const struct rnn_dataset *dataset, const char *name,
                           const char *function)
{
    const struct place at = {trainer, function, name};
    int wants_values = trainer->options.loss != RNN_LOSS_CROSS_ENTROPY && trainer->options.loss != RNN_LOSS_CTC;
    RNNI_TRY(check_input(&at, dataset));
    RNNI_TRY(check_ctc(&at));
    if (dataset->has_values != wants_values)
        return rnni_status_fail(&trainer->sentence, RNN_E_STATE,
                                "%s: the targets of %s are %s, expected %s for RNN_LOSS", function, name,
                                dataset->has_values ? "values" : "classes", wants_values ? "values" : "classes");
    for (size_t i = 0; i < dataset->count; i++) {
        const struct rnni_sequence *sequence = dataset->sequences[i];
        if (!dataset->inputs)
            RNNI_TRY(check_range(&at, "token", i, sequence->tokens, sequence->steps, trainer->vocabulary, NONE, NONE));
        RNNI_TRY(check_targets(&at, i, sequence));
    }
    return RNN_OK;
}
